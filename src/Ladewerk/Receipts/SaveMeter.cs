using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Receipts;

/// <summary>What a person enters of a meter; null clears.</summary>
public sealed record MeterEntry(BillingRule? Rule = null, string? Serial = null, string? Vendor = null, string? Model = null, string? TypeExamination = null, DateOnly? CalibratedUntil = null);

/// <summary>Keeps what stands on a meter's plate and what must be proven.</summary>
internal sealed class SaveMeter(LadewerkDb db, TenantContext tenant, AuditLog audit, Actor actor, TimeProvider time)
{
    private const int MaxText = 100;

    /// <returns>What is wrong by field; null: there is no such EVSE.</returns>
    public async Task<Faults?> Run(StationId station, int evse, MeterEntry entry, CancellationToken ct)
    {
        if (!await db.Set<Evse>().AnyAsync(e => e.StationId == station && e.Number == evse, ct))
        {
            return null;
        }

        var faults = new Faults();
        foreach (var (field, text) in ((string, string?)[])[("serial", entry.Serial), ("vendor", entry.Vendor), ("model", entry.Model), ("typeExamination", entry.TypeExamination)])
        {
            faults.Short(field, text, MaxText);
        }

        if (faults.Any)
        {
            return faults;
        }

        var meter = await db.Set<Meter>().SingleOrDefaultAsync(m => m.StationId == station && m.EvseNumber == evse, ct);
        var before = meter is null ? null : new { meter.Rule, meter.Serial, meter.Vendor, meter.Model, meter.TypeExamination, meter.CalibratedUntil };
        if (meter is null)
        {
            db.Add(meter = new Meter { StationId = station, EvseNumber = evse, TenantId = tenant.Current });
        }

        (meter.Rule, meter.Serial, meter.Vendor, meter.Model, meter.TypeExamination) = (entry.Rule, Text(entry.Serial), Text(entry.Vendor), Text(entry.Model), Text(entry.TypeExamination));
        (meter.CalibratedUntil, meter.UpdatedAt, meter.UpdatedBy) = (entry.CalibratedUntil, time.GetUtcNow(), actor.Name);
        audit.Record("meter.saved", "meter", $"{station.Value:D}/{evse}", before, entry);
        await db.SaveChangesAsync(ct);
        return faults;
    }

    private static string? Text(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
