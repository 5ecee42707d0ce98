using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers;

/// <summary>A billing account as the API shows it.</summary>
public sealed record BillingAccountView(
    BillingAccountId Id, string Name, string? Company, string? Street, string? PostalCode, string? City, string Country, string? VatId, string? Email, string Language,
    int PaymentTermsDays, string? CustomerNumber, string? BuyerReference, string? ElectronicAddress, string? ElectronicScheme, InvoiceCycle InvoiceCycle, VatTreatment VatTreatment, DateTimeOffset CreatedAt);

/// <summary>A billing account to make.</summary>
public sealed record NewBillingAccount(
    string Name, string? Company = null, string? Street = null, string? PostalCode = null, string? City = null, string? Country = null, string? VatId = null,
    string? Email = null, string? Language = null, int? PaymentTermsDays = null, string? CustomerNumber = null, string? BuyerReference = null,
    string? ElectronicAddress = null, string? ElectronicScheme = null, InvoiceCycle? InvoiceCycle = null, VatTreatment? VatTreatment = null);

/// <summary>A change of a billing account; what is absent stays.</summary>
public sealed record BillingAccountPatch
{
    public string? Name { get; init; }
    public Optional<string> Company { get; init; }
    public Optional<string> Street { get; init; }
    public Optional<string> PostalCode { get; init; }
    public Optional<string> City { get; init; }
    public string? Country { get; init; }
    public Optional<string> VatId { get; init; }
    public Optional<string> Email { get; init; }
    public string? Language { get; init; }
    public int? PaymentTermsDays { get; init; }
    public Optional<string> CustomerNumber { get; init; }
    public Optional<string> BuyerReference { get; init; }
    public Optional<string> ElectronicAddress { get; init; }
    public Optional<string> ElectronicScheme { get; init; }
    public InvoiceCycle? InvoiceCycle { get; init; }
    public VatTreatment? VatTreatment { get; init; }
}

/// <summary><c>/billing-accounts</c></summary>
internal static class BillingAccountsApi
{
    public static BillingAccountView View(BillingAccount a) => new(
        a.Id, a.Name, a.Company, a.Street, a.PostalCode, a.City, a.Country, a.VatId, a.Email, a.Language, a.PaymentTermsDays, a.CustomerNumber,
        a.BuyerReference, a.ElectronicAddress, a.ElectronicScheme, a.InvoiceCycle, a.VatTreatment, a.CreatedAt);

    public static async Task<Ok<Page<BillingAccountView>>> List(int? limit, string? cursor, LadewerkDb db, CancellationToken ct)
    {
        var (count, after) = (Paging.Limit(limit), Paging.Decode(cursor)?.Split('\n'));
        var accounts = db.Set<BillingAccount>().AsNoTracking();
        if (after is [var name, var id] && Guid.TryParse(id, out var last))
        {
            accounts = accounts.Where(a => EF.Functions.GreaterThan(ValueTuple.Create(a.Name, a.Id), ValueTuple.Create(name, new BillingAccountId(last))));
        }

        var rows = await accounts.OrderBy(a => a.Name).ThenBy(a => a.Id).Take(count + 1).ToListAsync(ct);
        return TypedResults.Ok(Paging.Of([.. rows.Select(View)], count, a => $"{a.Name}\n{a.Id.Value}"));
    }

    public static async Task<Results<Created<BillingAccountView>, ValidationProblem>> Create(NewBillingAccount request, SaveBillingAccount save, CancellationToken ct)
    {
        var (account, faults) = await save.Create(request, ct);
        return account is null ? Problems.Invalid(faults.Errors) : TypedResults.Created($"/api/v1/billing-accounts/{account.Id.Value}", View(account));
    }

    public static async Task<Results<Ok<BillingAccountView>, ProblemHttpResult>> Get(Guid id, SaveBillingAccount accounts, CancellationToken ct) =>
        await accounts.Find(id, ct) is { } account ? TypedResults.Ok(View(account)) : Problems.NotFound("billing account");

    public static async Task<Results<Ok<BillingAccountView>, ValidationProblem, ProblemHttpResult>> Patch(Guid id, BillingAccountPatch patch, SaveBillingAccount accounts, CancellationToken ct)
    {
        if (await accounts.Find(id, ct) is not { } account)
        {
            return Problems.NotFound("billing account");
        }

        return await accounts.Patch(account, patch, ct) is { Any: true } faults ? Problems.Invalid(faults.Errors) : TypedResults.Ok(View(account));
    }

    public static async Task<Results<NoContent, ProblemHttpResult>> Delete(Guid id, SaveBillingAccount accounts, CancellationToken ct)
    {
        if (await accounts.Find(id, ct) is not { } account)
        {
            return Problems.NotFound("billing account");
        }

        await accounts.Delete(account, ct);
        return TypedResults.NoContent();
    }
}

