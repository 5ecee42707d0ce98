using Ladewerk.Billing;
using Ladewerk.Billing.Portal;
using Ladewerk.Drivers;
using Ladewerk.Kernel.Http;
using Ladewerk.Payments.Disputes;
using Ladewerk.Payments.Invoices;
using Ladewerk.Payments.Methods;
using Ladewerk.Portal;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Payments.Portal;

/// <summary>The operator's pages of payers with an account, and what their forms do.</summary>
internal static class ContractPortal
{
    public static IServiceCollection AddContractPortal(this IServiceCollection services) => services
        .AddSingleton(new NavEntry(NavGroup.Money, 31, "coin-euro", "payments.collections", "/portal/collections", Permission.BillingRead) { Module = Module.Billing })
        .AddSingleton(new NavEntry(NavGroup.Money, 32, "gavel", "payments.disputes", "/portal/disputes", Permission.BillingRead)
        {
            Module = Module.Billing, Urgent = true, Count = (scope, ct) => scope.GetRequiredService<FindDisputes>().Undecided(ct),
        })
        .AddSingleton(new AccountPart(10, typeof(AccountMethods), Permission.BillingRead))
        .AddSingleton(new InvoicePart(10, typeof(InvoiceMoney), Permission.BillingRead));

    public static void MapContractPortal(this WebApplication app)
    {
        var methods = app.MapGroup("/portal/billing-accounts/{account:guid}/payment-methods").OfModule(Module.Billing).RequirePermission(Permission.BillingWrite).ExcludeFromDescription();
        methods.MapPost("/ask", Ask);
        methods.MapPost("/{id:guid}/default", Prefer);
        methods.MapPost("/{id:guid}/remove", Remove);
        app.MapPost("/portal/invoices/{id:guid}/collect", Collect).OfModule(Module.Billing).RequirePermission(Permission.BillingWrite).ExcludeFromDescription();
    }

    private static async Task<IResult> Ask(Guid account, [FromForm] IFormCollection form, AskForMethod ask, CancellationToken ct)
    {
        var (link, fault) = await ask.Run(new BillingAccountId(account), form["mail"] == "true", ct) switch
        {
            AskResult.Asked asked => (asked.Link, null),
            AskResult.NoProvider => (null, "payments.methods.offHere"),
            AskResult.NoAddress => ((MethodLink?)null, "payments.methods.noAddress"),
            _ => (null, null),
        };
        return link is null && fault is null
            ? Problems.NotFound("billing account")
            : Answer.Page<MethodAskedPage>(link is null ? StatusCodes.Status409Conflict : StatusCodes.Status200OK, (nameof(MethodAskedPage.Account), account), (nameof(MethodAskedPage.Link), link), (nameof(MethodAskedPage.Fault), fault));
    }

    private static async Task<IResult> Prefer(Guid account, Guid id, ChooseMethod choose, HttpContext http, CancellationToken ct) =>
        await choose.Prefer(new PaymentMethodId(id), new BillingAccountId(account), ct) ? Answer.Go(http, Back(account)) : Problems.NotFound("payment method");

    private static async Task<IResult> Remove(Guid account, Guid id, ChooseMethod choose, HttpContext http, CancellationToken ct) =>
        await choose.Remove(new PaymentMethodId(id), new BillingAccountId(account), ct) ? Answer.Go(http, Back(account)) : Problems.NotFound("payment method");

    private static async Task<IResult> Collect(Guid id, PlanCollection plan, HttpContext http, CancellationToken ct) =>
        await plan.Run(new InvoiceId(id), isAsked: true, ct) == PlanResult.NoSuchInvoice ? Problems.NotFound("invoice") : Answer.Go(http, $"/portal/invoices/{id}");

    private static string Back(Guid account) => $"/portal/billing-accounts/{account}/edit";
}
