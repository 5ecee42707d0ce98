using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Tariffs;

/// <summary>A tariff in its current version.</summary>
internal sealed record CurrentTariff(StoredTariff Stored, TariffVersion Version);

/// <summary>Reads tariffs and assignments for lists and pages.</summary>
internal sealed class TariffList(LadewerkDb db)
{
    /// <summary>In the order in which they were made, after a given one.</summary>
    public async Task<List<CurrentTariff>> Read(bool archived, TariffId? after, int limit, CancellationToken ct)
    {
        var tariffs = db.Set<StoredTariff>().AsNoTracking().Where(tariff => archived || tariff.ArchivedAt == null);
        if (after is { } last)
        {
            // Ids are UUID v7: their order is the order of creation.
            tariffs = tariffs.Where(tariff => EF.Functions.GreaterThan(ValueTuple.Create(tariff.Id), ValueTuple.Create(last)));
        }

        return await Current(tariffs.OrderBy(tariff => tariff.Id).Take(limit)).ToListAsync(ct);
    }

    /// <summary>One tariff; null where the tenant has none of this id.</summary>
    public async Task<CurrentTariff?> Find(TariffId id, CancellationToken ct) =>
        await Current(db.Set<StoredTariff>().AsNoTracking().Where(tariff => tariff.Id == id)).FirstOrDefaultAsync(ct);

    /// <summary>All versions of a tariff, newest first.</summary>
    public Task<List<TariffVersion>> Versions(TariffId id, CancellationToken ct) =>
        db.Set<TariffVersion>().AsNoTracking().Where(version => version.TariffId == id).OrderByDescending(version => version.Version).ToListAsync(ct);

    /// <summary>Assignments, most specific level first, in the order in which they win.</summary>
    public async Task<List<TariffAssignment>> Assignments(TariffId? tariff, CancellationToken ct)
    {
        var rows = await db.Set<TariffAssignment>().AsNoTracking().Where(assignment => tariff == null || assignment.TariffId == tariff).ToListAsync(ct);
        return [.. rows.OrderBy(row => row.Level).ThenBy(row => row.Target, StringComparer.OrdinalIgnoreCase).ThenByDescending(row => row.Priority).ThenByDescending(row => row.CreatedAt)];
    }

    private IQueryable<CurrentTariff> Current(IQueryable<StoredTariff> tariffs) =>
        from tariff in tariffs
        join version in db.Set<TariffVersion>().AsNoTracking() on new { tariff.Id, Version = tariff.CurrentVersion } equals new { Id = version.TariffId, version.Version }
        orderby tariff.Id
        select new CurrentTariff(tariff, version);
}
