using System.Security.Cryptography;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Drivers.Vouchers;

/// <summary>What came of a code.</summary>
public abstract record Redeemed
{
    /// <summary>May charge at that EVSE with this token: start there with it.</summary>
    /// <param name="Token">Uid of the token, at most 20 characters.</param>
    /// <param name="Until">When the token ends.</param>
    /// <param name="Amount">What is left: Wh, money or sessions; 0 for a stay.</param>
    public sealed record Accepted(string Token, CodeGrants Grants, decimal Amount, string? Currency, DateTimeOffset? Until) : Redeemed;

    /// <summary>May not; the words for the driver are <c>drivers.code.{reason}</c>.</summary>
    public sealed record Refused(CodeRefusal Reason) : Redeemed;
}

/// <summary>Why a code does not let anybody charge. What is not known, revoked or of another operator is all the same to whoever guesses.</summary>
public enum CodeRefusal
{
    Unknown,
    NotYetValid,
    Expired,
    UsedUp,
    NotHere,

    /// <summary>Too many attempts; later again.</summary>
    TooMany,
}

/// <summary>
/// Lets whoever knows a code charge at an EVSE: a voucher becomes a token for one start within a quarter of an hour, a guest's code a token
/// until the stay ends. Guessing is slowed down by address and by operator.
/// </summary>
public sealed class RedeemCode(LadewerkDb db, TenantContext tenant, CodeAttempts attempts, TimeProvider time)
{
    private static readonly TimeSpan Holds = TimeSpan.FromMinutes(15);

    /// <param name="evse">EVSE-ID, "station/number", or a station's identity.</param>
    /// <param name="code">As typed or scanned.</param>
    /// <param name="from">Who asks (the remote address), for the limit on attempts.</param>
    public async Task<Redeemed> Run(string evse, string code, string? from, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (!attempts.MayTry(tenant.Current, from, now))
        {
            return new Redeemed.Refused(CodeRefusal.TooMany);
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await Find(code, ct) is not { RevokedAt: null } found)
        {
            attempts.Failed(tenant.Current, from, now);
            return new Redeemed.Refused(CodeRefusal.Unknown);
        }

        if (await Judge(found, evse, now, ct) is { } refusal)
        {
            return new Redeemed.Refused(refusal);
        }

        var token = await Token(found, evse, now, ct);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return new Redeemed.Accepted(token.Uid, found.Grants, found.Remaining, found.Currency, token.ValidUntil);
    }

    /// <summary>The code, locked until the end of the transaction: its last use is given once.</summary>
    private async Task<ChargeCode?> Find(string code, CancellationToken ct)
    {
        var hash = CodeBook.Hash(CodeBook.Bare(code) ?? "");
        var found = await db.Set<ChargeCode>().FromSql($"select * from charge_code where tenant_id = {tenant.Current.Value} and code_hash = {hash} for update").SingleOrDefaultAsync(ct);
        return found is not null && CryptographicOperations.FixedTimeEquals(found.CodeHash, hash) ? found : null;
    }

    private async Task<CodeRefusal?> Judge(ChargeCode code, string evse, DateTimeOffset now, CancellationToken ct)
    {
        if (code.ValidUntil <= now)
        {
            return CodeRefusal.Expired;
        }

        if (code.ValidFrom > now)
        {
            return CodeRefusal.NotYetValid;
        }

        if (code.Sites.Length > 0 && (await SiteOf(evse, ct) is not { } site || !code.Sites.Contains(site)))
        {
            return CodeRefusal.NotHere;
        }

        return code.Grants != CodeGrants.Stay && (code.Remaining <= 0 || (await Waiting(code, evse, now, ct) is null && await Uses(code, now, ct) >= code.MaxUses)) ? CodeRefusal.UsedUp : null;
    }

    /// <summary>Starts that were made, and those that may still be made.</summary>
    private Task<int> Uses(ChargeCode code, DateTimeOffset now, CancellationToken ct) =>
        db.Set<CodeUse>().CountAsync(u => u.CodeId == code.Id && (u.SessionId != null || u.RedeemedAt > now - Holds), ct);

