using System.Globalization;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Portal.Components;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Billing.Portal;

/// <summary>The form of a billing account: who pays, how often, in which form, with which tax.</summary>
internal static class AccountForm
{
    private const string Address = "/portal/billing-accounts";

    public static void MapAccountForm(this WebApplication app)
    {
        var pages = app.MapGroup(Address).OfModule(Module.Billing).RequirePermission(Permission.DriversWrite).ExcludeFromDescription();
        pages.MapGet("/add", (Texts t) => Show(t, null, new BillingAccount { TenantId = default, Name = "" }, null));
        pages.MapPost("/add", Add);
        pages.MapGet("/{id:guid}/edit", async (Guid id, SaveBillingAccount accounts, Texts t, CancellationToken ct) =>
            await accounts.Find(id, ct) is { } account ? Show(t, id, account, null) : (IResult)Problems.NotFound("billing account"));
        pages.MapPost("/{id:guid}/edit", Save);
    }

    private static async Task<IResult> Add([FromForm] IFormCollection form, SaveBillingAccount accounts, HttpContext http, Texts t, CancellationToken ct)
    {
        var wish = new NewBillingAccount(
            form["name"].ToString(), Maybe(form, "company"), Maybe(form, "street"), Maybe(form, "postalCode"), Maybe(form, "city"), Maybe(form, "country"), Maybe(form, "vatId"), Maybe(form, "email"),
            Maybe(form, "language"), Days(form), Maybe(form, "customerNumber"), Maybe(form, "buyerReference"), Maybe(form, "electronicAddress"), Maybe(form, "electronicScheme"), Word<InvoiceCycle>(form, "invoiceCycle"),
            Word<VatTreatment>(form, "vatTreatment"));
        var (made, faults) = await accounts.Create(wish, ct);
        return made is not null ? Answer.Go(http, Address) : Show(t, null, Typed(form), faults);
    }

    private static async Task<IResult> Save(Guid id, [FromForm] IFormCollection form, SaveBillingAccount accounts, HttpContext http, Texts t, CancellationToken ct)
    {
        if (await accounts.Find(id, ct) is not { } account)
        {
            return Problems.NotFound("billing account");
        }

        var patch = new BillingAccountPatch
        {
            Name = form["name"].ToString(), Company = Cleared(form, "company"), Street = Cleared(form, "street"), PostalCode = Cleared(form, "postalCode"), City = Cleared(form, "city"), Country = form["country"].ToString(),
            VatId = Cleared(form, "vatId"), Email = Cleared(form, "email"), Language = form["language"].ToString(), PaymentTermsDays = Days(form), CustomerNumber = Cleared(form, "customerNumber"),
            BuyerReference = Cleared(form, "buyerReference"), ElectronicAddress = Cleared(form, "electronicAddress"), ElectronicScheme = Cleared(form, "electronicScheme"),
            InvoiceCycle = Word<InvoiceCycle>(form, "invoiceCycle"), VatTreatment = Word<VatTreatment>(form, "vatTreatment"),
        };
        return await accounts.Patch(account, patch, ct) is { Any: true } faults ? Show(t, id, Typed(form), faults) : Answer.Go(http, Address);
    }

