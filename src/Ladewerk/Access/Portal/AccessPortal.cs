using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Portal.Components;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Access.Portal;

/// <summary>The operator's pages of settings, accounts, API keys and the audit log, and what their forms do.</summary>
internal static class AccessPortal
{
    private const string Settings = "/portal/settings", Accounts = "/portal/accounts", Keys = "/portal/api-keys";

    /// <summary>What the audit log tells of.</summary>
    public static readonly string[] Subjects =
        ["account", "apiKey", "billingAccount", "campaign", "driver", "finding", "firmware", "idToken", "identityProvider", "invoice", "job", "organisation", "reservation", "role", "schedule", "session", "site", "station", "tariff", "tenant"];

    private static readonly string[] TenantFields =
    [
        "name", "legalName", "street", "postalCode", "city", "country", "email", "phone", "website", "vatId", "taxNumber", "registerEntry", "managingDirector", "bankName", "iban", "bic", "timeZone",
    ];

    public static IServiceCollection AddAccessPortal(this IServiceCollection services) => services
        .AddSingleton(new NavEntry(NavGroup.System, 10, "settings", "access.settings", Settings, Permission.SettingsRead))
        .AddSingleton(new NavEntry(NavGroup.System, 20, "users", "access.accounts", Accounts, Permission.SettingsRead))
        .AddSingleton(new NavEntry(NavGroup.System, 30, "key", "access.keys", Keys, Permission.SettingsRead))
        .AddSingleton(new NavEntry(NavGroup.System, 40, "history", "access.audit", "/portal/audit", Permission.AuditRead));

    public static void MapAccessPortal(this WebApplication app)
    {
        app.MapGet(Settings, async (SaveTenant tenants, Texts t, CancellationToken ct) => TenantForm(t, await tenants.Current(ct), FormCollection.Empty, null))
            .RequirePermission(Permission.SettingsRead).ExcludeFromDescription();
        app.MapGet("/portal/audit/export.csv", async (string? q, string? subject, string? from, string? to, HttpContext http, Reader reader, LadewerkDb db, CancellationToken ct) =>
            await AuditApi.Export(AuditDays.Filter(q, string.IsNullOrEmpty(subject) ? null : subject, from, to, (await reader.Operator()).Zone), http, db, ct)).RequirePermission(Permission.AuditRead).ExcludeFromDescription();
        var write = app.MapGroup("").RequirePermission(Permission.SettingsWrite).ExcludeFromDescription();
        write.MapPost(Settings, SaveSettings);
        write.MapGet(Accounts + "/add", (Texts t) => NewAccountForm(t, FormCollection.Empty, null));
        write.MapPost(Accounts + "/add", AddAccount);
        write.MapGet(Accounts + "/{id:guid}", EditAccount);
        write.MapPost(Accounts + "/{id:guid}", ChangeAccountOf);
        write.MapPost(Accounts + "/{id:guid}/invite", InviteAgain);
        write.MapPost(Accounts + "/{id:guid}/sign-ins/end", EndSignIns);
        write.MapGet(Keys + "/add", async (ScopePlaces places, CancellationToken ct) => Answer.Page<ApiKeyForm>(
            StatusCodes.Status200OK, (nameof(ApiKeyForm.Organisations), await places.Organisations(ct)), (nameof(ApiKeyForm.Sites), await places.Sites(ct))));
        write.MapPost(Keys + "/add", AddKey);
        write.MapPost(Keys + "/{id:guid}/revoke", RevokeKey);
    }

    private static async Task<IResult> SaveSettings([FromForm] IFormCollection form, HttpContext http, SaveTenant tenants, Texts t, CancellationToken ct)
    {
        var tenant = await tenants.Current(ct);
        var faults = await tenants.Patch(
            tenant,
            new TenantPatch
            {
                Name = form["name"], Country = Text(form, "country"), TimeZone = Text(form, "timeZone"), Language = Text(form, "language"),
                Profile = tenant.Profile with
                {
                    LegalName = Text(form, "legalName"), Street = Text(form, "street"), PostalCode = Text(form, "postalCode"), City = Text(form, "city"), Email = Text(form, "email"),
                    Phone = Text(form, "phone"), Website = Text(form, "website"), VatId = Text(form, "vatId"), TaxNumber = Text(form, "taxNumber"), RegisterEntry = Text(form, "registerEntry"),
                    ManagingDirector = Text(form, "managingDirector"), BankName = Text(form, "bankName"), Iban = Text(form, "iban"), Bic = Text(form, "bic"),
                },
            },
            ct);
        return faults.Any ? TenantForm(t, tenant, form, faults) : Answer.Go(http, Settings);
    }

