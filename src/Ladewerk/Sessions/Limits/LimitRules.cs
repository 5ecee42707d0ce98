using Ladewerk.Drivers.Contracts;

namespace Ladewerk.Sessions.Limits;

/// <summary>A limit that ends a session.</summary>
public enum LimitReached
{
    /// <summary>The window of the contract.</summary>
    WindowEnd,

    /// <summary>The contract's budget of the month.</summary>
    Budget,

    /// <summary>What a code paid for.</summary>
    Code,

    /// <summary>What a card is held for.</summary>
    Card,
}

/// <summary>What is known of a running session's limits.</summary>
/// <param name="EnergyWh">Of the session.</param>
/// <param name="Cost">Of the session before a code pays, gross where known.</param>
internal sealed record LimitFacts(
    DateTimeOffset Now, DateTimeOffset StartedAt, TimeZoneInfo Zone, ContractTerms? Terms, BudgetUse Used, string? Grants, decimal Remaining, long EnergyWh, decimal? Cost);

/// <summary>What is to be done about a running session, and when to look again; null: never.</summary>
internal readonly record struct LimitVerdict(LimitReached? Stop, DateTimeOffset? LookAt, bool Warn);

/// <summary>Decides whether a running session must end, purely.</summary>
internal static class LimitRules
{
    /// <summary>How often amounts are looked at.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    public static LimitVerdict Judge(LimitFacts facts)
    {
        var warn = facts.Terms?.Budget is { } kept && ContractRules.ShareOf(kept, facts.Used) >= ContractRules.WarnFrom;
        if (Reached(facts) is { } reached)
        {
            return new LimitVerdict(reached, facts.Now + TimeSpan.FromMinutes(1), warn);
        }

        DateTimeOffset? next = facts.Terms?.Budget is not null || facts.Grants is "energy" or "money" or "card" ? facts.Now + Every : null;
        if (facts.Terms is { WhenWindowEnds: WindowEnd.Stop } terms && WeekPlan.Of(terms)?.OpenUntil(facts.Now, facts.Zone) is { } end && (next is null || end < next))
        {
            next = end;
        }

        return new LimitVerdict(null, next, warn);
    }

    private static LimitReached? Reached(LimitFacts facts)
    {
        var used = facts.Grants switch
        {
            "energy" => facts.EnergyWh,
            "money" or "card" => facts.Cost,
            _ => null,
        };
        if (used >= facts.Remaining && used is not null)
        {
            return facts.Grants == "card" ? LimitReached.Card : LimitReached.Code;
        }

        if (facts.Terms is { Budget: { } budget, WhenBudgetEnds: BudgetEnd.Stop } && ContractRules.IsSpentWhileCharging(budget, facts.Used))
        {
            return LimitReached.Budget;
        }

        return facts.Terms is { WhenWindowEnds: WindowEnd.Stop } terms && WeekPlan.Of(terms) is { } plan && !plan.IsOpen(facts.Now, facts.Zone) ? LimitReached.WindowEnd : null;
    }
}
