using System.Globalization;
using Ladewerk.DriverApp;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions.App;

/// <summary>A driver's history with what it cost.</summary>
internal sealed class OwnHistory(LadewerkDb db, OwnSessions own, SessionViews views, LiveViews live, FindSamples samples, TimeProvider time)
{
    private const int MonthsShown = 6;

    public async Task<HistoryModel> Read(Driver driver, OperatorLook look, DateTimeOffset? before, CancellationToken ct)
    {
        var sessions = await own.Before(driver, before, ct);
        var shown = sessions.Take(OwnSessions.Shown).ToList();
        var places = await own.Places(shown, ct);
        var rows = new List<HistoryRow>();
        foreach (var session in shown)
        {
            var view = await views.Of(session, ct);
            var cost = LiveViews.CostOf(view);
            rows.Add(new HistoryRow(
                session.Id, places[session.Id], session.StartedAt, session.EndedAt, view.EnergyWh.Value, cost?.InclVat, cost?.Currency ?? "EUR", session.NeedsReview, LiveViews.Zone(session.TimeZone)));
        }

        var next = sessions.Count > OwnSessions.Shown ? shown[^1].StartedAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture) : null;
        return new HistoryModel(look, rows, before is null ? await Months(driver, ct) : [], next);
    }

    /// <summary>One session with everything that its page shows.</summary>
    public async Task<OwnSessionModel> One(ChargingSession session, OperatorLook look, string? error, CancellationToken ct)
    {
        var places = await own.Places([session], ct);
        var plate = await db.Set<Evse>().Where(e => e.StationId == session.StationId && e.Number == session.EvseNumber).Select(e => e.ShortCode).SingleOrDefaultAsync(ct);
        var view = await views.Of(session, ct);
        return new OwnSessionModel(look, session, places[session.Id], plate ?? "", await live.Of(session, ct), LiveViews.CostOf(view), await samples.Run(session.Id, ct), error);
    }

    private async Task<IReadOnlyList<MonthSum>> Months(Driver driver, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var first = new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(1 - MonthsShown);
        var sessions = await own.Between(driver, first, now.AddDays(1), ct);
        var months = Enumerable.Range(0, MonthsShown).Select(i => DateOnly.FromDateTime(first.AddMonths(i).UtcDateTime)).ToDictionary(m => m, m => new MonthSum(m, 0, 0m, 0));
        foreach (var session in sessions)
        {
            var local = TimeZoneInfo.ConvertTime(session.StartedAt, LiveViews.Zone(session.TimeZone));
            var month = new DateOnly(local.Year, local.Month, 1);
            if (months.TryGetValue(month, out var sum))
            {
                // Only the month that is shown in money is priced.
                var cost = month == months.Keys.Max() ? LiveViews.CostOf(await views.Of(session, ct))?.InclVat ?? 0m : 0m;
                months[month] = sum with { EnergyWh = sum.EnergyWh + session.EnergyWh.Value, Cost = sum.Cost + cost, Count = sum.Count + 1 };
            }
        }

        return [.. months.Values.OrderBy(m => m.Month)];
    }
}