    private static async Task<IResult> AddAccount([FromForm] IFormCollection form, HttpContext http, InviteAccount invite, Texts t, CancellationToken ct)
    {
        var role = RoleOf(form);
        if (!RoleAssignments.MayGive(http.User, Roles.PermissionsOf(role), null))
        {
            return NewAccountForm(t, form, new Faults().Add("role", "Too much."));
        }

        var (made, faults) = await invite.Run(new Invitation(form["email"].ToString(), form["displayName"].ToString(), role, Text(form, "locale")), ct);
        return made is not null ? Answer.Go(http, Accounts) : NewAccountForm(t, form, faults);
    }

    private static async Task<IResult> EditAccount(Guid id, HttpContext http, ChangeAccount accounts, Texts t, CancellationToken ct) =>
        await accounts.Find(id, ct) is { } account ? await RolesPortal.AccountPage(http, account, AccountFields(t, account, FormCollection.Empty), null) : Problems.NotFound("account");

    private static async Task<IResult> ChangeAccountOf(Guid id, [FromForm] IFormCollection form, HttpContext http, ChangeAccount accounts, Texts t, CancellationToken ct)
    {
        if (await accounts.Find(id, ct) is not { } account)
        {
            return Problems.NotFound("account");
        }

        var patch = new AccountPatch(form["displayName"], null, Text(form, "locale"), form["state"] == "disabled");
        if (!await accounts.MayChange(http.User, account, patch, ct))
        {
            return await RolesPortal.AccountPage(http, account, AccountFields(t, account, form), null, t["access.account.tooMuch"]);
        }

        return await accounts.Patch(account, patch, ct) switch
        {
            null => await RolesPortal.AccountPage(http, account, AccountFields(t, account, form), null, t["access.account.lastAdministrator"]),
            { Any: true } faults => await RolesPortal.AccountPage(http, account, AccountFields(t, account, form), Words(faults)),
            _ => Answer.Go(http, Accounts),
        };
    }

    private static async Task<IResult> InviteAgain(Guid id, HttpContext http, ChangeAccount accounts, InviteAccount invite, CancellationToken ct)
    {
        if (await accounts.Find(id, ct) is not { } account || !await accounts.MayChange(http.User, account, new AccountPatch(), ct))
        {
            return Problems.NotFound("account");
        }

        await invite.Again(account, ct);
        return Answer.Go(http, Accounts + "?invited=" + Uri.EscapeDataString(account.Email!));
    }

    private static async Task<IResult> EndSignIns(Guid id, HttpContext http, ChangeAccount accounts, CancellationToken ct)
    {
        if (await accounts.Find(id, ct) is not { } account || !await accounts.MayChange(http.User, account, new AccountPatch(), ct))
        {
            return Problems.NotFound("account");
        }

        await accounts.EndSignIns(account, ct);
        return Answer.Go(http, Accounts + "?ended=" + Uri.EscapeDataString(account.Email!));
    }

    private static async Task<IResult> AddKey([FromForm] IFormCollection form, HttpContext http, CreateApiKey create, ScopePlaces places, Texts t, CancellationToken ct)
    {
        string[] permissions = [.. form["permissions"].OfType<string>().Where(p => http.User.Can(p, null))];
        DateTimeOffset? until = DateOnly.TryParse(form["expiresAt"], CultureInfo.InvariantCulture, out var day) ? new DateTimeOffset(day, new TimeOnly(23, 59, 59), TimeSpan.Zero) : null;
        var wish = new NewApiKey(form["name"].ToString(), permissions, until, Ids(form, "siteIds"), Ids(form, "organisationIds"));
        var errors = FaultWords.Say(await create.Check(wish, ct)).ToDictionary(StringComparer.Ordinal);
        if (permissions.Length == 0)
        {
            errors["permissions"] = [t["access.key.choose"]];
        }
        else if (errors.ContainsKey("permissions"))
        {
            errors["permissions"] = [t["access.key.wide"]];
        }

        if (errors.Count > 0)
        {
            return Answer.Page<ApiKeyForm>(StatusCodes.Status422UnprocessableEntity, (nameof(ApiKeyForm.Name), wish.Name), (nameof(ApiKeyForm.Chosen), permissions), (nameof(ApiKeyForm.Errors), errors),
                (nameof(ApiKeyForm.ChosenPlaces), (wish.SiteIds ?? []).Concat(wish.OrganisationIds ?? []).ToHashSet()), (nameof(ApiKeyForm.Organisations), await places.Organisations(ct)), (nameof(ApiKeyForm.Sites), await places.Sites(ct)));
        }

        var (key, secret) = await create.Run(wish, ct);
        return Answer.Page<ApiKeyMade>(StatusCodes.Status200OK, (nameof(ApiKeyMade.Name), key.Name), (nameof(ApiKeyMade.Secret), secret));
    }

