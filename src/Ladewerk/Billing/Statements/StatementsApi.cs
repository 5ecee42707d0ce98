using Ladewerk.Drivers.Contracts;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Billing.Statements;

/// <summary>Which statements to issue.</summary>
/// <param name="Month">Such as 2026-11.</param>
public sealed record StatementRequest(string Month);

/// <summary><c>/billing/hosts</c> and <c>/statements</c>; the statements themselves are invoices of the kind selfBilling.</summary>
internal static class StatementsApi
{
    public static void MapStatements(this RouteGroupBuilder api)
    {
        var billing = api.MapGroup("").OfModule(Module.Billing).WithTags("Billing");
        billing.MapGet("/billing/hosts", async (SaveHostTerms hosts, CancellationToken ct) => TypedResults.Ok(new Page<SiteHost>(await hosts.List(ct), null)))
            .RequirePermission(Permission.BillingRead).WithSummary("Organisations and what they get for their sites");
        billing.MapPut("/billing/hosts/{organisationId:guid}", SetTerms).RequirePermission(Permission.BillingWrite).WithSummary("Set what an organisation gets: a share of revenue, an amount per kWh, one per session");
        billing.MapPost("/statements/run", Issue).RequirePermission(Permission.BillingWrite).WithSummary("Issue a month's self-billing statements to site hosts and employees; asked again, those that are missing");
    }

    /// <summary>A month is settled when nothing can be recorded in it any more.</summary>
    internal static bool IsOver(DateOnly month, TimeProvider time) => month.AddMonths(1).ToDateTime(TimeOnly.MinValue) <= time.GetUtcNow().UtcDateTime;

    private static async Task<Results<Ok<SiteHost>, ValidationProblem, ProblemHttpResult>> SetTerms(Guid organisationId, HostTermsView wish, SaveHostTerms hosts, CancellationToken ct)
    {
        if (await hosts.Find(organisationId, ct) is null)
        {
            return Problems.NotFound("organisation");
        }

        return await hosts.Run(organisationId, wish, ct) is { Any: true } faults ? Problems.Invalid(faults.Errors) : TypedResults.Ok((await hosts.Find(organisationId, ct))!);
    }

    private static async Task<Results<Ok<StatementsIssued>, ValidationProblem, ProblemHttpResult>> Issue(StatementRequest request, IssueStatements issue, TimeProvider time, CancellationToken ct)
    {
        if (Reimbursements.Month(request.Month) is not { } month || !IsOver(month, time))
        {
            return Problems.Invalid(new Faults().Add("month", "A month that is over, such as 2026-11.").Errors);
        }

        try
        {
            return TypedResults.Ok(await issue.Run(month, ct));
        }
        catch (SupplierIncompleteException incomplete)
        {
            return Api.SupplierIncomplete(incomplete.Missing);
        }
    }
}
