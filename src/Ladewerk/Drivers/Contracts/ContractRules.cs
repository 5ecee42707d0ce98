using Ladewerk.Kernel;

namespace Ladewerk.Drivers.Contracts;

/// <summary>Why a contract does not let somebody charge; the later in this list, the nearer to a yes.</summary>
public enum ContractRefusal
{
    Ended,
    NotThisSite,
    Suspended,
    NotYetValid,
    BudgetUsedUp,
    OutsideWindow,
    Concurrent,
}

/// <summary>What a contract's sessions of a month have used, those that run included.</summary>
public readonly record struct BudgetUse(WattHours Energy, decimal Money, long Sessions);

/// <summary>A contract under which somebody might charge.</summary>
/// <param name="Running">Sessions of it that run now.</param>
public sealed record ContractOffer(
    Guid Id, ContractStatus Status, DateTimeOffset? ValidFrom, DateTimeOffset? ValidUntil, IReadOnlyList<Guid> Sites, ContractTerms Terms, BudgetUse Used, long Running);

/// <summary>Somebody wants to charge.</summary>
/// <param name="Zone">The site's.</param>
/// <param name="IsPublic">The site is one; a station without a site counts as one.</param>
public sealed record ChargeWish(DateTimeOffset At, TimeZoneInfo Zone, Guid? Site, bool IsPublic);

/// <summary>A contract's answer.</summary>
/// <param name="Refusal">Null: yes.</param>
/// <param name="Until">A yes ends then, null: does not end by itself. A no outside of a window, or before it is valid: the next time at which it would be a yes.</param>
public readonly record struct ContractVerdict(ContractRefusal? Refusal, DateTimeOffset? Until);

/// <summary>Decides on contracts, purely.</summary>
public static class ContractRules
{
    /// <summary>From this share of a budget on its holder is warned.</summary>
    public const decimal WarnFrom = 0.8m;

    /// <summary>Whether a contract lets somebody begin to charge.</summary>
    public static ContractVerdict Judge(ContractOffer offer, ChargeWish wish)
    {
        if (offer.Status == ContractStatus.Ended || offer.ValidUntil <= wish.At)
        {
            return new(ContractRefusal.Ended, null);
        }

        if (!Opens(offer.Sites, wish))
        {
            return new(ContractRefusal.NotThisSite, null);
        }

        if (offer.Status == ContractStatus.Suspended)
        {
            return new(ContractRefusal.Suspended, null);
        }

        if (offer.ValidFrom > wish.At)
        {
            return new(ContractRefusal.NotYetValid, offer.ValidFrom);
        }

        if (offer.Terms.Budget is { } budget && ShareOf(budget, offer.Used) >= 1)
        {
            return new(ContractRefusal.BudgetUsedUp, WeekPlan.NextMonth(wish.At, wish.Zone));
        }

        var plan = WeekPlan.Of(offer.Terms);
        if (plan is not null && !plan.IsOpen(wish.At, wish.Zone))
        {
            return new(ContractRefusal.OutsideWindow, plan.NextOpening(wish.At, wish.Zone));
        }

        if (offer.Terms.ConcurrentSessions > 0 && offer.Running >= offer.Terms.ConcurrentSessions)
        {
            return new(ContractRefusal.Concurrent, null);
        }

        return new(null, Earlier(plan?.OpenUntil(wish.At, wish.Zone), offer.ValidUntil));
    }

    /// <summary>The contract that holds: one that says yes, rather one that names the site, then in the given order; else the no that is nearest to a yes.</summary>
    public static (ContractOffer Offer, ContractVerdict Verdict)? Choose(IReadOnlyList<ContractOffer> offers, ChargeWish wish)
    {
        (ContractOffer Offer, ContractVerdict Verdict)? best = null;
        foreach (var offer in offers)
        {
            var verdict = Judge(offer, wish);
            if (best is not { } former || Rank(offer, verdict) > Rank(former.Offer, former.Verdict))
            {
                best = (offer, verdict);
            }
        }

        return best;
    }

    /// <summary>How much of a budget is used, by its tightest limit: 1 is all of it.</summary>
    public static decimal ShareOf(MonthlyBudget budget, BudgetUse used)
    {
        var share = 0m;
        Consider(budget.EnergyWh?.Value, used.Energy.Value);
        Consider(budget.Money, used.Money);
        Consider(budget.Sessions, used.Sessions);
        return share;

        void Consider(decimal? limit, decimal amount)
        {
            if (limit is { } most)
            {
                share = Math.Max(share, most <= 0 ? 1 : amount / most);
            }
        }
    }

    /// <summary>Whether what a running session uses has reached the budget; a limit on the number of sessions ends none that runs.</summary>
    public static bool IsSpentWhileCharging(MonthlyBudget budget, BudgetUse used) => ShareOf(budget with { Sessions = null }, used) >= 1;

    /// <summary>Whether a site is open to a contract.</summary>
    public static bool Opens(IReadOnlyList<Guid> sites, ChargeWish wish) => sites.Count == 0 ? wish.IsPublic : wish.Site is { } site && sites.Contains(site);

    private static int Rank(ContractOffer offer, ContractVerdict verdict) =>
        verdict.Refusal is { } refusal ? (int)refusal : 100 + (offer.Sites.Count > 0 ? 1 : 0);

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null || b < a ? b ?? a : a;
}
