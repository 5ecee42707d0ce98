using System.Globalization;
using Ladewerk.Drivers;
using Ladewerk.Drivers.Badges;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Demo;

/// <summary>The demonstration utility's stock of badges, and what its drivers have ordered.</summary>
internal static class DemoBadges
{
    private const string Delivery = "Ladekarten 2026", Group = "SWM-KUNDEN";
    private const int Stock = 60, FirstNumber = 20_001;

    /// <summary>Adds them where there is no batch yet; saved by the caller.</summary>
    public static async Task Add(LadewerkDb db, TenantId tenant, DateTimeOffset now, CancellationToken ct)
    {
        if (await db.Set<BadgeBatch>().AnyAsync(ct))
        {
            return;
        }

        var batch = new BadgeBatch { TenantId = tenant, Name = Delivery, Note = "MIFARE DESFire, 2 Kartons", CreatedAt = now.AddDays(-40), CreatedBy = "demo" };
        db.Add(batch);
        for (var i = 0; i < Stock; i++)
        {
            var uid = string.Create(CultureInfo.InvariantCulture, $"04D2E3F4{i + 1:X6}");
            db.Add(new IdToken
            {
                TenantId = tenant, Uid = uid, UidKey = IdTokenUid.Key(uid), VisualNumber = string.Create(CultureInfo.InvariantCulture, $"SWM {FirstNumber + i}"), GroupId = Group, BatchId = batch.Id, CreatedAt = batch.CreatedAt,
            });
        }

        if (!await db.Set<BadgeOrderRules>().AnyAsync(ct))
        {
            db.Add(new BadgeOrderRules { TenantId = tenant, IsOpen = true, PriceDe = "Einmalig 5,00 € mit der nächsten Rechnung", PriceEn = "5.00 € once, with the next invoice" });
        }

        var ordering = DemoPeople.Drivers.Take(3).Select(p => p.Name).ToList();
        foreach (var driver in await db.Set<Driver>().Where(d => ordering.Contains(d.Name)).OrderBy(d => d.Name).ToListAsync(ct))
        {
            db.Add(new BadgeOrder
            {
                TenantId = tenant, DriverId = driver.Id, Recipient = driver.Name, Street = DemoPeople.Drivers.First(p => p.Name == driver.Name).Street, PostalCode = "12345", City = "Musterstadt", Country = "DE",
                OrderedAt = now.AddDays(-2),
            });
        }
    }
}
