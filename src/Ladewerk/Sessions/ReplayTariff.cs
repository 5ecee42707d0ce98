using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions;

/// <summary>Which past sessions are priced again.</summary>
/// <param name="From">Ended from here on.</param>
/// <param name="To">Ended before.</param>
/// <param name="TariffId">Only those that this tariff priced; null: all.</param>
public sealed record ReplayWish(DateTimeOffset From, DateTimeOffset To, Guid? TariffId = null);

/// <summary>A session under both prices, net.</summary>
public sealed record ReplayedSession(SessionId Id, DateTimeOffset StartedAt, long EnergyWh, decimal Before, decimal After);

/// <summary>What a tariff would have earned.</summary>
/// <param name="Found">Ended and billed sessions of the span.</param>
/// <param name="Priced">How many of them were priced again; where there are very many, evenly chosen ones.</param>
/// <param name="Before">Net, as it was.</param>
/// <param name="After">Net, as it would have been.</param>
/// <param name="Dearer">How many would have cost more.</param>
/// <param name="Cheaper">How many would have cost less.</param>
/// <param name="Most">Those that change most.</param>
public sealed record Replayed(int Found, int Priced, long EnergyWh, decimal Before, decimal After, int Dearer, int Cheaper, IReadOnlyList<ReplayedSession> Most);

/// <summary>Prices past sessions under another tariff, by the same facts and rules as their bills. Changes nothing.</summary>
public sealed class ReplayTariff(LadewerkDb db, PricingFacts facts)
{
    /// <summary>Sessions that are priced at most.</summary>
    public const int Limit = 2000;

    private const int MostShown = 20;

    /// <summary>The sums, in the tariff's currency: sessions of another one are left out.</summary>
    public async Task<Replayed> Run(Tariff tariff, ReplayWish wish, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(tariff);
        var (from, to) = (wish.From.ToUniversalTime(), wish.To.ToUniversalTime());
        var sessions = db.Set<ChargingSession>().AsNoTracking().Where(s => s.State == SessionState.Ended && s.EndedAt >= from && s.EndedAt < to && s.Cost != null);
        sessions = wish.TariffId is { } only ? sessions.Where(s => s.TariffId == only) : sessions;
        var found = await sessions.CountAsync(ct);
        var every = Math.Max(1, (found + Limit - 1) / Limit);
        var chosen = every == 1 ? null : (await sessions.OrderBy(s => s.Id).Select(s => s.Id).ToListAsync(ct)).Where((_, i) => i % every == 0).ToList();
        var rows = new List<ReplayedSession>();
        foreach (var session in await (chosen is null ? sessions : sessions.Where(s => chosen.Contains(s.Id))).OrderBy(s => s.Id).ToListAsync(ct))
        {
            if (session.Cost!.Deserialize<Cost>(TariffJson.Options) is { ExclVat: { } before } cost && cost.Currency == tariff.Currency)
            {
                var after = SessionPrice.Of(new PriceTerms(tariff), await facts.Of(session, tariff.FollowsMarket, ct), TimeZoneInfo.FindSystemTimeZoneById(session.TimeZone)).Cost;
                rows.Add(new ReplayedSession(session.Id, session.StartedAt, session.EnergyWh.Value, before, after.ExclVat ?? after.InclVat ?? 0m));
            }
        }

        return new Replayed(
            found, rows.Count, rows.Sum(r => r.EnergyWh), rows.Sum(r => r.Before), rows.Sum(r => r.After), rows.Count(r => r.After > r.Before), rows.Count(r => r.After < r.Before),
            [.. rows.OrderByDescending(r => Math.Abs(r.After - r.Before)).ThenBy(r => r.Id.Value).Take(MostShown)]);
    }
}
