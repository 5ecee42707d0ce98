using Ladewerk.Drivers.Badges;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Drivers;

/// <summary>Finds, makes, changes and deletes id tokens, by whatever spelling of the uid.</summary>
internal sealed class SaveIdToken(LadewerkDb db, TenantContext tenant, AuditLog audit, TimeProvider time)
{
    public Task<IdToken?> Find(string uid, CancellationToken ct)
    {
        var key = IdTokenUid.Key(uid);
        return db.Set<IdToken>().SingleOrDefaultAsync(t => t.UidKey == key, ct);
    }

    /// <summary>The token; null without faults where there already is one of this uid.</summary>
    public async Task<(IdToken? Made, Faults Faults)> Create(NewIdToken wish, CancellationToken ct)
    {
        var token = new IdToken
        {
            TenantId = tenant.Current, Uid = (wish.Uid ?? "").Trim().ToUpperInvariant(), UidKey = IdTokenUid.Key(wish.Uid ?? ""), Type = wish.Type ?? "ISO14443", Status = wish.Status,
            VisualNumber = wish.VisualNumber, ValidFrom = wish.ValidFrom?.ToUniversalTime(), ValidUntil = wish.ValidUntil?.ToUniversalTime(), DriverId = wish.DriverId,
            ContractId = wish.ContractId, GroupId = wish.GroupId, Note = wish.Note, ConcurrentSessions = wish.ConcurrentSessions, CreatedAt = time.GetUtcNow(),
        };
        var faults = await Check(token, ct);
        if (faults.Any || await db.Set<IdToken>().AnyAsync(t => t.UidKey == token.UidKey, ct))
        {
            return (null, faults);
        }

        db.Add(token);
        audit.Record("idToken.created", "idToken", token.Uid, after: IdTokensApi.View(token));
        await Save(isUrgent: token.Status != IdTokenStatus.Accepted, ct);
        return (token, faults);
    }

    public async Task<Faults> Patch(IdToken token, IdTokenPatch patch, CancellationToken ct)
    {
        var before = IdTokensApi.View(token);
        token.Type = patch.Type ?? token.Type;
        token.Status = patch.Status ?? token.Status;
        token.AwaitsActivation = patch.Status is null && token.AwaitsActivation;
        token.VisualNumber = patch.VisualNumber.Or(token.VisualNumber);
        token.ValidFrom = patch.ValidFrom.Or(token.ValidFrom)?.ToUniversalTime();
        token.ValidUntil = patch.ValidUntil.Or(token.ValidUntil)?.ToUniversalTime();
        token.DriverId = patch.DriverId.Or(token.DriverId);
        token.ContractId = patch.ContractId.Or(token.ContractId);
        token.GroupId = patch.GroupId.Or(token.GroupId);
        token.Note = patch.Note.Or(token.Note);
        token.ConcurrentSessions = patch.ConcurrentSessions ?? token.ConcurrentSessions;
        var faults = await Check(token, ct);
        if (!faults.Any)
        {
            audit.Record(before.Status != token.Status ? $"idToken.{ActionOf(token.Status)}" : "idToken.changed", "idToken", token.Uid, before, IdTokensApi.View(token));
            await Save(isUrgent: before.AwaitsActivation != token.AwaitsActivation || token.Status != before.Status || token.ValidUntil != before.ValidUntil || token.DriverId != before.DriverId || token.ContractId != before.ContractId, ct,
                arrived: before.AwaitsActivation && token.Status == IdTokenStatus.Accepted ? token.Id : null);
        }

        return faults;
    }

    public async Task Delete(IdToken token, CancellationToken ct)
    {
        db.Remove(token);
        audit.Record("idToken.deleted", "idToken", token.Uid, IdTokensApi.View(token));
        await Save(isUrgent: true, ct);
    }

    /// <summary>Stores the change together with the event that tells of it.</summary>
    /// <param name="arrived">A badge that charges from now on: the order that it was sent for is done.</param>
    private async Task Save(bool isUrgent, CancellationToken ct, IdTokenId? arrived = null)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.SaveChangesAsync(ct);
        if (arrived is { } badge)
        {
            await db.Set<BadgeOrder>().Where(o => o.IdTokenId == badge && o.State == BadgeOrderState.Sent)
                .ExecuteUpdateAsync(set => set.SetProperty(o => o.State, BadgeOrderState.Active).SetProperty(o => o.ActivatedAt, time.GetUtcNow()), ct);
        }

        await Outbox.Publish((NpgsqlConnection)db.Database.GetDbConnection(), tenant.Current, new IdTokensChanged(isUrgent), ct);
        await transaction.CommitAsync(ct);
    }

    private static string ActionOf(IdTokenStatus status) => status switch
    {
        IdTokenStatus.Accepted => "unblocked",
        IdTokenStatus.Blocked => "blocked",
        IdTokenStatus.Expired => "expired",
        IdTokenStatus.Lost => "lost",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "No such status."),
    };

    private async Task<Faults> Check(IdToken token, CancellationToken ct)
    {
        var faults = new Faults().Text("uid", token.Uid, IdTokenUid.MaxLength).Unless(!token.Uid.Any(char.IsControl), "uid", "No control characters.")
            .Text("type", token.Type, 20).Short("visualNumber", token.VisualNumber, 50).Short("groupId", token.GroupId, IdTokenUid.MaxLength).Short("note", token.Note, 1000)
            .Unless(token.ConcurrentSessions is >= 0 and <= 1000, "concurrentSessions", "0 (unlimited) to 1000.")
            .Unless(token.ValidFrom is null || token.ValidUntil is null || token.ValidFrom < token.ValidUntil, "validUntil", "After validFrom.");
        if (token.ContractId is { } contract && !await db.Set<Contracts.Contract>().AnyAsync(c => c.Id == new Contracts.ContractId(contract), ct))
        {
            faults.Add("contractId", "No such contract.");
        }

        return token.DriverId is { } driver && !await db.Set<Driver>().AnyAsync(d => d.Id == driver, ct) ? faults.Add("driverId", "No such driver.") : faults;
    }
}
