using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Payments.Payouts;

/// <summary><c>/payouts</c>: what statements owe, and hosts' accounts.</summary>
internal static class PayoutsApi
{
    public static void MapPayouts(this RouteGroupBuilder api)
    {
        var payouts = api.MapGroup("/payouts").OfModule(Module.Billing).WithTags("Payouts");
        payouts.MapGet("/", List).RequirePermission(Permission.BillingRead).WithSummary("What statements owe to hosts and employees, newest first");
        payouts.MapGet("/{id:guid}", Get).RequirePermission(Permission.BillingRead).WithSummary("One payout with what came back and its ledger lines");
        payouts.MapPost("/{id:guid}/release", Release).RequirePermission(Permission.BillingWrite).WithSummary("Transfer it to the host's account; one that was refused is tried again");
        payouts.MapPost("/{id:guid}/paid", Paid).RequirePermission(Permission.BillingWrite).WithSummary("Note that it was paid by another way");
        payouts.MapPost("/{id:guid}/returns", TakeBack).RequirePermission(Permission.BillingWrite).WithSummary("Take money back from the host's account: an amount, or all that is left");
        payouts.MapGet("/accounts", Accounts).RequirePermission(Permission.BillingRead).WithSummary("Hosts and their accounts at the payment provider");
        payouts.MapPost("/accounts/{organisationId:guid}/link", Invite).RequirePermission(Permission.BillingWrite).WithSummary("Make, and mail, a link by which the host sets up its account; holds 14 days");
        payouts.MapPost("/accounts/{organisationId:guid}/look", Look).RequirePermission(Permission.BillingWrite).WithSummary("Ask the provider now how far the host is");
    }

    /// <summary>What a decision comes to, as an answer.</summary>
    internal static IResult? Fault(PayoutResult result) => result switch
    {
        PayoutResult.Done => null,
        PayoutResult.Invalid invalid => Problems.Invalid(invalid.Field, invalid.Error),
        PayoutResult.Refused { Why: "hostNotReady" } => Problems.Conflict("host-not-ready", "The host has no account that can receive money."),
        PayoutResult.Refused refused => Problems.Conflict("payout-state", "Not in this state of the payout.", refused.Why),
        _ => Problems.NotFound("payout"),
    };

    private static async Task<Ok<Page<PayoutView>>> List(FindPayouts find, CancellationToken ct, string? state = null, int? limit = null, string? cursor = null) =>
        TypedResults.Ok(await find.List(state, limit, cursor, ct));

    private static async Task<Results<Ok<PayoutDetail>, ProblemHttpResult>> Get(Guid id, FindPayouts find, CancellationToken ct) =>
        await find.One(new PayoutId(id), ct) is { } found ? TypedResults.Ok(found) : Problems.NotFound("payout");

    private static async Task<IResult> Release(Guid id, DecidePayout decide, FindPayouts find, CancellationToken ct) => await Answer(id, await decide.Release(new PayoutId(id), ct), find, ct);

    private static async Task<IResult> Paid(Guid id, PaidOtherwise request, DecidePayout decide, FindPayouts find, CancellationToken ct) => await Answer(id, await decide.Paid(new PayoutId(id), request, ct), find, ct);

    private static async Task<IResult> TakeBack(Guid id, TakeBackWish request, DecidePayout decide, FindPayouts find, CancellationToken ct) => await Answer(id, await decide.TakeBack(new PayoutId(id), request, ct), find, ct);

    private static async Task<IResult> Answer(Guid id, PayoutResult result, FindPayouts find, CancellationToken ct) =>
        Fault(result) ?? TypedResults.Accepted($"/api/v1/payouts/{id}", await find.One(new PayoutId(id), ct));

    private static async Task<Ok<Page<HostAccountView>>> Accounts(FindPayouts find, CancellationToken ct) => TypedResults.Ok(new Page<HostAccountView>(await find.Hosts(ct), null));

    private static async Task<IResult> Invite(Guid organisationId, HttpContext http, HostAccounts hosts, CancellationToken ct)
    {
        try
        {
            return await hosts.Invite(organisationId, $"{http.Request.Scheme}://{http.Request.Host}", ct) switch
            {
                InviteResult.Invited invited => TypedResults.Ok(invited.Invitation),
                InviteResult.NoProvider => Problems.Conflict("no-payment-provider", "No payment provider is set up."),
                _ => Problems.NotFound("organisation"),
            };
        }
        catch (PaymentProviderException failed)
        {
            return Unavailable(failed);
        }
    }

    private static async Task<IResult> Look(Guid organisationId, HostAccounts hosts, FindPayouts find, CancellationToken ct)
    {
        try
        {
            return await hosts.Look(organisationId, ct) is null ? Problems.NotFound("account") : TypedResults.Ok((await find.Hosts(ct)).Single(h => h.OrganisationId == organisationId));
        }
        catch (PaymentProviderException failed)
        {
            return Unavailable(failed);
        }
    }

    /// <summary>The provider's own word says what to do about it.</summary>
    private static ProblemHttpResult Unavailable(PaymentProviderException failed) => Problems.Of(StatusCodes.Status502BadGateway, "payment-provider", "The payment provider refused, or cannot be reached.", failed.Code);
}
