using Ladewerk.Drivers;
using Ladewerk.Drivers.Contracts;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions;

/// <summary>The contract under which a badge charges at a site, for prices that are shown beforehand.</summary>
internal sealed class BadgeContract(LadewerkDb db, TimeProvider time)
{
    /// <summary>As a station would be told, times and budget apart; null where it charges without one.</summary>
    public async Task<Contract?> Of(IdToken badge, Guid? site, bool isPublic, CancellationToken ct)
    {
        var contracts = await db.Set<Contract>().AsNoTracking()
            .Where(c => badge.ContractId != null ? c.Id == new ContractId(badge.ContractId.Value) : db.Set<ContractDriver>().Any(m => m.ContractId == c.Id && m.DriverId == badge.DriverId))
            .OrderByDescending(c => c.CreatedAt).ToListAsync(ct);
        var offers = contracts.ConvertAll(c => new ContractOffer(c.Id.Value, c.Status, c.ValidFrom, c.ValidUntil, c.Sites, new ContractTerms(), default, 0));
        return ContractRules.Choose(offers, new ChargeWish(time.GetUtcNow(), TimeZoneInfo.Utc, site, isPublic)) is { } chosen ? contracts.Find(c => c.Id.Value == chosen.Offer.Id) : null;
    }
}
