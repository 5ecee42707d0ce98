using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.Vouchers;

/// <summary>Vouchers to make.</summary>
/// <param name="Amount">Of each: Wh, money (gross) or sessions.</param>
/// <param name="Sites">Where they hold; empty: everywhere.</param>
public sealed record NewVouchers(
    string Name, CodeGrants Grants, decimal Amount, int Codes = 1, DateTimeOffset? ValidFrom = null, DateTimeOffset? ValidUntil = null, IReadOnlyList<Guid>? Sites = null, int MaxUses = 1);

/// <summary>A guest's code to make: who, and until when.</summary>
/// <param name="SiteId">The house; may be left out where the operator has one site only, or the contract names it.</param>
/// <param name="ContractId">Under which the guest charges; absent: the guest contract of the house, where there is one.</param>
public sealed record NewGuestCode(string Label, DateTimeOffset ValidUntil, Guid? SiteId = null, Guid? ContractId = null);

/// <summary>Makes, prolongs and revokes codes.</summary>
internal sealed class MakeCodes(LadewerkDb db, TenantContext tenant, CodeBook book, Actor actor, AuditLog audit, TimeProvider time)
{
    private const int Most = 5000;

    public async Task<(CodeBatch? Made, Faults Faults)> Vouchers(NewVouchers wish, CancellationToken ct)
    {
        var sites = (wish.Sites ?? []).Distinct().ToArray();
        var faults = new Faults().Text("name", wish.Name).Unless(wish.Amount is > 0 and <= 100_000_000, "amount", "More than 0.")
            .Unless(wish.Grants is not (CodeGrants.Stay or CodeGrants.Card) && Enum.IsDefined(wish.Grants), "grants", "energy, money or sessions.")
            .Unless(wish.Grants != CodeGrants.Money || decimal.Round(wish.Amount, 2) == wish.Amount, "amount", "At most two decimals.")
            .Unless(wish.Grants == CodeGrants.Money || decimal.Truncate(wish.Amount) == wish.Amount, "amount", "A whole number.")
            .Unless(wish.Codes is >= 1 and <= Most, "codes", $"1 to {Most}.").Unless(wish.MaxUses is >= 1 and <= 10_000, "maxUses", "1 to 10000.")
            .Unless(wish.ValidFrom is null || wish.ValidUntil is null || wish.ValidFrom < wish.ValidUntil, "validUntil", "After validFrom.")
            .Unless(await Known(sites, ct), "sites", "No such site.");
        if (faults.Any)
        {
            return (null, faults);
        }

        var currency = wish.Grants == CodeGrants.Money ? (await db.Set<Tenant>().AsNoTracking().SingleAsync(t => t.Id == tenant.Current, ct)).Currency : null;
        var batch = new CodeBatch
        {
            TenantId = tenant.Current, Name = wish.Name.Trim(), Grants = wish.Grants, Amount = wish.Amount, Currency = currency, ValidFrom = wish.ValidFrom?.ToUniversalTime(),
            ValidUntil = wish.ValidUntil?.ToUniversalTime(), Sites = sites, MaxUses = wish.Grants == CodeGrants.Sessions ? (int)Math.Max(wish.MaxUses, wish.Amount) : wish.MaxUses, Codes = wish.Codes,
            CreatedAt = time.GetUtcNow(), CreatedBy = actor.Name,
        };
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        db.Add(batch);
        await db.SaveChangesAsync(ct);
        for (var i = 0; i < wish.Codes; i++)
        {
            var code = CodeBook.New();
            db.Add(new ChargeCode
            {
                TenantId = tenant.Current, BatchId = batch.Id, Kind = "voucher", CodeHash = CodeBook.Hash(CodeBook.Bare(code)!), CodeSealed = book.Seal(code), Grants = batch.Grants,
                Amount = batch.Amount, Remaining = batch.Amount, Currency = currency, ValidFrom = batch.ValidFrom, ValidUntil = batch.ValidUntil, Sites = sites, MaxUses = batch.MaxUses,
                CreatedAt = batch.CreatedAt, CreatedBy = actor.Name,
            });
        }

        audit.Record("vouchers.made", "voucherBatch", batch.Id.Value.ToString(), after: wish);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return (batch, faults);
    }

