using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Access;

/// <summary>An account as the API shows it.</summary>
/// <param name="Role">Its first built-in role for the whole tenant; null where it has none.</param>
/// <param name="Roles">All its roles.</param>
public sealed record AccountView(
    Guid Id, string Email, string DisplayName, Role? Role, IReadOnlyList<AssignmentView> Roles, string? Locale, bool Disabled, DateTimeOffset CreatedAt, DateTimeOffset? LastSignInAt);

/// <summary>A change of an account; what is absent stays.</summary>
/// <param name="Role">Takes the place of all its roles for the whole tenant; those for organisations and sites stay.</param>
public sealed record AccountPatch(string? DisplayName = null, Role? Role = null, string? Locale = null, bool? Disabled = null);

/// <summary><c>/accounts</c></summary>
internal static class AccountsApi
{
    public static void MapAccounts(this RouteGroupBuilder api)
    {
        var accounts = api.MapGroup("/accounts").WithTags("Accounts");
        accounts.MapGet("/", List).RequirePermission(Permission.SettingsRead).WithSummary("The tenant's accounts");
        accounts.MapPost("/", Create).RequirePermission(Permission.SettingsWrite).WithSummary("Create an account");
        accounts.MapPatch("/{id:guid}", Patch).RequirePermission(Permission.SettingsWrite).WithSummary("Change name, role or language, or disable");
        accounts.MapGet("/{id:guid}/sign-ins", SignInsOf).RequirePermission(Permission.SettingsRead).WithSummary("Where an account is signed in");
        accounts.MapDelete("/{id:guid}/sign-ins", EndSignIns).RequirePermission(Permission.SettingsWrite).WithSummary("End all sign-ins of an account");
        accounts.MapPost("/{id:guid}/invitation", InviteAgain).RequirePermission(Permission.SettingsWrite).WithSummary("Send the invitation once more");
        api.MapAssignments();
        api.MapRoles();
    }

    public static AccountView View(Account a, IEnumerable<AssignmentView> held)
    {
        AssignmentView[] roles = [.. held];
        var first = roles.Where(r => r.Scope is AssignmentScope.Tenant or AssignmentScope.Platform).Select(r => Roles.BuiltIn(r.Role)).FirstOrDefault(r => r is not null);
        return new(a.Id, a.Email!, a.DisplayName, first, roles, a.Locale, a.DisabledAt is not null, a.CreatedAt, a.LastSignInAt);
    }

    private static async Task<Ok<Page<AccountView>>> List(LadewerkDb db, TenantContext tenant, RoleAssignments roles, CancellationToken ct)
    {
        var accounts = await db.Set<Account>().AsNoTracking().Where(a => a.TenantId == tenant.Current).OrderBy(a => a.NormalizedEmail).ToListAsync(ct);
        var held = await roles.List(null, ct);
        return TypedResults.Ok(new Page<AccountView>([.. accounts.Select(a => View(a, held[a.Id]))], null));
    }

    private static async Task<Results<Created<AccountView>, ValidationProblem, ProblemHttpResult>> Create(NewAccount request, HttpContext http, CreateAccount create, RoleAssignments roles, CancellationToken ct)
    {
        if (!RoleAssignments.MayGive(http.User, Roles.PermissionsOf(request.Role), null))
        {
            return TooMuch();
        }

        var (made, errors) = await create.Run(request, ct);
        return made is null ? Problems.Invalid(errors) : TypedResults.Created($"/api/v1/accounts/{made.Id}", View(made, (await roles.List(made.Id, ct))[made.Id]));
    }

    private static async Task<Results<Ok<AccountView>, ValidationProblem, ProblemHttpResult>> Patch(Guid id, AccountPatch patch, HttpContext http, ChangeAccount change, RoleAssignments roles, CancellationToken ct)
    {
        if (await change.Find(id, ct) is not { } account)
        {
            return Problems.NotFound("account");
        }

        if (!await change.MayChange(http.User, account, patch, ct))
        {
            return TooMuch();
        }

        return await change.Patch(account, patch, ct) switch
        {
            null => AssignmentsApi.No(new RoleOutcome.LastAdministrator()),
            { Any: true } faults => Problems.Invalid(faults.Errors),
            _ => TypedResults.Ok(View(account, (await roles.List(id, ct))[id])),
        };
    }

    private static async Task<Results<Ok<Page<OpenSignIn>>, ProblemHttpResult>> SignInsOf(Guid id, ChangeAccount change, SignIns open, CancellationToken ct) =>
        await change.Find(id, ct) is { } account ? TypedResults.Ok(new Page<OpenSignIn>(await open.Of(account, ct), null)) : Problems.NotFound("account");

    private static async Task<Results<NoContent, ProblemHttpResult>> EndSignIns(Guid id, HttpContext http, ChangeAccount change, CancellationToken ct)
    {
        if (await change.Find(id, ct) is not { } account)
        {
            return Problems.NotFound("account");
        }

        if (!await change.MayChange(http.User, account, new AccountPatch(), ct))
        {
            return TooMuch();
        }

        await change.EndSignIns(account, ct);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Accepted, ProblemHttpResult>> InviteAgain(Guid id, HttpContext http, ChangeAccount change, InviteAccount invite, CancellationToken ct)
    {
        if (await change.Find(id, ct) is not { } account)
        {
            return Problems.NotFound("account");
        }

        return !await change.MayChange(http.User, account, new AccountPatch(), ct) ? TooMuch()
            : await invite.Again(account, ct) ? TypedResults.Accepted((string?)null)
            : Problems.Of(StatusCodes.Status409Conflict, "not-waiting", "The account waits for no confirmation.");
    }

    private static ProblemHttpResult TooMuch() => Problems.Of(StatusCodes.Status403Forbidden, "forbidden", "Nobody can give a role that allows more than his own.");
}
