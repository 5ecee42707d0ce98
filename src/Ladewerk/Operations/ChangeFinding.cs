using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Operations;

/// <summary>What a person makes of findings.</summary>
/// <param name="State">The state from now on.</param>
/// <param name="SnoozedUntil">Until when it rests; needed where the state is snoozed.</param>
/// <param name="Note">Why.</param>
public sealed record FindingPatch(FindingState State, DateTimeOffset? SnoozedUntil = null, string? Note = null);

/// <summary>Acknowledges, snoozes, closes or opens findings again. A closed one stays closed for as long as its trouble lasts.</summary>
internal sealed class ChangeFinding(NpgsqlDataSource data, TenantContext tenant, Actor actor, AuditLog audit, LadewerkDb db, LiveFeed feed, TimeProvider time)
{
    /// <summary>Changes those of the tenant that exist; gives their number, or what is wrong.</summary>
    public async Task<(int Changed, Faults Faults)> Run(IReadOnlyCollection<Guid> ids, FindingPatch patch, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var faults = new Faults();
        faults.Unless(patch.State != FindingState.Snoozed || patch.SnoozedUntil > now, "snoozedUntil", "A time to come.");
        faults.Unless(patch.Note is null or { Length: <= 2000 }, "note", "At most 2000 characters.");
        if (faults.Any)
        {
            return (0, faults);
        }

        var state = JsonNamingPolicy.CamelCase.ConvertName(patch.State.ToString());
        await using var connection = await SiteScope.Open(data, ct);
        await using var command = new NpgsqlCommand("""
            update finding set state = $3, snoozed_until = $4, closed_at = case when $3 = 'closed' then coalesce(closed_at, $5) end, changed_by = $6, note = coalesce($7, note)
            where tenant_id = $1 and id = any($2) and (over_at is null or $3 = 'closed') returning id
            """, connection);
        command.Parameters.Add(new() { Value = tenant.Current.Value });
        command.Parameters.Add(new() { Value = ids.ToArray() });
        command.Parameters.Add(new() { Value = state, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = patch.State == FindingState.Snoozed ? patch.SnoozedUntil!.Value.ToUniversalTime() : DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = now, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = actor.Name });
        command.Parameters.Add(new() { Value = (object?)patch.Note ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        var changed = 0;
        await using (var row = await command.ExecuteReaderAsync(ct))
        {
            for (; await row.ReadAsync(ct); changed++)
            {
                audit.Record("finding." + (patch.State == FindingState.Open ? "reopened" : state), "finding", row.GetGuid(0).ToString(), after: new { state, patch.SnoozedUntil, patch.Note });
            }
        }

        await db.SaveChangesAsync(ct);
        if (changed > 0)
        {
            feed.Publish(tenant.Current, "finding", new { changed, at = now });
        }

        return (changed, faults);
    }
}
