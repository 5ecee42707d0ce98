using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.Badges;

/// <summary>Rules as the API shows and takes them.</summary>
/// <param name="IsOpen">Whether drivers may order.</param>
/// <param name="ByDriver">Whether a badge that was sent charges only once its driver has typed its number.</param>
/// <param name="MostOpen">How many orders of one driver may wait at once, 1 to 10.</param>
public sealed record BadgeOrderRulesView(bool IsOpen, string? PriceDe = null, string? PriceEn = null, bool ByDriver = true, int MostOpen = 1)
{
    internal static BadgeOrderRulesView Of(BadgeOrderRules? r) => r is null ? new(IsOpen: false) : new(r.IsOpen, r.PriceDe, r.PriceEn, r.ByDriver, r.MostOpen);
}

/// <summary>Sets an operator's rules of badge orders.</summary>
internal sealed class SaveBadgeOrderRules(LadewerkDb db, TenantContext tenant, AuditLog audit)
{
    public async Task<BadgeOrderRulesView> Current(CancellationToken ct) => BadgeOrderRulesView.Of(await db.Set<BadgeOrderRules>().AsNoTracking().SingleOrDefaultAsync(ct));

    public async Task<Faults> Run(BadgeOrderRulesView wish, CancellationToken ct)
    {
        var faults = new Faults().Short("priceDe", wish.PriceDe).Short("priceEn", wish.PriceEn).Unless(wish.MostOpen is >= 1 and <= 10, "mostOpen", "1 to 10.");
        if (faults.Any)
        {
            return faults;
        }

        var rules = await db.Set<BadgeOrderRules>().SingleOrDefaultAsync(ct);
        var before = rules is null ? null : BadgeOrderRulesView.Of(rules);
        if (rules is null)
        {
            rules = new BadgeOrderRules { TenantId = tenant.Current };
            db.Add(rules);
        }

        (rules.IsOpen, rules.PriceDe, rules.PriceEn, rules.ByDriver, rules.MostOpen) = (wish.IsOpen, wish.PriceDe, wish.PriceEn, wish.ByDriver, wish.MostOpen);
        audit.Record("badgeOrderRules.changed", "badgeOrderRules", tenant.Current.ToString(), before, BadgeOrderRulesView.Of(rules));
        await db.SaveChangesAsync(ct);
        return faults;
    }
}
