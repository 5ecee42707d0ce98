using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions.Reports;

/// <summary>What came of a report.</summary>
internal enum ReportOutcome
{
    Kept,
    NotAPicture,
    TooLarge,
    TooMany,
}

/// <summary>A report in a list.</summary>
/// <param name="Station">Identity.</param>
public sealed record FaultReportView(
    FaultReportId Id, string Station, string StationName, string? Site, int Evse, string? EvseId, FaultKind Kind, string? Note, bool HasPhoto, string? Driver, DateTimeOffset CreatedAt, DateTimeOffset? ResolvedAt, string? ResolvedBy);

/// <summary>Takes, lists and settles drivers' reports.</summary>
internal sealed class FaultReports(LadewerkDb db, TenantContext tenant, AuditLog audit, TimeProvider time)
{
    private const int MostPerDay = 20, MostNote = 1000;

    public async Task<ReportOutcome> Take(StationId station, int evse, Driver driver, FaultKind kind, string? note, byte[]? photo, CancellationToken ct)
    {
        var day = time.GetUtcNow().AddDays(-1);
        if (await db.Set<FaultReport>().CountAsync(r => r.DriverId == driver.Id && r.CreatedAt > day, ct) >= MostPerDay)
        {
            return ReportOutcome.TooMany;
        }

        byte[]? picture = null;
        string? type = null;
        if (photo is { Length: > PlainPicture.MaxBytes })
        {
            return ReportOutcome.TooLarge;
        }

        if (photo is { Length: > 0 } && !PlainPicture.TryRead(photo, out picture, out type))
        {
            return ReportOutcome.NotAPicture;
        }

        var text = note?.Trim();
        db.Add(new FaultReport
        {
            TenantId = tenant.Current, StationId = station, EvseNumber = evse, DriverId = driver.Id, Kind = kind, Note = string.IsNullOrEmpty(text) ? null : text[..Math.Min(text.Length, MostNote)],
            Photo = picture, PhotoType = type, CreatedAt = time.GetUtcNow(),
        });
        await db.SaveChangesAsync(ct);
        return ReportOutcome.Kept;
    }

    /// <summary>The newest first; open ones alone, or all.</summary>
    public async Task<IReadOnlyList<FaultReportView>> List(bool open, int limit, FaultReportId? after, CancellationToken ct)
    {
        var before = after is { } last ? await db.Set<FaultReport>().Where(r => r.Id == last).Select(r => (DateTimeOffset?)r.CreatedAt).SingleOrDefaultAsync(ct) : null;
        return await (
            from r in db.Set<FaultReport>().AsNoTracking()
            where (!open || r.ResolvedAt == null) && (before == null || r.CreatedAt < before)
            join s in db.Set<ChargingStation>() on r.StationId equals s.Id
            from e in db.Set<Evse>().Where(e => e.StationId == r.StationId && e.Number == r.EvseNumber).DefaultIfEmpty()
            from d in db.Set<Driver>().Where(d => d.Id == r.DriverId).DefaultIfEmpty()
            orderby r.CreatedAt descending
            select new FaultReportView(
                r.Id, s.Identity, s.Name ?? s.Identity, s.Site == null ? null : s.Site.Name, r.EvseNumber, e == null ? null : e.EvseId, r.Kind, r.Note, r.PhotoType != null, d == null ? null : d.Name, r.CreatedAt, r.ResolvedAt, r.ResolvedBy))
            .Take(limit).ToListAsync(ct);
    }

    public async Task<(byte[] Photo, string Type)?> Photo(Guid id, CancellationToken ct)
    {
        var found = await db.Set<FaultReport>().AsNoTracking().Where(r => r.Id == new FaultReportId(id)).Select(r => new { r.Photo, r.PhotoType }).SingleOrDefaultAsync(ct);
        return found is { Photo: { } photo, PhotoType: { } type } ? (photo, type) : null;
    }

    /// <summary>Marks a report as settled; false where there is none. Once is enough.</summary>
    public async Task<bool> Resolve(Guid id, string by, CancellationToken ct)
    {
        if (await db.Set<FaultReport>().SingleOrDefaultAsync(r => r.Id == new FaultReportId(id), ct) is not { } report)
        {
            return false;
        }

        if (report.ResolvedAt is null)
        {
            (report.ResolvedAt, report.ResolvedBy) = (time.GetUtcNow(), by);
            audit.Record("faultReport.resolved", "faultReport", report.Id.ToString());
            await db.SaveChangesAsync(ct);
        }

        return true;
    }
}
