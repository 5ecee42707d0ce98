using Ladewerk.Access;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Npgsql;

namespace Ladewerk.Drivers.Privacy;

/// <summary>An erasure on its way, or done.</summary>
public sealed class PersonErasure : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required DriverId DriverId { get; init; }

    /// <summary>waiting, done or failed.</summary>
    public string State { get; set; } = "waiting";

    /// <summary>What must end first; null: nothing.</summary>
    public string? WaitsFor { get; set; }

    /// <summary>driver or operator.</summary>
    public required string RequestedBy { get; init; }
    public DateTimeOffset RequestedAt { get; init; }
    public DateTimeOffset? RetryAt { get; set; }
    public int Attempts { get; set; }
    public DateTimeOffset? DoneAt { get; set; }
    public long ChangedRows { get; set; }
}

internal sealed class PrivacyModel : IEntityTypeConfiguration<PersonErasure>
{
    public void Configure(EntityTypeBuilder<PersonErasure> builder) => builder.HasKey(e => e.Id);
}

/// <summary>Closes a driver: badges are blocked at once, the account cannot sign in any more, and the personal data go as soon as nothing holds them.</summary>
internal sealed class CloseDriver(LadewerkDb db, TenantContext tenant, AuditLog audit, ErasureWorker worker, TimeProvider time)
{
    /// <summary>The erasure; null where the account also works for the operator, which must end first.</summary>
    public async Task<PersonErasure?> Run(Driver driver, bool byDriver, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await db.Set<PersonErasure>().SingleOrDefaultAsync(e => e.DriverId == driver.Id, ct) is { } there)
        {
            return there;
        }

        if (driver.AccountId is { } id && await db.Set<Account>().SingleOrDefaultAsync(a => a.Id == id && a.TenantId == tenant.Current, ct) is { } account)
        {
            if (account.Role != Role.Driver)
            {
                return null;
            }

            (account.DisabledAt, account.SecurityStamp) = (time.GetUtcNow(), Guid.NewGuid().ToString("N"));
        }

        driver.Status = "closed";
        await db.Set<IdToken>().Where(t => t.DriverId == driver.Id).ExecuteUpdateAsync(set => set.SetProperty(t => t.Status, IdTokenStatus.Blocked).SetProperty(t => t.AwaitsActivation, false), ct);
        // Where a badge was sent may be somewhere else than where the bill goes: it is forgotten at once, nothing waits for it.
        await db.Set<Badges.BadgeOrder>().Where(o => o.DriverId == driver.Id).ExecuteDeleteAsync(ct);
        var erasure = new PersonErasure { TenantId = tenant.Current, DriverId = driver.Id, RequestedBy = byDriver ? "driver" : "operator", RequestedAt = time.GetUtcNow() };
        db.Add(erasure);
        audit.Record("driver.closed", "driver", driver.Id.Value.ToString());
        await db.SaveChangesAsync(ct);
        await Outbox.Publish((NpgsqlConnection)db.Database.GetDbConnection(), tenant.Current, new IdTokensChanged(Urgent: true), ct);
        await transaction.CommitAsync(ct);
        worker.Ring();
        return erasure;
    }
}