    private static async Task<IResult> RevokeKey(Guid id, HttpContext http, LadewerkDb db, AuditLog audit, TimeProvider time, CancellationToken ct) =>
        await ApiKeysApi.Revoke(id, db, audit, time, ct) ? Answer.Go(http, Keys) : Problems.NotFound("API key");

    private static RazorComponentResult<AnswerPage> TenantForm(Texts t, Tenant tenant, IFormCollection sent, Faults? faults)
    {
        var p = tenant.Profile;
        string?[] stored =
        [
            tenant.Name, p.LegalName, p.Street, p.PostalCode, p.City, tenant.Country, p.Email, p.Phone, p.Website, p.VatId, p.TaxNumber, p.RegisterEntry, p.ManagingDirector, p.BankName, p.Iban, p.Bic, tenant.TimeZone,
        ];
        FormField[] fields =
        [
            .. TenantFields.Zip(stored, (name, value) => new FormField(name, t["access.tenant." + name], sent.TryGetValue(name, out var now) ? now.ToString() : value)),
            new("language", t["access.tenant.language"], sent.TryGetValue("language", out var chosen) ? chosen.ToString() : tenant.Language) { Options = Languages(t) },
        ];
        return Form(t["access.settings"], [], Settings, "/portal", fields, faults);
    }

    /// <summary>The data of an account that a form changes; its roles stand by themselves.</summary>
    public static IReadOnlyList<FormField> AccountFields(Texts t, Account? account, IFormCollection sent)
    {
        string? Value(string field, string? stored) => sent.TryGetValue(field, out var value) ? value.ToString() : stored;
        List<FormField> fields =
        [
            new("displayName", t["access.account.name"], Value("displayName", account?.DisplayName)) { Required = true },
            new("locale", t["access.account.locale"], Value("locale", account?.Locale)) { Options = [("", t["access.account.locale.browser"]), .. Languages(t)] },
        ];
        if (account is null)
        {
            fields.Insert(0, new("email", t["access.email"], Value("email", null), "email") { Required = true, Hint = t["access.account.invite.hint"] });
            fields.Insert(2, new("role", t["access.account.role"], Value("role", Role.ReadOnly.ToString())) { Options = [.. Enum.GetValues<Role>().Select(r => (r.ToString(), t["access.role." + r]))] });
        }
        else
        {
            fields.Add(new("state", t["access.account.state"], Value("state", account.DisabledAt is null ? "active" : "disabled")) { Options = [("active", t["access.account.active"]), ("disabled", t["access.account.disabled"])] });
        }

        return fields;
    }

    private static RazorComponentResult<AnswerPage> NewAccountForm(Texts t, IFormCollection sent, Faults? faults) =>
        Form(t["access.accounts.add"], [(t["access.accounts"], Accounts)], Accounts + "/add", Accounts, AccountFields(t, null, sent), faults);

    private static RazorComponentResult<AnswerPage> Form(string title, IReadOnlyList<(string Text, string? Href)> crumbs, string action, string back, IReadOnlyList<FormField> fields, Faults? faults) => Answer.Page<EntityForm>(
        faults is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
        (nameof(EntityForm.Title), title), (nameof(EntityForm.Crumbs), crumbs), (nameof(EntityForm.Action), action), (nameof(EntityForm.Back), back), (nameof(EntityForm.Fields), fields),
        (nameof(EntityForm.Errors), faults is null ? null : Words(faults)));

    private static IReadOnlyDictionary<string, string[]> Words(Faults faults) =>
        faults.Errors.ContainsKey("role") ? new Dictionary<string, string[]>(StringComparer.Ordinal) { ["role"] = [Texts.In(Texts.Language, "access.account.tooMuch")] } : FaultWords.Say(faults.Errors);

    private static (string, string)[] Languages(Texts t) => [.. Texts.Languages.Select(l => (l, t["access.language." + l]))];

    private static Guid[] Ids(IFormCollection form, string field) => [.. form[field].Select(text => Guid.TryParse(text, out var id) ? id : Guid.Empty).Where(id => id != Guid.Empty)];

    private static Role RoleOf(IFormCollection form) => Enum.TryParse<Role>(form["role"], out var role) && Enum.IsDefined(role) ? role : Role.ReadOnly;

    private static string? Text(IFormCollection form, string field) => form[field].ToString().Trim() is { Length: > 0 } text ? text : null;
}
