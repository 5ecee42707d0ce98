using Ladewerk.Drivers;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Payments.Methods;

/// <param name="Mail">Whether the link goes to the account's address.</param>
internal sealed record MethodLinkRequest(bool Mail = false);

/// <summary>Ways to pay of billing accounts.</summary>
internal static class MethodsApi
{
    public static void MapPaymentMethods(this RouteGroupBuilder api)
    {
        var accounts = api.MapGroup("/billing-accounts/{id:guid}/payment-methods").OfModule(Module.Billing).WithTags("Payments");
        accounts.MapGet("/", List).RequirePermission(Permission.BillingRead).WithSummary("Cards and SEPA mandates of a billing account; never a number");
        accounts.MapPost("/links", Ask).RequirePermission(Permission.BillingWrite).WithSummary("A link by which the payer gives a card or a SEPA mandate; works once, for 14 days");
        var methods = api.MapGroup("/payment-methods/{id:guid}").OfModule(Module.Billing).WithTags("Payments");
        methods.MapPost("/default", Prefer).RequirePermission(Permission.BillingWrite).WithSummary("Collect invoices from this one");
        methods.MapDelete("", Remove).RequirePermission(Permission.BillingWrite).WithSummary("Take it away, at the provider too");
    }

    private static async Task<Results<Ok<PaymentMethodsView>, ProblemHttpResult>> List(Guid id, FindMethods find, CancellationToken ct) =>
        await find.Exists(new BillingAccountId(id), ct) ? TypedResults.Ok(await find.Of(new BillingAccountId(id), ct)) : Problems.NotFound("billing account");

    private static async Task<Results<Ok<MethodLink>, ProblemHttpResult>> Ask(Guid id, MethodLinkRequest request, AskForMethod ask, CancellationToken ct) =>
        await ask.Run(new BillingAccountId(id), request.Mail, ct) switch
        {
            AskResult.Asked asked => TypedResults.Ok(asked.Link),
            AskResult.NoProvider => Problems.Conflict("no-payment-provider", "No payment provider is set up."),
            AskResult.NoAddress => Problems.Conflict("no-address", "The billing account has no e-mail address."),
            _ => Problems.NotFound("billing account"),
        };

    private static async Task<Results<NoContent, ProblemHttpResult>> Prefer(Guid id, ChooseMethod choose, CancellationToken ct) =>
        await choose.Prefer(new PaymentMethodId(id), null, ct) ? TypedResults.NoContent() : Problems.NotFound("payment method");

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(Guid id, ChooseMethod choose, CancellationToken ct) =>
        await choose.Remove(new PaymentMethodId(id), null, ct) ? TypedResults.NoContent() : Problems.NotFound("payment method");
}
