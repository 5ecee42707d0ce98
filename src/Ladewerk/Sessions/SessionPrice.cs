using Ladewerk.Tariffs;

namespace Ladewerk.Sessions;

/// <summary>What a code pays of a session.</summary>
/// <param name="Grants">energy, money or sessions.</param>
/// <param name="Amount">Wh, gross money, or sessions that are left.</param>
public sealed record CodeCredit(string Grants, decimal Amount);

/// <summary>What a session is priced by.</summary>
/// <param name="Next">Holds from <paramref name="NextAt"/> on.</param>
/// <param name="Credit">Pays part of it, or all.</param>
public sealed record PriceTerms(Tariff Tariff, Tariff? Next = null, DateTimeOffset? NextAt = null, CodeCredit? Credit = null);

/// <summary>A priced session.</summary>
/// <param name="Taken">How much of the credit it took: Wh, money or sessions.</param>
/// <param name="Relief">What that was worth, gross where known.</param>
public sealed record SessionCost(Cost Cost, decimal Taken = 0, decimal Relief = 0);

/// <summary>Prices a session by the tariff that was frozen at its start, by the one that follows it, and by what a code pays. Pure.</summary>
public static class SessionPrice
{
    /// <summary>Whether one tariff can follow another within a session: their amounts can be added up.</summary>
    public static bool Fit(Tariff first, Tariff next) => first.Currency == next.Currency && first.TaxIncluded == next.TaxIncluded;

    /// <summary>What a running session costs until then; null without a tariff or readings.</summary>
    public static Cost? Of(RunningSession session, SessionOutlet? outlet, DateTimeOffset until, Tariffs.Market.LiveMarket? market) => session is { Tariff: { } tariff, Trail: { } trail }
        ? Of(
            new PriceTerms(tariff, session.NextTariff, session.NextTariffAt, session.Credit), PricingPeriods.Facts(session, outlet, trail.Points, until, market),
            TimeZoneInfo.FindSystemTimeZoneById(session.TimeZone)).Cost
        : null;

    /// <summary>Prices.</summary>
    public static SessionCost Of(PriceTerms terms, PricingSession facts, TimeZoneInfo zone)
    {
        var cost = terms is { Next: { } next, NextAt: { } at } && at > facts.Start && at < facts.End
            ? Joined(PricingEngine.Price(terms.Tariff, Until(facts, at), zone), PricingEngine.Price(Following(next), From(facts, at), zone))
            : PricingEngine.Price(terms.Tariff, facts, zone);
        return terms.Credit is { } credit ? CreditRelief.Of(credit, cost, terms.Tariff.TaxIncluded, facts) : new SessionCost(cost);
    }

    /// <summary>It is one session: what is charged once, or bounds the whole, was so by the first tariff.</summary>
    private static Tariff Following(Tariff tariff) => tariff with
    {
        MinPrice = null,
        Elements = [.. tariff.Elements.Select(e => e with { Components = [.. e.Components.Where(c => c.Dimension != Dimension.Flat)] }).Where(e => e.Components.Count > 0)],
    };

    private static PricingSession Until(PricingSession facts, DateTimeOffset at) => facts with { End = at, Periods = [.. Cut(facts, at).Where(p => p.Start < at)] };

    private static PricingSession From(PricingSession facts, DateTimeOffset at) =>
        facts with { Start = at, Reservation = null, Periods = [.. Cut(facts, at).Where(p => p.Start >= at)] };

    /// <summary>The periods with a border at a moment: energy flows evenly within one.</summary>
    private static IEnumerable<PricingPeriod> Cut(PricingSession facts, DateTimeOffset at)
    {
        for (var i = 0; i < facts.Periods.Count; i++)
        {
            var period = facts.Periods[i];
            var end = i + 1 < facts.Periods.Count ? facts.Periods[i + 1].Start : facts.End;
            if (period.Start >= at || end <= at)
            {
                yield return period;
                continue;
            }

            var before = decimal.Round(period.EnergyKwh * (at - period.Start).Ticks / (end - period.Start).Ticks, 6);
            yield return period with { EnergyKwh = before };
            yield return period with { Start = at, EnergyKwh = period.EnergyKwh - before };
        }
    }

    private static Cost Joined(Cost a, Cost b) => a with
    {
        ExclVat = a.ExclVat + b.ExclVat,
        InclVat = a.InclVat + b.InclVat,
        Vat = [.. a.Vat.Concat(b.Vat).GroupBy(v => v.Rate).Select(v => new VatAmount(v.Key, v.Sum(x => x.Amount)))],
        Lines = [.. a.Lines, .. b.Lines],
        Exact = new ExactTotals(a.Exact.ExclVat + b.Exact.ExclVat, a.Exact.InclVat + b.Exact.InclVat),
        Warnings = [.. a.Warnings.Concat(b.Warnings).DistinctBy(w => w.Rule)],
    };
}