    private static RazorComponentResult<AnswerPage> Show(Texts t, Guid? id, BillingAccount a, Faults? faults)
    {
        List<FormField> fields =
        [
            new("name", t["billing.account.name"], a.Name) { Required = true },
            new("company", t["billing.account.company"], a.Company) { Hint = t["billing.account.company.hint"] },
            new("street", t["billing.account.street"], a.Street),
            new("postalCode", t["billing.account.postalCode"], a.PostalCode),
            new("city", t["billing.account.city"], a.City),
            new("country", t["billing.account.country"], a.Country) { Required = true },
            new("email", t["billing.account.email"], a.Email, "email") { Hint = t["billing.account.email.hint"] },
            new("customerNumber", t["billing.account.customerNumber"], a.CustomerNumber),
            new("vatId", t["billing.account.vatId"], a.VatId),
            new("vatTreatment", t["billing.account.vat"], Name(a.VatTreatment)) { Options = [.. Enum.GetValues<VatTreatment>().Select(v => (Name(v), t["billing.account.vat." + Name(v)]))] },
            new("invoiceCycle", t["billing.account.cycle"], Name(a.InvoiceCycle)) { Options = [.. Enum.GetValues<InvoiceCycle>().Select(v => (Name(v), t["billing.account.cycle." + Name(v)]))] },
            new("paymentTermsDays", t["billing.account.terms"], a.PaymentTermsDays.ToString(CultureInfo.InvariantCulture), "number") { Required = true },
            new("language", t["billing.account.language"], a.Language) { Options = [("de", "Deutsch"), ("en", "English")] },
            new("buyerReference", t["billing.account.reference"], a.BuyerReference) { Hint = t["billing.account.reference.hint"] },
            new("electronicAddress", t["billing.account.electronic"], a.ElectronicAddress) { Hint = t["billing.account.electronic.hint"] },
            new("electronicScheme", t["billing.account.scheme"], a.ElectronicScheme) { Hint = t["billing.account.scheme.hint"] },
        ];
        return Answer.Page<EntityForm>(
            faults is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
            (nameof(EntityForm.Title), id is null ? t["billing.account.add"] : a.Company ?? a.Name), (nameof(EntityForm.Action), id is { } known ? $"{Address}/{known:D}/edit" : Address + "/add"), (nameof(EntityForm.Back), Address),
            (nameof(EntityForm.Fields), fields), (nameof(EntityForm.Crumbs), new[] { (t["billing.accounts"], (string?)Address) }), (nameof(EntityForm.Errors), faults is null ? null : FaultWords.Say(faults.Errors)),
            (nameof(EntityForm.Below), id is null ? null : typeof(AccountParts)), (nameof(EntityForm.BelowValues), id is { } shown ? new Dictionary<string, object>(StringComparer.Ordinal) { [nameof(AccountParts.Account)] = shown } : null));
    }

    /// <summary>What was typed, to be shown again with its faults.</summary>
    private static BillingAccount Typed(IFormCollection form) => new()
    {
        TenantId = default, Name = form["name"].ToString(), Company = Maybe(form, "company"), Street = Maybe(form, "street"), PostalCode = Maybe(form, "postalCode"), City = Maybe(form, "city"),
        Country = form["country"].ToString(), VatId = Maybe(form, "vatId"), Email = Maybe(form, "email"), Language = form["language"] == "en" ? "en" : "de", PaymentTermsDays = Days(form), CustomerNumber = Maybe(form, "customerNumber"),
        BuyerReference = Maybe(form, "buyerReference"), ElectronicAddress = Maybe(form, "electronicAddress"), ElectronicScheme = Maybe(form, "electronicScheme"),
        InvoiceCycle = Word<InvoiceCycle>(form, "invoiceCycle") ?? default, VatTreatment = Word<VatTreatment>(form, "vatTreatment") ?? default,
    };

    private static string? Maybe(IFormCollection form, string name) => form[name].ToString().Trim() is { Length: > 0 } text ? text : null;

    private static Optional<string> Cleared(IFormCollection form, string name) => new(Maybe(form, name));

    /// <summary>Out of bounds where it is no number, so that the fault stands at the field.</summary>
    private static int Days(IFormCollection form) => int.TryParse(form["paymentTermsDays"], NumberStyles.None, CultureInfo.InvariantCulture, out var days) ? days : -1;

    private static T? Word<T>(IFormCollection form, string name)
        where T : struct, Enum => Enum.TryParse<T>(form[name], ignoreCase: true, out var word) && Enum.IsDefined(word) ? word : null;

    private static string Name<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
