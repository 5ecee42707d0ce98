using System.Text.Json;
using Ladewerk.Kernel;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Operations;

/// <summary>What a look at the symptoms changed.</summary>
/// <param name="Opened">New findings.</param>
/// <param name="Closed">Findings that are over.</param>
internal sealed record Reconciled(int Opened, int Closed)
{
    public bool Any => Opened + Closed > 0;
}

/// <summary>
/// Keeps the table of findings in step with the symptoms: a new one opens a finding, a lasting one keeps it alive, one that is gone ends
/// it. Three statements, whatever the number. What a person has closed stays closed for as long as the symptom lasts.
/// </summary>
internal static class FindingStore
{
    private const string Seen = """
        update finding f set last_seen_at = $2, severity = n.severity, step = n.step, facts = n.facts, evidence = n.evidence, action = n.action, session_id = n.session_id
        from unnest($3, $4, $5, $6, $7, $8, $9) as n (key, severity, step, facts, evidence, action, session_id)
        where f.tenant_id = $1 and f.key = n.key and f.over_at is null
          and (f.step <> n.step or f.facts <> n.facts or f.evidence <> n.evidence or f.action is distinct from n.action or f.last_seen_at < $2 - interval '5 minutes')
        """;

    private const string Open = """
        insert into finding (id, tenant_id, kind, key, station_id, connector, session_id, severity, step, facts, evidence, action, opened_at, last_seen_at)
        select n.id, $1, n.kind, n.key, n.station_id, n.connector, n.session_id, n.severity, n.step, n.facts, n.evidence, n.action, n.since, $2
        from unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) as n (id, kind, key, station_id, connector, session_id, severity, step, facts, evidence, action, since)
        on conflict (tenant_id, key) where over_at is null do nothing
        """;

    private const string End = """
        update finding set over_at = $2, state = 'closed', closed_at = coalesce(closed_at, $2), last_seen_at = greatest(last_seen_at, opened_at), snoozed_until = null
        where tenant_id = $1 and over_at is null and key <> all($3)
        """;

    private const string Wake = "update finding set state = 'open', snoozed_until = null where tenant_id = $1 and state = 'snoozed' and snoozed_until <= $2";

    /// <summary>Brings the findings of a tenant in step, in the transaction of <paramref name="connection"/>.</summary>
    public static async Task<Reconciled> Reconcile(NpgsqlConnection connection, TenantId tenant, IReadOnlyList<Symptom> symptoms, DateTimeOffset now, CancellationToken ct)
    {
        var columns = new Columns(symptoms);
        await using var seen = Command(connection, Seen, tenant, now, columns.Key, columns.Severity, columns.Step, columns.Facts, columns.Evidence, columns.Action, columns.Session);
        await using var end = Command(connection, End, tenant, now, columns.Key);
        await using var wake = Command(connection, Wake, tenant, now);
        await using var open = Command(
            connection, Open, tenant, now, columns.Id, columns.Kind, columns.Key, columns.Station, columns.Connector, columns.Session, columns.Severity, columns.Step, columns.Facts, columns.Evidence, columns.Action, columns.Since);
        await seen.ExecuteNonQueryAsync(ct);
        var closed = await end.ExecuteNonQueryAsync(ct);
        var opened = await open.ExecuteNonQueryAsync(ct) + await wake.ExecuteNonQueryAsync(ct);
        return new Reconciled(opened, closed);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, TenantId tenant, DateTimeOffset now, params NpgsqlParameter[] columns)
    {
        var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = tenant.Value }, new() { Value = now } } };
        foreach (var column in columns)
        {
            command.Parameters.Add(column);
        }

        return command;
    }

    private sealed class Columns(IReadOnlyList<Symptom> symptoms)
    {
        public NpgsqlParameter Id => Of(NpgsqlDbType.Uuid, _ => (Guid?)Guid.CreateVersion7());

        public NpgsqlParameter Kind => Of(NpgsqlDbType.Text, s => s.Kind.Name);

        public NpgsqlParameter Key => Of(NpgsqlDbType.Text, s => s.Key);

        public NpgsqlParameter Station => Of(NpgsqlDbType.Uuid, s => s.Station);

        public NpgsqlParameter Connector => Of(NpgsqlDbType.Integer, s => s.Connector);

        public NpgsqlParameter Session => Of(NpgsqlDbType.Uuid, s => s.Session);

        public NpgsqlParameter Severity => Of(NpgsqlDbType.Text, s => JsonNamingPolicy.CamelCase.ConvertName(s.Kind.Severity.ToString()));

        public NpgsqlParameter Step => Of(NpgsqlDbType.Integer, s => (int?)s.Step);

        public NpgsqlParameter Facts => Of(NpgsqlDbType.Jsonb, s => JsonSerializer.Serialize(s.Facts, Kernel.Columns.Json));

        public NpgsqlParameter Evidence => Of(NpgsqlDbType.Jsonb, s => JsonSerializer.Serialize(s.Evidence, Kernel.Columns.Json));

        public NpgsqlParameter Action => Of(NpgsqlDbType.Jsonb, s => s.Action is { } action ? JsonSerializer.Serialize(action, Kernel.Columns.Json) : null);

        public NpgsqlParameter Since => Of(NpgsqlDbType.TimestampTz, s => (DateTimeOffset?)s.Since);

        private NpgsqlParameter Of<T>(NpgsqlDbType type, Func<Symptom, T> value) => new() { NpgsqlDbType = NpgsqlDbType.Array | type, Value = symptoms.Select(value).ToArray() };
    }
}
