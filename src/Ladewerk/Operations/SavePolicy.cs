using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Operations;

/// <summary>Reads what an operator wants of the watchdogs.</summary>
internal sealed class PolicyReader(NpgsqlDataSource data)
{
    /// <summary>Of a tenant; kinds that it has not touched are as they come.</summary>
    public async Task<WatchPolicies> Read(TenantId tenant, CancellationToken ct) => new((await data.Rows(
        "select kind, is_on, after_seconds, count, within_seconds, tolerance, mode, cool_down_seconds, most_per_day from watch_policy where tenant_id = $1",
        r => FindingKind.Find(r.GetString(0)) is { } kind
            ? new WatchPolicy(
                kind, r.GetBoolean(1), new Thresholds(Seconds(r.Maybe<int>(2)), r.Maybe<int>(3), Seconds(r.Maybe<int>(4)), r.Maybe<decimal>(5)),
                Enum.Parse<ActionMode>(r.GetString(6), ignoreCase: true), TimeSpan.FromSeconds(r.GetInt32(7)), r.GetInt32(8))
            : null,
        ct,
        tenant.Value)).OfType<WatchPolicy>());

    private static TimeSpan? Seconds(int? seconds) => seconds is { } s ? TimeSpan.FromSeconds(s) : null;
}

/// <summary>A policy as the API takes and shows it; times in seconds.</summary>
public sealed record PolicyView(
    string Kind, bool IsOn, int? AfterSeconds, int? Count, int? WithinSeconds, decimal? Tolerance, string? ToleranceUnit, string Mode, bool MayAct, int CoolDownSeconds, int MostPerDay)
{
    internal static PolicyView Of(WatchPolicy p) => new(
        p.Kind.Name, p.IsOn, Seconds(p.Kind.Defaults.After, p.After), p.Kind.Defaults.Count is null ? null : p.Count, Seconds(p.Kind.Defaults.Within, p.Within),
        p.Kind.Defaults.Tolerance is null ? null : p.Tolerance, p.Kind.ToleranceUnit, JsonNamingPolicy.CamelCase.ConvertName(p.Mode.ToString()), p.Kind.MayAct, (int)p.CoolDown.TotalSeconds, p.MostPerDay);

    private static int? Seconds(TimeSpan? used, TimeSpan value) => used is null ? null : (int)value.TotalSeconds;
}

/// <summary>What is to change of a policy; what is null stays.</summary>
public sealed record PolicyPatch(
    bool? IsOn = null, int? AfterSeconds = null, int? Count = null, int? WithinSeconds = null, decimal? Tolerance = null, ActionMode? Mode = null, int? CoolDownSeconds = null, int? MostPerDay = null);

/// <summary>Changes what an operator wants of one kind of finding.</summary>
internal sealed class SavePolicy(NpgsqlDataSource data, PolicyReader policies, TenantContext tenant, Actor actor, AuditLog audit, LadewerkDb db, TimeProvider time)
{
    private const string Sql = """
        insert into watch_policy (tenant_id, kind, is_on, after_seconds, count, within_seconds, tolerance, mode, cool_down_seconds, most_per_day, changed_at, changed_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        on conflict (tenant_id, kind) do update set is_on = excluded.is_on, after_seconds = excluded.after_seconds, count = excluded.count, within_seconds = excluded.within_seconds,
          tolerance = excluded.tolerance, mode = excluded.mode, cool_down_seconds = excluded.cool_down_seconds, most_per_day = excluded.most_per_day, changed_at = excluded.changed_at, changed_by = excluded.changed_by
        """;

    public async Task<Faults> Run(FindingKind kind, PolicyPatch patch, CancellationToken ct)
    {
        var before = PolicyView.Of((await policies.Read(tenant.Current, ct))[kind]);
        var faults = Check(kind, patch);
        if (faults.Any)
        {
            return faults;
        }

        var after = before with
        {
            IsOn = patch.IsOn ?? before.IsOn,
            AfterSeconds = patch.AfterSeconds ?? before.AfterSeconds,
            Count = patch.Count ?? before.Count,
            WithinSeconds = patch.WithinSeconds ?? before.WithinSeconds,
            Tolerance = patch.Tolerance ?? before.Tolerance,
            Mode = patch.Mode is { } mode ? JsonNamingPolicy.CamelCase.ConvertName(mode.ToString()) : before.Mode,
            CoolDownSeconds = patch.CoolDownSeconds ?? before.CoolDownSeconds,
            MostPerDay = patch.MostPerDay ?? before.MostPerDay,
        };
        await using var connection = await SiteScope.Open(data, ct);
        await using var command = new NpgsqlCommand(Sql, connection);
        Add(command, NpgsqlDbType.Uuid, tenant.Current.Value);
        Add(command, NpgsqlDbType.Text, kind.Name);
        Add(command, NpgsqlDbType.Boolean, after.IsOn);
        Add(command, NpgsqlDbType.Integer, after.AfterSeconds);
        Add(command, NpgsqlDbType.Integer, after.Count);
        Add(command, NpgsqlDbType.Integer, after.WithinSeconds);
        Add(command, NpgsqlDbType.Numeric, after.Tolerance);
        Add(command, NpgsqlDbType.Text, after.Mode);
        Add(command, NpgsqlDbType.Integer, after.CoolDownSeconds);
        Add(command, NpgsqlDbType.Integer, after.MostPerDay);
        Add(command, NpgsqlDbType.TimestampTz, time.GetUtcNow());
        Add(command, NpgsqlDbType.Text, actor.Name);
        await command.ExecuteNonQueryAsync(ct);
        audit.Record("watchPolicy.changed", "watchPolicy", kind.Name, before, after);
        await db.SaveChangesAsync(ct);
        return faults;
    }

    private static Faults Check(FindingKind kind, PolicyPatch patch)
    {
        var faults = new Faults();
        faults.Unless(patch.AfterSeconds is null or (>= 5 and <= 2_592_000), "afterSeconds", "Between 5 seconds and 30 days.");
        faults.Unless(patch.Count is null or (>= 2 and <= 1000), "count", "Between 2 and 1000.");
        faults.Unless(patch.WithinSeconds is null or (>= 60 and <= 604_800), "withinSeconds", "Between a minute and 7 days.");
        faults.Unless(patch.Tolerance is null or (>= 0 and <= 1_000_000), "tolerance", "A number of 0 or more.");
        faults.Unless(patch.CoolDownSeconds is null or (>= 60 and <= 604_800), "coolDownSeconds", "Between a minute and 7 days.");
        faults.Unless(patch.MostPerDay is null or (>= 1 and <= 100), "mostPerDay", "Between 1 and 100.");
        faults.Unless(patch.Mode is null or ActionMode.Off || kind.MayAct, "mode", "This kind has no action that may be sent by itself.");
        return faults;
    }

    private static void Add(NpgsqlCommand command, NpgsqlDbType type, object? value) => command.Parameters.Add(new() { NpgsqlDbType = type, Value = value ?? DBNull.Value });
}
