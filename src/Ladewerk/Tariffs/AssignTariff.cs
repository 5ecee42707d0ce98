using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Tariffs;

/// <summary>A wish to let a tariff hold somewhere.</summary>
public sealed record AssignmentWish(
    AssignmentLevel Level, string? Target, TariffId TariffId, int Priority = 0, DateTimeOffset? ValidFrom = null, DateTimeOffset? ValidTo = null);

/// <summary>What came of an assignment.</summary>
internal abstract record AssignOutcome
{
    public sealed record Assigned(TariffAssignment Assignment) : AssignOutcome;

    /// <summary>A rule refuses it at one of the places it would reach.</summary>
    public sealed record Refused(IReadOnlyList<TariffFinding> Findings) : AssignOutcome;

    /// <summary>A field names something that does not exist.</summary>
    public sealed record Wrong(string Field, string Message) : AssignOutcome;
}

/// <summary>
/// Assigns a tariff. The same assignment again is the same row, made the newest of its level, so that it holds among
/// those of equal priority.
/// </summary>
internal sealed class AssignTariff(LadewerkDb db, TenantContext tenant, ITariffPlaces places, AuditLog audit, TariffResolver resolver, TimeProvider time)
{
    public async Task<AssignOutcome> Run(AssignmentWish wish, CancellationToken ct)
    {
        var target = wish.Target?.Trim() ?? "";
        if (wish.ValidFrom >= wish.ValidTo)
        {
            return new AssignOutcome.Wrong("validTo", "Must be after validFrom.");
        }

        if (await Document(wish.TariffId, ct) is not { } tariff)
        {
            return new AssignOutcome.Wrong("tariffId", "There is no such tariff.");
        }

        if (await places.Reach(wish.Level, target, ct) is not { } reached)
        {
            return new AssignOutcome.Wrong("target", "There is no such target at this level.");
        }

        if (TariffValidator.CheckAt(tariff, reached) is { Count: > 0 } findings)
        {
            return new AssignOutcome.Refused(findings);
        }

        return new AssignOutcome.Assigned(await Store(wish, target, ct));
    }

    /// <summary>Takes an assignment away; false where there is none.</summary>
    public async Task<bool> Remove(Guid id, CancellationToken ct)
    {
        if (await db.Set<TariffAssignment>().SingleOrDefaultAsync(assignment => assignment.Id == id, ct) is not { } assignment)
        {
            return false;
        }

        db.Remove(assignment);
        audit.Record("tariff.unassigned", "tariff", assignment.TariffId.ToString(), before: new { assignment.Level, assignment.Target });
        await Commit(ct);
        return true;
    }

    /// <summary>Makes a tariff the tenant's default; false where there is none.</summary>
    public async Task<bool> MakeDefault(TariffId id, CancellationToken ct)
    {
        if (await db.Set<StoredTariff>().SingleOrDefaultAsync(tariff => tariff.Id == id && tariff.ArchivedAt == null, ct) is not { } chosen)
        {
            return false;
        }

        if (!chosen.IsDefault)
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            await db.Set<StoredTariff>().Where(tariff => tariff.IsDefault).ExecuteUpdateAsync(set => set.SetProperty(tariff => tariff.IsDefault, false), ct);
            chosen.IsDefault = true;
            audit.Record("tariff.madeDefault", "tariff", id.ToString());
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
            resolver.Forget(tenant.Current);
        }

        return true;
    }

    private async Task<Tariff?> Document(TariffId id, CancellationToken ct) => await (
        from tariff in db.Set<StoredTariff>()
        join version in db.Set<TariffVersion>() on new { tariff.Id, Version = tariff.CurrentVersion } equals new { Id = version.TariffId, version.Version }
        where tariff.Id == id && tariff.ArchivedAt == null
        select version.Document).FirstOrDefaultAsync(ct);

    private async Task<TariffAssignment> Store(AssignmentWish wish, string target, CancellationToken ct)
    {
        var known = await db.Set<TariffAssignment>().FirstOrDefaultAsync(
            a => a.Level == wish.Level && a.Target == target && a.TariffId == wish.TariffId && a.ValidFrom == wish.ValidFrom, ct);
        var assignment = known ?? new TariffAssignment
        {
            TenantId = tenant.Current, Level = wish.Level, Target = target, TariffId = wish.TariffId, ValidFrom = wish.ValidFrom?.ToUniversalTime(),
        };
        if (known is null)
        {
            db.Add(assignment);
        }

        (assignment.Priority, assignment.ValidTo, assignment.CreatedAt) = (wish.Priority, wish.ValidTo?.ToUniversalTime(), time.GetUtcNow());
        audit.Record("tariff.assigned", "tariff", wish.TariffId.ToString(), after: new { wish.Level, Target = target, wish.Priority, wish.ValidFrom, wish.ValidTo });
        await Commit(ct);
        return assignment;
    }

    private async Task Commit(CancellationToken ct)
    {
        await db.SaveChangesAsync(ct);
        resolver.Forget(tenant.Current);
    }
}
