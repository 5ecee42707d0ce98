using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Access.Portal;

/// <summary>The operator's pages of roles and of who holds them, and what their forms do.</summary>
internal static class RolesPortal
{
    private const string Roles = "/portal/settings/roles", Accounts = "/portal/accounts";

    public static IServiceCollection AddRolesPortal(this IServiceCollection services) => services
        .AddScoped<ScopePlaces>()
        .AddSingleton(new NavEntry(NavGroup.System, 25, "shield-check", "access.roles", Roles, Permission.SettingsRead));

    public static void MapRolesPortal(this WebApplication app)
    {
        var write = app.MapGroup("").RequirePermission(Permission.SettingsWrite).ExcludeFromDescription();
        write.MapGet(Roles + "/add", () => Answer.Page<RoleForm>(StatusCodes.Status200OK));
        write.MapPost(Roles + "/add", Add);
        write.MapGet(Roles + "/{id:guid}", Edit);
        write.MapPost(Roles + "/{id:guid}", Change);
        write.MapPost(Roles + "/{id:guid}/remove", Remove);
        write.MapPost(Accounts + "/{id:guid}/roles", Give);
        write.MapPost(Accounts + "/{id:guid}/roles/{assignmentId:guid}/remove", Take);
    }

    /// <summary>The page of an account.</summary>
    public static async Task<RazorComponentResult<AnswerPage>> AccountPage(HttpContext http, Account account, IReadOnlyList<FormField> fields, IReadOnlyDictionary<string, string[]>? errors, string? problem = null)
    {
        var (services, ct) = (http.RequestServices, http.RequestAborted);
        var places = services.GetRequiredService<ScopePlaces>();
        IReadOnlyList<AssignmentView> held = [.. (await services.GetRequiredService<RoleAssignments>().List(account.Id, ct))[account.Id]];
        IReadOnlyList<RoleView> offered = [.. (await services.GetRequiredService<SaveRole>().List(ct)).Where(r => RoleAssignments.MayGive(http.User, r.Permissions, null))];
        IReadOnlyList<(Guid Id, string Name)> organisations = await places.Organisations(ct), sites = await places.Sites(ct);
        return Answer.Page<AccountRoles>(
            errors is null && problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
            (nameof(AccountRoles.Title), account.Email), (nameof(AccountRoles.Place), $"{Accounts}/{account.Id}"), (nameof(AccountRoles.Fields), fields), (nameof(AccountRoles.Held), held),
            (nameof(AccountRoles.Offered), offered), (nameof(AccountRoles.Organisations), organisations), (nameof(AccountRoles.Sites), sites), (nameof(AccountRoles.Errors), errors), (nameof(AccountRoles.Problem), problem));
    }

    private static async Task<IResult> Add([FromForm] IFormCollection form, HttpContext http, SaveRole save, Texts t, CancellationToken ct)
    {
        var wish = new NewRole(form["name"].ToString(), Permissions(form), Text(form, "description"));
        var (made, faults) = RoleAssignments.MayGive(http.User, wish.Permissions.Intersect(Permission.All, StringComparer.Ordinal), null) ? await save.Create(wish, ct) : (null, new Faults().Add("permissions", ""));
        return made is null ? Form(t, null, form, faults) : Answer.Go(http, Roles);
    }

    private static async Task<IResult> Edit(Guid id, SaveRole save, CancellationToken ct) => await save.Find(id, ct) is { } role
        ? Answer.Page<RoleForm>(
            StatusCodes.Status200OK, (nameof(RoleForm.Id), id.ToString()), (nameof(RoleForm.Name), role.Name), (nameof(RoleForm.Description), role.Description), (nameof(RoleForm.Chosen), role.Permissions))
        : Problems.NotFound("role");

    private static async Task<IResult> Change(Guid id, [FromForm] IFormCollection form, HttpContext http, SaveRole save, Texts t, CancellationToken ct)
    {
        if (await save.Find(id, ct) is not { } role)
        {
            return Problems.NotFound("role");
        }

        var patch = new RolePatch { Name = form["name"], Description = new(Text(form, "description")), Permissions = Permissions(form) };
        var faults = SaveRole.MayChange(http.User, role, patch) ? await save.Patch(role, patch, ct) : new Faults().Add("permissions", "");
        return faults is { Any: false } ? Answer.Go(http, Roles) : Form(t, id, form, faults);
    }

