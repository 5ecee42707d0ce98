using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Access;

/// <summary>A role as the API shows it.</summary>
/// <param name="Id">A built-in role's name (<c>siteManager</c>), else its id.</param>
/// <param name="Role">The same, of a built-in role only.</param>
/// <param name="Accounts">How many accounts hold it.</param>
public sealed record RoleView(string Id, Role? Role, string? Name, string? Description, IReadOnlyList<string> Permissions, long Accounts);

/// <summary>A role to make.</summary>
public sealed record NewRole(string Name, IReadOnlyList<string> Permissions, string? Description = null);

/// <summary>A change of a role; what is absent stays.</summary>
public sealed record RolePatch
{
    public string? Name { get; init; }
    public Optional<string> Description { get; init; }
    public IReadOnlyList<string>? Permissions { get; init; }
}

/// <summary><c>/roles</c></summary>
internal static class RolesApi
{
    public static void MapRoles(this RouteGroupBuilder api)
    {
        var roles = api.MapGroup("/roles").WithTags("Accounts");
        roles.MapGet("/", async (SaveRole save, CancellationToken ct) => TypedResults.Ok(new Page<RoleView>(await save.List(ct), null))).RequirePermission(Permission.SettingsRead)
            .WithSummary("The built-in roles and the operator's own, and what they allow");
        roles.MapPost("/", Create).RequirePermission(Permission.SettingsWrite).WithSummary("Make a role");
        roles.MapGet("/{id}", async Task<Results<Ok<RoleView>, ProblemHttpResult>> (string id, SaveRole save, CancellationToken ct) =>
            (await save.List(ct)).FirstOrDefault(r => string.Equals(r.Id, id, StringComparison.OrdinalIgnoreCase)) is { } role ? TypedResults.Ok(role) : Problems.NotFound("role"))
            .RequirePermission(Permission.SettingsRead).WithSummary("A role");
        roles.MapPatch("/{id:guid}", Patch).RequirePermission(Permission.SettingsWrite).WithSummary("Change a role of the operator's own; it counts at once for all who hold it");
        roles.MapDelete("/{id:guid}", Delete).RequirePermission(Permission.SettingsWrite).WithSummary("Delete a role that nobody holds");
    }

    public static ProblemHttpResult TooMuch() => Problems.Of(StatusCodes.Status403Forbidden, "forbidden", "Nobody can give permissions that he does not have.");

    public static RoleView View(OwnRole r, long accounts) => new(r.Id.Value.ToString(), null, r.Name, r.Description, r.Permissions, accounts);

    private static async Task<Results<Created<RoleView>, ValidationProblem, ProblemHttpResult>> Create(NewRole request, HttpContext http, SaveRole save, CancellationToken ct)
    {
        if (!RoleAssignments.MayGive(http.User, request.Permissions.Intersect(Permission.All, StringComparer.Ordinal), null))
        {
            return TooMuch();
        }

        var (role, faults) = await save.Create(request, ct);
        return role is null ? Problems.Invalid(faults.Errors) : TypedResults.Created($"/api/v1/roles/{role.Id.Value}", View(role, 0));
    }

    private static async Task<Results<Ok<RoleView>, ValidationProblem, ProblemHttpResult>> Patch(Guid id, RolePatch patch, HttpContext http, SaveRole save, CancellationToken ct)
    {
        if (await save.Find(id, ct) is not { } role)
        {
            return Problems.NotFound("role");
        }

        if (!SaveRole.MayChange(http.User, role, patch))
        {
            return TooMuch();
        }

        return await save.Patch(role, patch, ct) switch
        {
            null => AssignmentsApi.No(new RoleOutcome.LastAdministrator()),
            { Any: true } faults => Problems.Invalid(faults.Errors),
            _ => TypedResults.Ok((await save.List(ct)).Single(r => r.Id == id.ToString())),
        };
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(Guid id, HttpContext http, SaveRole save, CancellationToken ct)
    {
        if (await save.Find(id, ct) is not { } role)
        {
            return Problems.NotFound("role");
        }

        if (!SaveRole.MayChange(http.User, role, new RolePatch()))
        {
            return TooMuch();
        }

        return await save.Delete(role, ct) ? TypedResults.NoContent() : Problems.Conflict("in-use", "Accounts hold this role. Take it from them first.");
    }
}
