using System.Security.Cryptography;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.Vouchers;

/// <summary>Lets somebody start one session at an EVSE who has a card held for it: a token for one start, known to nobody but the station.</summary>
internal sealed class PaidStarts(LadewerkDb db, TenantContext tenant, CodeBook book, TimeProvider time)
{
    /// <summary>The token of a payment; the same one however often it is asked for.</summary>
    /// <param name="payment">Of whom.</param>
    /// <param name="amount">What is held: the session is stopped when it costs as much.</param>
    /// <param name="evse">Where.</param>
    /// <param name="until">By when the session must have begun.</param>
    public async Task<string> Open(Guid payment, Money amount, string evse, DateTimeOffset until, CancellationToken ct)
    {
        if (await Token(payment).SingleOrDefaultAsync(ct) is { } known)
        {
            return known.Uid;
        }

        var secret = CodeBook.New(); // nobody is ever told it
        var now = time.GetUtcNow();
        var uid = "P" + RandomNumberGenerator.GetHexString(18);
        var code = new ChargeCode
        {
            Id = new ChargeCodeId(payment), TenantId = tenant.Current, Kind = "card", CodeHash = CodeBook.Hash(CodeBook.Bare(secret)!), CodeSealed = book.Seal(secret), Grants = CodeGrants.Card,
            Amount = amount.Amount, Remaining = amount.Amount, Currency = amount.Currency, ValidUntil = until, CreatedAt = now,
        };
        var token = new IdToken { TenantId = tenant.Current, Uid = uid, UidKey = IdTokenUid.Key(uid), Type = "guest", CreatedAt = now };
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        db.AddRange(code, token);
        await db.SaveChangesAsync(ct);
        db.Add(new CodeUse { TenantId = tenant.Current, CodeId = code.Id, IdTokenId = token.Id, Evse = evse.Length <= 100 ? evse : evse[..100], RedeemedAt = now });
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return uid;
    }

    /// <summary>More is held now.</summary>
    public Task Raise(Guid payment, decimal amount, CancellationToken ct)
    {
        var id = new ChargeCodeId(payment);
        return db.Set<ChargeCode>().Where(c => c.Id == id && c.Kind == "card").ExecuteUpdateAsync(set => set.SetProperty(c => c.Remaining, amount), ct);
    }

    /// <summary>No session may begin with it any more. One that began goes on.</summary>
    public Task Close(Guid payment, CancellationToken ct)
    {
        var id = new ChargeCodeId(payment);
        var now = time.GetUtcNow();
        return db.Set<ChargeCode>().Where(c => c.Id == id && c.Kind == "card" && c.RevokedAt == null).ExecuteUpdateAsync(set => set.SetProperty(c => c.RevokedAt, now), ct);
    }

    /// <summary>The session that began with it; null: none has.</summary>
    public async Task<Guid?> Session(Guid payment, CancellationToken ct)
    {
        var id = new ChargeCodeId(payment);
        return await db.Set<CodeUse>().AsNoTracking().Where(u => u.CodeId == id && u.SessionId != null).Select(u => u.SessionId).FirstOrDefaultAsync(ct);
    }

    private IQueryable<IdToken> Token(Guid payment)
    {
        var id = new ChargeCodeId(payment);
        return db.Set<CodeUse>().AsNoTracking().Where(u => u.CodeId == id).Join(db.Set<IdToken>().AsNoTracking(), u => u.IdTokenId, t => t.Id, (u, t) => t);
    }
}
