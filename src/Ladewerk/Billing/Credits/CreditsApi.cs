using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Billing.Credits;

/// <summary><c>/credits</c>: what is owed to customers.</summary>
internal static class CreditsApi
{
    public static void MapCredits(this RouteGroupBuilder api)
    {
        var credits = api.MapGroup("/credits").OfModule(Module.Billing).WithTags("Billing");
        credits.MapGet("/", List).RequirePermission(Permission.BillingRead).WithSummary("What is owed to customers on cancelled, corrected or overpaid documents, oldest first");
        credits.MapPost("/{invoiceId:guid}/apply", Apply).RequirePermission(Permission.BillingWrite).WithSummary("Set a credit against an invoice of the same account");
        credits.MapPost("/{invoiceId:guid}/paid-back", PaidBack).RequirePermission(Permission.BillingWrite).WithSummary("Note that a credit was paid back, by bank transfer for one");
    }

    private static async Task<Ok<Page<CreditView>>> List(FindCredits find, CancellationToken ct, Guid? billingAccountId = null, int? limit = null, string? cursor = null) =>
        TypedResults.Ok(await find.List(billingAccountId is { } account ? new BillingAccountId(account) : null, limit, cursor, ct));

    private static async Task<IResult> Apply(Guid invoiceId, ApplyCredit request, SettleCredit settle, CancellationToken ct) =>
        Answer(await settle.Apply(new InvoiceId(invoiceId), request, ct));

    private static async Task<IResult> PaidBack(Guid invoiceId, PaidBackCredit request, SettleCredit settle, CancellationToken ct) =>
        Answer(await settle.PaidBack(new InvoiceId(invoiceId), request, ct));

    private static IResult Answer(CreditResult result) => Fault(result) ?? TypedResults.NoContent();

    /// <summary>Why not, as an answer; null: it was done.</summary>
    internal static IResult? Fault(CreditResult result) => result switch
    {
        CreditResult.Settled => null,
        CreditResult.Invalid invalid => Problems.Invalid(invalid.Field, invalid.Error),
        CreditResult.Known => Problems.Conflict("reference-known", "This reference was noted before."),
        _ => Problems.NotFound("credit"),
    };
}