/// <summary>Finds, makes, changes and deletes billing accounts.</summary>
internal sealed class SaveBillingAccount(LadewerkDb db, TenantContext tenant, AuditLog audit, TimeProvider time)
{
    public Task<BillingAccount?> Find(Guid id, CancellationToken ct) => db.Set<BillingAccount>().SingleOrDefaultAsync(a => a.Id == new BillingAccountId(id), ct);

    public async Task<(BillingAccount? Made, Faults Faults)> Create(NewBillingAccount wish, CancellationToken ct)
    {
        var account = new BillingAccount
        {
            TenantId = tenant.Current, Name = wish.Name?.Trim() ?? "", Company = wish.Company, Street = wish.Street, PostalCode = wish.PostalCode, City = wish.City,
            Country = wish.Country ?? "DE", VatId = wish.VatId, Email = wish.Email, Language = wish.Language ?? "de", PaymentTermsDays = wish.PaymentTermsDays ?? 14,
            CustomerNumber = wish.CustomerNumber, BuyerReference = wish.BuyerReference, ElectronicAddress = wish.ElectronicAddress, ElectronicScheme = wish.ElectronicScheme,
            InvoiceCycle = wish.InvoiceCycle ?? InvoiceCycle.Monthly, VatTreatment = wish.VatTreatment ?? VatTreatment.Standard, CreatedAt = time.GetUtcNow(),
        };
        var faults = Check(account);
        if (faults.Any)
        {
            return (null, faults);
        }

        db.Add(account);
        audit.Record("billingAccount.created", "billingAccount", account.Id.Value.ToString(), after: BillingAccountsApi.View(account));
        await db.SaveChangesAsync(ct);
        return (account, faults);
    }

    public async Task<Faults> Patch(BillingAccount account, BillingAccountPatch patch, CancellationToken ct)
    {
        var before = BillingAccountsApi.View(account);
        account.Name = patch.Name?.Trim() ?? account.Name;
        account.Company = patch.Company.Or(account.Company);
        account.Street = patch.Street.Or(account.Street);
        account.PostalCode = patch.PostalCode.Or(account.PostalCode);
        account.City = patch.City.Or(account.City);
        account.Country = patch.Country ?? account.Country;
        account.VatId = patch.VatId.Or(account.VatId);
        account.Email = patch.Email.Or(account.Email);
        account.Language = patch.Language ?? account.Language;
        account.PaymentTermsDays = patch.PaymentTermsDays ?? account.PaymentTermsDays;
        account.CustomerNumber = patch.CustomerNumber.Or(account.CustomerNumber);
        account.BuyerReference = patch.BuyerReference.Or(account.BuyerReference);
        account.ElectronicAddress = patch.ElectronicAddress.Or(account.ElectronicAddress);
        account.ElectronicScheme = patch.ElectronicScheme.Or(account.ElectronicScheme);
        account.InvoiceCycle = patch.InvoiceCycle ?? account.InvoiceCycle;
        account.VatTreatment = patch.VatTreatment ?? account.VatTreatment;
        var faults = Check(account);
        if (!faults.Any)
        {
            audit.Record("billingAccount.changed", "billingAccount", account.Id.Value.ToString(), before, BillingAccountsApi.View(account));
            await db.SaveChangesAsync(ct);
        }

        return faults;
    }

    public async Task Delete(BillingAccount account, CancellationToken ct)
    {
        db.Remove(account);
        audit.Record("billingAccount.deleted", "billingAccount", account.Id.Value.ToString(), BillingAccountsApi.View(account));
        await db.SaveChangesAsync(ct);
    }

    private static Faults Check(BillingAccount a) => new Faults().Text("name", a.Name).Short("company", a.Company).Short("street", a.Street).Short("postalCode", a.PostalCode, 20)
        .Short("city", a.City).Country("country", a.Country).Short("vatId", a.VatId, 30).Email("email", a.Email).Unless(a.Language is "de" or "en", "language", "de or en.")
        .Unless(a.PaymentTermsDays is >= 0 and <= 365, "paymentTermsDays", "0 to 365.").Short("customerNumber", a.CustomerNumber, 50)
        .Short("buyerReference", a.BuyerReference, 100).Short("electronicAddress", a.ElectronicAddress, 100)
        .Unless(a.ElectronicScheme is null or { Length: 2 or 4 }, "electronicScheme", "A code of the Electronic Address Scheme list, such as 0204, 9930 or EM.")
        .Unless(a.ElectronicAddress is null == a.ElectronicScheme is null, "electronicScheme", "Goes with electronicAddress.")
        .Unless(a.VatTreatment != VatTreatment.Reseller || !string.IsNullOrWhiteSpace(a.VatId), "vatId", "A reseller is known by its VAT number.")
        .Unless(a.VatTreatment != VatTreatment.IntraCommunity || !string.IsNullOrWhiteSpace(a.VatId), "vatId", "An intra-Community supply names the buyer's VAT number.");
}