    public async Task<(ChargeCode? Made, Faults Faults)> Guest(NewGuestCode wish, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var (site, contract) = await House(wish, now, ct);
        var faults = new Faults().Text("label", wish.Label, 100).Unless(wish.ValidUntil > now, "validUntil", "In the future.")
            .Unless(wish.ValidUntil <= now.AddDays(400), "validUntil", "At most 400 days ahead.")
            .Unless(site is not null && await Known([site.Value], ct), "siteId", wish.SiteId is null ? "Which house?" : "No such site.")
            .Unless(wish.ContractId is null || contract is not null, "contractId", "No such contract.");
        if (faults.Any)
        {
            return (null, faults);
        }

        var code = CodeBook.New();
        var made = new ChargeCode
        {
            TenantId = tenant.Current, Kind = "guest", Label = wish.Label.Trim(), CodeHash = CodeBook.Hash(CodeBook.Bare(code)!), CodeSealed = book.Seal(code), Grants = CodeGrants.Stay,
            ValidUntil = wish.ValidUntil.ToUniversalTime(), Sites = [site!.Value], ContractId = contract, CreatedAt = now, CreatedBy = actor.Name,
        };
        db.Add(made);
        audit.Record("guestCode.made", "guestCode", made.Id.Value.ToString(), after: new { made.ValidUntil, Site = site, contract });
        await db.SaveChangesAsync(ct);
        return (made, faults);
    }

    /// <summary>In force at once: a token of the code may not charge any more.</summary>
    public async Task<bool> Revoke(ChargeCodeId id, CancellationToken ct)
    {
        if (await db.Set<ChargeCode>().SingleOrDefaultAsync(c => c.Id == id, ct) is not { } code)
        {
            return false;
        }

        code.RevokedAt ??= time.GetUtcNow();
        audit.Record(code.Kind + "Code.revoked", code.Kind + "Code", id.Value.ToString());
        await db.SaveChangesAsync(ct);
        return true;
    }

    /// <summary>The guest stays longer, or leaves earlier; null where there is no such code.</summary>
    public async Task<ChargeCode?> Prolong(ChargeCodeId id, DateTimeOffset until, CancellationToken ct)
    {
        if (await db.Set<ChargeCode>().SingleOrDefaultAsync(c => c.Id == id && c.Kind == "guest", ct) is not { } code)
        {
            return null;
        }

        var before = code.ValidUntil;
        code.ValidUntil = until.ToUniversalTime();
        audit.Record("guestCode.changed", "guestCode", id.Value.ToString(), new { validUntil = before }, new { code.ValidUntil });
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.SaveChangesAsync(ct);
        var tokens = db.Set<CodeUse>().Where(u => u.CodeId == id).Select(u => u.IdTokenId);
        await db.Set<IdToken>().Where(t => tokens.Contains(t.Id)).ExecuteUpdateAsync(set => set.SetProperty(t => t.ValidUntil, code.ValidUntil), ct);
        await transaction.CommitAsync(ct);
        return code;
    }

    /// <summary>The house and the contract that a guest charges under: what is named, else what is the only one.</summary>
    private async Task<(Guid? Site, Guid? Contract)> House(NewGuestCode wish, DateTimeOffset now, CancellationToken ct)
    {
        var contracts = await db.Set<Contracts.Contract>().AsNoTracking()
            .Where(c => c.Kind == Contracts.ContractKind.Guest && c.Status == Contracts.ContractStatus.Active && (c.ValidUntil == null || c.ValidUntil > now)).OrderBy(c => c.Number).ToListAsync(ct);
        var site = wish.SiteId;
        var chosen = wish.ContractId is { } named ? contracts.Find(c => c.Id.Value == named) : site is { } house ? contracts.Find(c => c.Sites.Contains(house)) : contracts is [var only] ? only : null;
        site ??= chosen?.Sites is [var single] ? single : await OnlySite(ct);
        return (site, chosen is null || (site is { } at && chosen.Sites.Length > 0 && !chosen.Sites.Contains(at)) ? null : chosen.Id.Value);
    }

    private async Task<Guid?> OnlySite(CancellationToken ct) =>
        await db.Database.SqlQuery<Guid>($"select id as \"Value\" from site where tenant_id = {tenant.Current.Value} limit 2").ToListAsync(ct) is [var only] ? only : null;

    private async Task<bool> Known(Guid[] sites, CancellationToken ct) => sites.Length == 0
        || await db.Database.SqlQuery<int>($"select count(*)::int as \"Value\" from site where tenant_id = {tenant.Current.Value} and id = any({sites})").SingleAsync(ct) == sites.Length;
}
