using System.Text.Json;
using System.Text.Json.Nodes;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Npgsql;

namespace Ladewerk.Operations;

/// <summary>What a person has made of a finding.</summary>
public enum FindingState
{
    Open,
    Acknowledged,
    Snoozed,
    Closed,
}

/// <summary>What was done about a finding.</summary>
/// <param name="Mode">manual, automatic or dryRun (nothing was sent).</param>
/// <param name="Outcome">The station's word, or what kept it from one; null while it answers.</param>
public sealed record FindingActionView(string Mode, string Command, JsonElement Body, DateTimeOffset At, string RequestedBy, DateTimeOffset? AnsweredAt, string? Outcome, JsonElement? Response);

/// <summary>A finding as the API shows it.</summary>
/// <param name="Kind">See <see cref="FindingKind"/>.</param>
/// <param name="StationId">Identity of the station, where there is one.</param>
/// <param name="Step">How far a trouble that grows has come.</param>
/// <param name="Facts">What its title speaks of.</param>
/// <param name="Action">What could be done by one command.</param>
/// <param name="LastSeenAt">When it was last noticed to last.</param>
/// <param name="OverAt">When the trouble itself was over; null while it lasts, even if a person has closed the finding.</param>
public sealed record FindingView(
    Guid Id, string Kind, string Severity, FindingState State, string? StationId, Guid? SiteId, string? Site, int? ConnectorId, Guid? SessionId, int Step, FindingFacts Facts,
    IReadOnlyList<Evidence> Evidence, SuggestedAction? Action, DateTimeOffset OpenedAt, DateTimeOffset LastSeenAt, DateTimeOffset? OverAt, DateTimeOffset? ClosedAt,
    DateTimeOffset? SnoozedUntil, string? ChangedBy, string? Note)
{
    /// <summary>Everything done about it, oldest first; filled where one finding is asked for.</summary>
    public IReadOnlyList<FindingActionView> Actions { get; init; } = [];
}

/// <summary>What a list of findings is narrowed to. State "current" is all that is not closed.</summary>
public sealed record FindingFilter(string? State = "current", string? Kind = null, string? Severity = null, Guid? Site = null, string? Station = null);

/// <summary>Reads findings. What a person has settled since the last look is left out at once.</summary>
public sealed class FindingReader(NpgsqlDataSource data, TenantContext tenant)
{
    private const string Columns = """
        select f.id, f.kind, f.severity, f.state, s.identity, t.id, t.name, f.connector, f.session_id, f.step, f.facts, f.evidence, f.action, f.opened_at, f.last_seen_at, f.over_at, f.closed_at,
               f.snoozed_until, f.changed_by, f.note
        """;

    private const string From = """
         from finding f left join charging_station s on s.id = f.station_id left join site t on t.id = s.site_id
        where f.tenant_id = $1
          and not (f.over_at is null and f.kind = 'review' and not exists (select 1 from charging_session g where g.id = f.session_id and g.needs_review))
          and not (f.over_at is null and f.kind = 'pending' and s.registration_status <> 'pending')
        """;

    private const string Narrowed = From + """

          and ($2::text is null or f.state = $2 or ($2 = 'current' and f.state <> 'closed') or ($2 = 'open' and f.state = 'open'))
          and ($3::text is null or f.kind = $3) and ($4::text is null or f.severity = $4) and ($5::uuid is null or t.id = $5) and ($6::text is null or s.identity_key = $6)
        """;

    private const string Rank = " case f.severity when 'critical' then 0 when 'warning' then 1 else 2 end, f.opened_at desc, f.id";

    /// <summary>Newest first, from a place on.</summary>
    public Task<List<FindingView>> Page(FindingFilter filter, DateTimeOffset? before, Guid beforeId, int count, CancellationToken ct) => data.Rows(
        Columns + Narrowed + " and ($7::timestamptz is null or (f.opened_at, f.id) < ($7, $8)) order by f.opened_at desc, f.id desc limit $9", View, ct, [.. Values(filter), before, beforeId, count]);

    /// <summary>The most important first.</summary>
    public Task<List<FindingView>> Important(FindingFilter filter, int count, CancellationToken ct) =>
        data.Rows(Columns + Narrowed + " order by" + Rank + " limit $7", View, ct, [.. Values(filter), count]);

    /// <summary>How many of each kind and severity.</summary>
    public Task<List<(string Kind, string Severity, long Count)>> Counts(FindingFilter filter, CancellationToken ct) =>
        data.Rows("select f.kind, f.severity, count(*)" + Narrowed + " group by 1, 2", r => (r.GetString(0), r.GetString(1), r.GetInt64(2)), ct, Values(filter));

    /// <summary>How many wait for a person.</summary>
    public Task<long> Open(CancellationToken ct) => data.First("select count(*)" + From + " and f.state = 'open'", r => r.GetInt64(0), ct, tenant.Current.Value);

    /// <summary>One with everything done about it; null where there is none.</summary>
    public async Task<FindingView?> Find(Guid id, CancellationToken ct)
    {
        var found = await data.First(
            Columns + " from finding f left join charging_station s on s.id = f.station_id left join site t on t.id = s.site_id where f.tenant_id = $1 and f.id = $2", View, ct, tenant.Current.Value, id);
        return found is null ? null : found with { Actions = await Actions(id, ct) };
    }

    private Task<List<FindingActionView>> Actions(Guid id, CancellationToken ct) => data.Rows(
        "select mode, command, body, at, requested_by, answered_at, outcome, response from finding_action where tenant_id = $1 and finding_id = $2 order by at",
        r => new FindingActionView(
            r.GetString(0), r.GetString(1), JsonSerializer.Deserialize<JsonElement>(r.GetString(2)), r.GetFieldValue<DateTimeOffset>(3), r.GetString(4), r.MaybeTime(5), r.Get<string>(6),
            r.Get<string>(7) is { } response ? JsonSerializer.Deserialize<JsonElement>(response) : null),
        ct,
        tenant.Current.Value,
        id);

    private object?[] Values(FindingFilter filter) =>
    [
        tenant.Current.Value, filter.State is "all" ? null : filter.State ?? "current", filter.Kind, filter.Severity, filter.Site, filter.Station is { } station ? StationIdentity.Key(station) : null,
    ];

    private static FindingView View(NpgsqlDataReader r) => new(
        r.GetGuid(0), r.GetString(1), r.GetString(2), Enum.Parse<FindingState>(r.GetString(3), ignoreCase: true), r.Get<string>(4), r.Maybe<Guid>(5), r.Get<string>(6), r.Maybe<int>(7), r.Maybe<Guid>(8),
        r.GetInt32(9), JsonSerializer.Deserialize<FindingFacts>(r.GetString(10), Kernel.Columns.Json)!, JsonSerializer.Deserialize<List<Evidence>>(r.GetString(11), Kernel.Columns.Json)!,
        r.Get<string>(12) is { } action ? JsonSerializer.Deserialize<SuggestedAction>(action, Kernel.Columns.Json) : null, r.GetFieldValue<DateTimeOffset>(13), r.GetFieldValue<DateTimeOffset>(14),
        r.MaybeTime(15), r.MaybeTime(16), r.MaybeTime(17), r.Get<string>(18), r.Get<string>(19));
}
