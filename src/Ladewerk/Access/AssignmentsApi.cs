using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Access;

/// <summary><c>/accounts/{id}/assignments</c></summary>
internal static class AssignmentsApi
{
    public static void MapAssignments(this RouteGroupBuilder api)
    {
        var roles = api.MapGroup("/accounts/{id:guid}/assignments").WithTags("Accounts");
        roles.MapGet("/", List).RequirePermission(Permission.SettingsRead).WithSummary("The account's roles and what they count for");
        roles.MapPost("/", Give).RequirePermission(Permission.SettingsWrite).WithSummary("Give a role, for the whole tenant, an organisation or a site");
        roles.MapDelete("/{assignmentId:guid}", Take).RequirePermission(Permission.SettingsWrite).WithSummary("Take a role away; never the last administrator's");
    }

    /// <summary>Why a role is neither given nor taken.</summary>
    public static ProblemHttpResult No(RoleOutcome outcome) => outcome switch
    {
        RoleOutcome.TooMuch => Problems.Of(StatusCodes.Status403Forbidden, "forbidden", "Nobody can give or take a role that allows more than his own."),
        RoleOutcome.LastAdministrator => Problems.Conflict("last-administrator", "This is the last administrator. Make another one first."),
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "Not a refusal."),
    };

    private static async Task<Results<Ok<Page<AssignmentView>>, ProblemHttpResult>> List(Guid id, ChangeAccount accounts, RoleAssignments roles, CancellationToken ct) =>
        await accounts.Find(id, ct) is null ? Problems.NotFound("account") : TypedResults.Ok(new Page<AssignmentView>([.. (await roles.List(id, ct))[id]], null));

    private static async Task<Results<Created<AssignmentView>, ValidationProblem, ProblemHttpResult>> Give(
        Guid id, NewAssignment request, HttpContext http, ChangeAccount accounts, RoleAssignments roles, CancellationToken ct)
    {
        if (await accounts.Find(id, ct) is not { } account)
        {
            return Problems.NotFound("account");
        }

        return await roles.Give(account, request, http.User, ct) switch
        {
            RoleOutcome.Done done => TypedResults.Created($"/api/v1/accounts/{id}/assignments/{done.Assignment.Id.Value}", (await roles.List(id, ct))[id].Single(a => a.Id == done.Assignment.Id)),
            RoleOutcome.Invalid invalid => Problems.Invalid(invalid.Faults.Errors),
            var no => No(no),
        };
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Take(Guid id, Guid assignmentId, HttpContext http, ChangeAccount accounts, RoleAssignments roles, CancellationToken ct)
    {
        if (await accounts.Find(id, ct) is not { } account || await roles.Take(account, new RoleAssignmentId(assignmentId), http.User, ct) is not { } outcome)
        {
            return Problems.NotFound("assignment");
        }

        return outcome is RoleOutcome.Done ? TypedResults.NoContent() : No(outcome);
    }
}
