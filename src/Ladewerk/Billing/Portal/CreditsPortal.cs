using Ladewerk.Billing.Credits;
using Ladewerk.Kernel.Http;
using Ladewerk.Portal;

namespace Ladewerk.Billing.Portal;

/// <summary>What the forms of credits do, on the page of a billing account.</summary>
internal static class CreditsPortal
{
    public static void MapCreditsPortal(this WebApplication app)
    {
        var credits = app.MapGroup("/portal/billing-accounts/{account:guid}/credits/{invoice:guid}").OfModule(Module.Billing).RequirePermission(Permission.BillingWrite).ExcludeFromDescription();
        credits.MapPost("/apply", Apply);
        credits.MapPost("/paid-back", PaidBack);
    }

    private static async Task<IResult> Apply(Guid account, Guid invoice, HttpContext http, SettleCredit settle, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        return Done(http, account, await settle.Apply(new InvoiceId(invoice), new ApplyCredit(Guid.TryParse(form["to"], out var to) ? to : Guid.Empty), ct));
    }

    private static async Task<IResult> PaidBack(Guid account, Guid invoice, HttpContext http, SettleCredit settle, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        return Done(http, account, await settle.PaidBack(new InvoiceId(invoice), new PaidBackCredit(form["reference"].ToString()), ct));
    }

    private static IResult Done(HttpContext http, Guid account, CreditResult result) => CreditsApi.Fault(result) ?? Answer.Go(http, $"/portal/billing-accounts/{account}/edit");
}