    /// <summary>The token of a start at the same EVSE that has not come about yet: whoever tries again does not need another use.</summary>
    private Task<IdToken?> Waiting(ChargeCode code, string evse, DateTimeOffset now, CancellationToken ct) => db.Set<CodeUse>()
        .Where(u => u.CodeId == code.Id && u.SessionId == null && u.Evse == evse && u.RedeemedAt > now - Holds)
        .Join(db.Set<IdToken>(), u => u.IdTokenId, t => t.Id, (u, t) => t).FirstOrDefaultAsync(ct);

    private async Task<IdToken> Token(ChargeCode code, string evse, DateTimeOffset now, CancellationToken ct)
    {
        if (code.Grants == CodeGrants.Stay
            && await db.Set<CodeUse>().Where(u => u.CodeId == code.Id).Join(db.Set<IdToken>(), u => u.IdTokenId, t => t.Id, (u, t) => t).FirstOrDefaultAsync(ct) is { } known)
        {
            known.ValidUntil = code.ValidUntil;
            return known;
        }

        if (code.Grants != CodeGrants.Stay && await Waiting(code, evse, now, ct) is { } again)
        {
            return again;
        }

        var uid = "G" + RandomNumberGenerator.GetHexString(18);
        var token = new IdToken
        {
            TenantId = tenant.Current, Uid = uid, UidKey = IdTokenUid.Key(uid), Type = "guest", ValidUntil = code.ValidUntil, ContractId = code.ContractId, Note = code.Label, CreatedAt = now,
        };
        db.Add(token);
        await db.SaveChangesAsync(ct);
        db.Add(new CodeUse { TenantId = tenant.Current, CodeId = code.Id, IdTokenId = token.Id, Evse = evse.Length <= 100 ? evse : evse[..100], RedeemedAt = now });
        return token;
    }

    private async Task<Guid?> SiteOf(string evse, CancellationToken ct) => await db.Database.SqlQuery<Guid?>(
        $"""
        select s.site_id as "Value" from charging_station s left join evse e on e.station_id = s.id
        where s.tenant_id = {tenant.Current.Value} and s.removed_at is null
          and (upper(e.evse_id) = upper({evse}) or upper(s.identity || '/' || e.number) = upper({evse}) or upper(s.identity) = upper({evse}))
        limit 1
        """).FirstOrDefaultAsync(ct);
}

/// <summary>Slows guessing down: so many wrong codes from an address, and from all addresses of an operator, within a quarter of an hour.</summary>
public sealed class CodeAttempts
{
    private const int MostOfAddress = 10, MostOfTenant = 1000, MostRemembered = 50_000;
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(15);
    private readonly Lock gate = new();
    private readonly Dictionary<string, (DateTimeOffset Since, int Count)> failures = new(StringComparer.Ordinal);

    internal bool MayTry(TenantId tenant, string? from, DateTimeOffset now)
    {
        lock (gate)
        {
            return Count(Key(tenant, from), now) < MostOfAddress && Count(Key(tenant, null), now) < MostOfTenant;
        }
    }

    internal void Failed(TenantId tenant, string? from, DateTimeOffset now)
    {
        lock (gate)
        {
            if (failures.Count >= MostRemembered)
            {
                foreach (var old in failures.Where(f => f.Value.Since + Within <= now).Select(f => f.Key).ToList())
                {
                    failures.Remove(old);
                }
            }

            Add(Key(tenant, from), now);
            Add(Key(tenant, null), now);
        }
    }

    private void Add(string key, DateTimeOffset now) => failures[key] = Count(key, now) is > 0 and var count ? (failures[key].Since, count + 1) : (now, 1);

    private int Count(string key, DateTimeOffset now) => failures.TryGetValue(key, out var found) && found.Since + Within > now ? found.Count : 0;

    private static string Key(TenantId tenant, string? from) => $"{tenant.Value:N} {from}";
}