    private static async Task<IResult> Remove(Guid id, HttpContext http, SaveRole save, Texts t, CancellationToken ct)
    {
        if (await save.Find(id, ct) is not { } role)
        {
            return Problems.NotFound("role");
        }

        if (SaveRole.MayChange(http.User, role, new RolePatch()) && await save.Delete(role, ct))
        {
            return Answer.Go(http, Roles);
        }

        return Answer.Page<RoleForm>(
            StatusCodes.Status409Conflict, (nameof(RoleForm.Id), id.ToString()), (nameof(RoleForm.Name), role.Name), (nameof(RoleForm.Description), role.Description), (nameof(RoleForm.Chosen), role.Permissions),
            (nameof(RoleForm.Errors), new Dictionary<string, string[]>(StringComparer.Ordinal) { ["name"] = [t["access.roles.inUse"]] }));
    }

    private static async Task<IResult> Give(Guid id, [FromForm] IFormCollection form, HttpContext http, ChangeAccount accounts, RoleAssignments roles, Texts t, CancellationToken ct)
    {
        if (await accounts.Find(id, ct) is not { } account)
        {
            return Problems.NotFound("account");
        }

        Guid? At(string kind) => form["scope"].ToString().Split(':') is [var name, var text] && name == kind && Guid.TryParse(text, out var place) ? place : null;
        return await Answered(http, account, await roles.Give(account, new NewAssignment(form["role"].ToString(), null, At("organisation"), At("site")), http.User, ct), t);
    }

    private static async Task<IResult> Take(Guid id, Guid assignmentId, HttpContext http, ChangeAccount accounts, RoleAssignments roles, Texts t, CancellationToken ct)
    {
        if (await accounts.Find(id, ct) is not { } account || await roles.Take(account, new RoleAssignmentId(assignmentId), http.User, ct) is not { } outcome)
        {
            return Problems.NotFound("assignment");
        }

        return await Answered(http, account, outcome, t);
    }

    private static async Task<IResult> Answered(HttpContext http, Account account, RoleOutcome outcome, Texts t) => outcome switch
    {
        RoleOutcome.Done => Answer.Go(http, $"{Accounts}/{account.Id}"),
        RoleOutcome.LastAdministrator => await AccountPage(http, account, AccessPortal.AccountFields(t, account, FormCollection.Empty), null, t["access.account.lastAdministrator"]),
        RoleOutcome.TooMuch => await AccountPage(http, account, AccessPortal.AccountFields(t, account, FormCollection.Empty), null, t["access.account.tooMuch"]),
        _ => await AccountPage(http, account, AccessPortal.AccountFields(t, account, FormCollection.Empty), null, t["access.roles.invalid"]),
    };

    private static RazorComponentResult<AnswerPage> Form(Texts t, Guid? id, IFormCollection form, Faults? faults)
    {
        var errors = faults is null ? new Dictionary<string, string[]>(StringComparer.Ordinal) { ["permissions"] = [t["access.account.lastAdministrator"]] } : FaultWords.Say(faults.Errors).ToDictionary(StringComparer.Ordinal);
        if (faults?.Errors.ContainsKey("permissions") == true)
        {
            errors["permissions"] = [t[Permissions(form).Length == 0 ? "access.key.choose" : "access.account.tooMuch"]];
        }

        return Answer.Page<RoleForm>(
            StatusCodes.Status422UnprocessableEntity, (nameof(RoleForm.Id), id?.ToString()), (nameof(RoleForm.Name), form["name"].ToString()), (nameof(RoleForm.Description), form["description"].ToString()),
            (nameof(RoleForm.Chosen), Permissions(form)), (nameof(RoleForm.Errors), errors));
    }

    private static string[] Permissions(IFormCollection form) => [.. form["permissions"].OfType<string>()];

    private static string? Text(IFormCollection form, string field) => form[field].ToString().Trim() is { Length: > 0 } text ? text : null;
}
