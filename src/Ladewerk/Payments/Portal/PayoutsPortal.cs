using System.Globalization;
using Ladewerk.Kernel.Http;
using Ladewerk.Payments.Payouts;
using Ladewerk.Portal;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Payments.Portal;

/// <summary>What the forms of the payouts' pages do.</summary>
internal static class PayoutsPortal
{
    private const string List = "/portal/payouts";

    public static IServiceCollection AddPayoutsPortal(this IServiceCollection services) =>
        services.AddSingleton(new NavEntry(NavGroup.Money, 35, "send", "payments.payouts.list", List, Permission.BillingRead) { Module = Module.Billing });

    public static void MapPayoutPages(this WebApplication app)
    {
        var payouts = app.MapGroup(List).OfModule(Module.Billing).RequirePermission(Permission.BillingWrite).ExcludeFromDescription();
        payouts.MapPost("/release", ReleaseAll);
        payouts.MapPost("/{id:guid}/release", async (Guid id, DecidePayout decide, HttpContext http, CancellationToken ct) => Done(http, id, await decide.Release(new PayoutId(id), ct)));
        payouts.MapPost("/{id:guid}/paid", Paid);
        payouts.MapPost("/{id:guid}/returns", TakeBack);
        payouts.MapPost("/accounts/{id:guid}/link", Invite);
        payouts.MapPost("/accounts/{id:guid}/look", Look);
    }

    private static IResult Done(HttpContext http, Guid id, PayoutResult result) => PayoutsApi.Fault(result) ?? Answer.Go(http, $"{List}/{id}");

    private static async Task<IResult> ReleaseAll(DecidePayout decide, HttpContext http, CancellationToken ct) =>
        Answer.Go(http, Link.To(List, ("released", (await decide.ReleaseAll(ct)).ToString(CultureInfo.InvariantCulture))));

    private static async Task<IResult> Paid(Guid id, [FromForm] string? reference, [FromForm] string? paidOn, DecidePayout decide, HttpContext http, CancellationToken ct)
    {
        var on = DateOnly.TryParse(paidOn, CultureInfo.InvariantCulture, out var day) ? day : (DateOnly?)null;
        return Done(http, id, await decide.Paid(new PayoutId(id), new PaidOtherwise(reference ?? "", on), ct));
    }

    private static async Task<IResult> TakeBack(Guid id, [FromForm] string? amount, [FromForm] string? reason, DecidePayout decide, HttpContext http, CancellationToken ct)
    {
        var wanted = decimal.TryParse(amount?.Replace(',', '.'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var some) ? some : 0;
        return Done(http, id, await decide.TakeBack(new PayoutId(id), new TakeBackWish(wanted, reason), ct));
    }

    private static async Task<IResult> Invite(Guid id, HostAccounts hosts, HttpContext http, CancellationToken ct)
    {
        try
        {
            return await hosts.Invite(id, $"{http.Request.Scheme}://{http.Request.Host}", ct) switch
            {
                InviteResult.Invited { Invitation: var made } => Answer.Page<InvitedPage>(StatusCodes.Status200OK, (nameof(InvitedPage.Invitation), made)),
                InviteResult.NoProvider => Answer.Go(http, List + "?fault=provider"),
                _ => Problems.NotFound("organisation"),
            };
        }
        catch (PaymentProviderException failed)
        {
            return Answer.Go(http, Link.To(List, ("fault", "refused"), ("code", failed.Code)));
        }
    }

    private static async Task<IResult> Look(Guid id, HostAccounts hosts, HttpContext http, CancellationToken ct)
    {
        try
        {
            await hosts.Look(id, ct);
            return Answer.Go(http, List);
        }
        catch (PaymentProviderException failed)
        {
            return Answer.Go(http, Link.To(List, ("fault", "refused"), ("code", failed.Code)));
        }
    }
}
