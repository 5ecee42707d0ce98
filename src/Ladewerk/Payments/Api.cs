using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Payments.Disputes;
using Ladewerk.Payments.Invoices;
using Ladewerk.Payments.Methods;
using Ladewerk.Payments.Terminals;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Payments;

/// <summary>The routes of Payments.</summary>
internal static class Api
{
    public static void MapPayments(this RouteGroupBuilder api)
    {
        var payments = api.MapGroup("/payments").OfModule(Module.Billing).WithTags("Payments");
        payments.MapGet("/", List).RequirePermission(Permission.BillingRead).WithSummary("Payments at charge points, newest first");
        payments.MapGet("/{id:guid}", Get).RequirePermission(Permission.BillingRead).WithSummary("One payment with its refunds, ledger lines and the provider's events");
        payments.MapPost("/{id:guid}/refunds", Refund).RequirePermission(Permission.BillingWrite).WithSummary("Give money back: an amount, or all that is left");
        payments.MapGet("/settings", Settings).RequirePermission(Permission.SettingsRead).WithSummary("How cards are taken; never a key");
        payments.MapPatch("/settings", Change).RequirePermission(Permission.SettingsWrite).WithSummary("Change how cards are taken");
        payments.MapGet("/reconciliations", Reconciliations).RequirePermission(Permission.BillingRead).WithSummary("The provider's movements held against ours, the last 60 days");
        payments.MapPost("/reconciliations", Reconcile).RequirePermission(Permission.BillingWrite).WithSummary("Hold the last three days against the provider's movements now");
        api.MapPaymentMethods();
        api.MapInvoiceCollections();
        api.MapDisputes();
        api.MapPaymentTerminals();
        var ledger = api.MapGroup("/ledger").OfModule(Module.Billing).WithTags("Payments");
        ledger.MapGet("/agreement", Agree).RequirePermission(Permission.BillingRead).WithSummary("Sums of charge detail records, invoices and payments beside the ledger's");
        ledger.MapGet("/balances", Balances).RequirePermission(Permission.BillingRead).WithSummary("What stands in each account: debit positive, credit negative; all together nothing");
    }

    private static async Task<Ok<Page<PaymentView>>> List(FindPayments find, CancellationToken ct, string? state = null, int? limit = null, string? cursor = null) =>
        TypedResults.Ok(await find.List(state, limit, cursor, ct));

    private static async Task<Results<Ok<PaymentDetail>, ProblemHttpResult>> Get(Guid id, FindPayments find, CancellationToken ct) =>
        await find.One(new PaymentId(id), ct) is { } found ? TypedResults.Ok(found) : Problems.NotFound("payment");

    private static async Task<Results<Accepted<PaymentDetail>, ValidationProblem, ProblemHttpResult>> Refund(Guid id, RefundWish request, RefundPayment refund, FindPayments find, CancellationToken ct) =>
        await refund.Run(new PaymentId(id), request, ct) switch
        {
            RefundResult.Asked => TypedResults.Accepted($"/api/v1/payments/{id}", await find.One(new PaymentId(id), ct)),
            RefundResult.Invalid invalid => Problems.Invalid(invalid.Field, invalid.Error),
            _ => Problems.NotFound("payment"),
        };

    private static async Task<Ok<PaymentSettingsView>> Settings(SavePaymentSettings settings, CancellationToken ct) => TypedResults.Ok(await settings.View(ct));

    private static async Task<Results<NoContent, ValidationProblem>> Change(PaymentSettingsPatch request, SavePaymentSettings settings, CancellationToken ct) =>
        await settings.Run(request, ct) is { } faults ? Problems.Invalid(faults.Errors) : TypedResults.NoContent();

    private static async Task<Ok<Page<ReconciliationView>>> Reconciliations(FindPayments find, CancellationToken ct) => TypedResults.Ok(new Page<ReconciliationView>(await find.Reconciliations(ct), null));

    private static async Task<Results<Ok<ReconciliationView>, ProblemHttpResult>> Reconcile(ReconcilePayments reconcile, CancellationToken ct) =>
        await reconcile.Run(ct) is { } done ? TypedResults.Ok(FindPayments.Of(done)) : Problems.Conflict("reconciliation-busy", "No provider, or a reconciliation is running.");

    private static async Task<Ok<Page<AgreementRow>>> Agree(Agreement agreement, CancellationToken ct) => TypedResults.Ok(new Page<AgreementRow>(await agreement.Run(ct), null));

    private static async Task<Ok<Page<LedgerBalance>>> Balances(FindPayments find, CancellationToken ct) => TypedResults.Ok(new Page<LedgerBalance>(await find.Balances(ct), null));
}
