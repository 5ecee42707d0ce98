using System.Text.Json;
using Ladewerk.Drivers.Contracts;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Sessions.Limits;

/// <summary>Looks at one running session: warns when its contract's budget draws to an end, and has the station stop it where a limit says so.</summary>
internal sealed partial class CheckLimits(LadewerkDb db, NpgsqlDataSource data, SessionDirectory directory, SendCommand send, TenantContext tenant, TimeProvider time, ILogger<CheckLimits> logger)
{
    private const string Sql = """
        select s.started_at, s.time_zone, s.energy_wh, s.cost_total, s.transaction_id, s.station_id, s.contract_id, s.limit_reached, c.terms::text, c.warned_for,
          u.energy_wh, u.money, u.sessions, g.grants, g.remaining
        from charging_session s
        left join contract c on c.id = s.contract_id
        left join code_use w on w.session_id = s.id
        left join charge_code g on g.id = w.code_id
        left join lateral (
          select sum(o.energy_wh)::bigint as energy_wh, sum(o.cost_total) as money, count(*) as sessions from charging_session o
          where c.has_budget and o.contract_id = c.id
            and o.started_at >= date_trunc('month', $2::timestamptz at time zone s.time_zone) at time zone s.time_zone) u on true
        where s.id = $1 and s.state = 'active'
        """;

    private sealed record Row(
        DateTimeOffset StartedAt, TimeZoneInfo Zone, long Energy, decimal? Cost, long Transaction, StationId Station, Guid? Contract, string? Reached, ContractTerms? Terms, DateOnly? WarnedFor,
        BudgetUse Used, string? Grants, decimal Remaining);

    public async Task Run(SessionId id, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (await data.First(Sql, Read, ct, id.Value, now) is not { } row)
        {
            return;
        }

        var live = directory.Find(id);
        var cost = row.Grants is "money" or "card" && live is not null ? directory.CostSoFar(live with { Credit = null }) : null;
        var verdict = LimitRules.Judge(new LimitFacts(
            now, row.StartedAt, row.Zone, row.Terms, row.Used, row.Grants, row.Remaining, live?.Energy.Value ?? row.Energy, cost?.InclVat ?? cost?.ExclVat ?? row.Cost));
        if (verdict.Warn)
        {
            await Warn(row, now, ct);
        }

        if (verdict.Stop is { } reached)
        {
            await Stop(id, row, reached, ct);
        }

        await data.Run("update charging_session set watch_at = $2 where id = $1 and state = 'active'", ct, id.Value, verdict.LookAt);
    }

    private async Task Stop(SessionId id, Row row, LimitReached reached, CancellationToken ct)
    {
        var name = JsonNamingPolicy.CamelCase.ConvertName(reached.ToString());
        await data.Run("update charging_session set limit_reached = $2 where id = $1 and state = 'active'", ct, id.Value, name);
        var station = await db.Set<ChargingStation>().SingleAsync(s => s.Id == row.Station, ct);
        var result = await send.Run(station, new RemoteStop(row.Transaction), ct);
        LogStopped(id, name, result.GetType().Name);
    }

    private async Task Warn(Row row, DateTimeOffset now, CancellationToken ct)
    {
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, row.Zone).DateTime);
        var month = new DateOnly(day.Year, day.Month, 1);
        if (row.Contract is not { } contract || row.Terms?.Budget is not { } budget || row.WarnedFor >= month)
        {
            return;
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var first = await db.Database.ExecuteSqlAsync($"update contract set warned_for = {month} where id = {contract} and warned_for is distinct from {month}", ct);
        if (first == 1)
        {
            await Outbox.Publish(
                (NpgsqlConnection)db.Database.GetDbConnection(), tenant.Current, new ContractBudgetWarning(new ContractId(contract), decimal.Round(ContractRules.ShareOf(budget, row.Used), 3), month), ct);
        }

        await transaction.CommitAsync(ct);
    }

    private static Row Read(NpgsqlDataReader row) => new(
        row.GetFieldValue<DateTimeOffset>(0), TimeZoneInfo.FindSystemTimeZoneById(row.GetString(1)), row.GetInt64(2), row.Maybe<decimal>(3), row.GetInt64(4), new StationId(row.GetGuid(5)),
        row.Maybe<Guid>(6), row.Get<string>(7), row.Get<string>(8) is { } terms ? JsonSerializer.Deserialize<ContractTerms>(terms, Columns.Json) : null, row.Maybe<DateOnly>(9),
        new BudgetUse(new WattHours(row.Get<long>(10)), row.Get<decimal>(11), row.Get<long>(12)), row.Get<string>(13), row.Get<decimal>(14));

    [LoggerMessage(LogLevel.Information, "Session {SessionId} has reached its limit ({Limit}); the station was asked to stop it: {Outcome}")]
    private partial void LogStopped(SessionId sessionId, string limit, string outcome);
}
