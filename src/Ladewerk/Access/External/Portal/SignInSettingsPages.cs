using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Portal.Components;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Access.External.Portal;

/// <summary>The operator's page of sign-in providers, and what its forms do.</summary>
internal static class SignInSettingsPages
{
    public const string Place = "/portal/settings/sign-in";

    // Fields whose faults are said in words of their own.
    private static readonly string[] OwnWords = ["issuer", "scopes", "emailDomains", "roles"];

    public static IServiceCollection AddSignInSettings(this IServiceCollection services) =>
        services.AddSingleton(new NavEntry(NavGroup.System, 15, "login", "access.providers", Place, Permission.SettingsRead));

    public static void MapSignInSettings(this WebApplication app)
    {
        var write = app.MapGroup(Place).RequirePermission(Permission.SettingsWrite).ExcludeFromDescription();
        write.MapGet("/add", (Texts t) => Form(t, null, FormCollection.Empty, null));
        write.MapPost("/add", Add);
        write.MapGet("/{id:guid}", Edit);
        write.MapPost("/{id:guid}", Change);
        write.MapPost("/{id:guid}/remove", Remove);
        write.MapPost("/{id:guid}/test", Test);
    }

    private static async Task<IResult> Add([FromForm] IFormCollection form, HttpContext http, SaveIdentityProvider providers, Texts t, CancellationToken ct)
    {
        if (!IdentityProvidersApi.MayName(http.User))
        {
            return Form(t, null, form, new Faults().Add("", t["access.provider.tooMuch"]));
        }

        var (made, faults) = await providers.Add(Wish(form, isNew: true), ct);
        return made is not null ? Answer.Go(http, Place) : Form(t, null, form, faults);
    }

    private static async Task<IResult> Edit(Guid id, SaveIdentityProvider providers, Texts t, CancellationToken ct) =>
        await providers.Find(id, ct) is { } provider ? Form(t, provider, FormCollection.Empty, null) : Problems.NotFound("identity provider");

    private static async Task<IResult> Change(Guid id, [FromForm] IFormCollection form, HttpContext http, SaveIdentityProvider providers, Texts t, CancellationToken ct)
    {
        if (await providers.Find(id, ct) is not { } provider)
        {
            return Problems.NotFound("identity provider");
        }

        if (!IdentityProvidersApi.MayName(http.User))
        {
            return Form(t, provider, form, new Faults().Add("", t["access.provider.tooMuch"]));
        }

        var faults = await providers.Patch(provider, Wish(form, isNew: false), ct);
        return faults.Any ? Form(t, provider, form, faults) : Answer.Go(http, Place);
    }

    private static async Task<IResult> Remove(Guid id, HttpContext http, SaveIdentityProvider providers, CancellationToken ct)
    {
        if (await providers.Find(id, ct) is not { } provider || !IdentityProvidersApi.MayName(http.User))
        {
            return Problems.NotFound("identity provider");
        }

        await providers.Remove(provider, ct);
        return Answer.Go(http, Place);
    }

    private static async Task<IResult> Test(Guid id, SaveIdentityProvider providers, CancellationToken ct) => await providers.Find(id, ct) is { } provider
        ? Answer.Page<SignInSettingsView>(StatusCodes.Status200OK, (nameof(SignInSettingsView.Tested), provider.Name), (nameof(SignInSettingsView.Result), await providers.Test(provider, ct)))
        : Problems.NotFound("identity provider");

    private static IdentityProviderPatch Wish(IFormCollection form, bool isNew) => new()
    {
        Name = form["name"], Issuer = form["issuer"], ClientId = form["clientId"], ClientSecret = form["clientSecret"].ToString() is { Length: > 0 } secret ? secret : isNew ? "" : null, Scopes = form["scopes"],
        LinkByEmail = form["linkByEmail"] == "yes", CreateAccounts = form["createAccounts"] == "yes", Enabled = form["enabled"] != "no",
        EmailDomains = form["emailDomains"].ToString().Split([' ', ',', ';', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries),
        RoleClaim = new(form["roleClaim"].ToString().Trim() is { Length: > 0 } claim ? claim : null),
        DefaultRole = new(RoleOf(form["defaultRole"].ToString())),
        Roles = [.. form["roles"].ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Rule)],
    };

    // "value = Role"; what names no role gives one that is refused, so that the fault is shown.
    private static RoleRule Rule(string line) => line.LastIndexOf('=') is > 0 and var at && RoleOf(line[(at + 1)..].Trim()) is { } role ? new(line[..at].Trim(), role) : new("", Role.ReadOnly);

    private static Role? RoleOf(string text) => Enum.TryParse<Role>(text, ignoreCase: true, out var role) && Enum.IsDefined(role) ? role : null;

    private static RazorComponentResult<AnswerPage> Form(Texts t, IdentityProvider? provider, IFormCollection sent, Faults? faults)
    {
        string? Value(string field, string? stored) => sent.TryGetValue(field, out var value) ? value.ToString() : stored;
        (string, string)[] yesNo = [("no", t["access.no"]), ("yes", t["access.yes"])];
        Role[] roles = [.. Enum.GetValues<Role>().Where(r => r != Role.PlatformAdmin)];
        FormField[] fields =
        [
            new("name", t["access.provider.name"], Value("name", provider?.Name)) { Required = true, Hint = t["access.provider.name.hint"] },
            new("issuer", t["access.provider.issuer"], Value("issuer", provider?.Issuer), "url") { Required = true, Hint = t["access.provider.issuer.hint"] },
            new("clientId", t["access.provider.clientId"], Value("clientId", provider?.ClientId)) { Required = true },
            new("clientSecret", t["access.provider.clientSecret"], null, "password") { Hint = provider is null ? null : t["access.provider.clientSecret.hint"] },
            new("scopes", t["access.provider.scopes"], Value("scopes", provider?.Scopes ?? "openid email profile")) { Required = true },
            new("emailDomains", t["access.provider.domains"], Value("emailDomains", string.Join(' ', provider?.EmailDomains ?? []))) { Hint = t["access.provider.domains.hint"] },
            new("linkByEmail", t["access.provider.link"], Value("linkByEmail", provider?.LinkByEmail == true ? "yes" : "no")) { Options = yesNo, Hint = t["access.provider.link.hint"] },
            new("createAccounts", t["access.provider.create"], Value("createAccounts", provider?.CreateAccounts == true ? "yes" : "no")) { Options = yesNo, Hint = t["access.provider.create.hint"] },
            new("defaultRole", t["access.provider.defaultRole"], Value("defaultRole", provider?.DefaultRole?.ToString())) { Options = [("", t["access.provider.defaultRole.none"]), .. roles.Select(r => (r.ToString(), t["access.role." + r]))] },
            new("roleClaim", t["access.provider.roleClaim"], Value("roleClaim", provider?.RoleClaim)) { Hint = t["access.provider.roleClaim.hint"] },
            new("roles", t["access.provider.roles"], Value("roles", string.Join('\n', (provider?.Roles ?? []).Select(r => $"{r.Value} = {r.Role}"))), "textarea") { Hint = t["access.provider.roles.hint", string.Join(", ", roles)] },
            new("enabled", t["access.account.state"], Value("enabled", provider?.Enabled == false ? "no" : "yes")) { Options = [("yes", t["access.account.active"]), ("no", t["access.account.disabled"])] },
        ];
        return Answer.Page<EntityForm>(
            faults is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
            (nameof(EntityForm.Title), provider?.Name ?? t["access.provider.add"]), (nameof(EntityForm.Crumbs), (IReadOnlyList<(string, string?)>)[(t["access.providers"], Place)]),
            (nameof(EntityForm.Action), provider is null ? Place + "/add" : $"{Place}/{provider.Id}"), (nameof(EntityForm.Back), Place), (nameof(EntityForm.Fields), fields),
            (nameof(EntityForm.Errors), faults is null ? null : Words(t, faults)));
    }

    private static Dictionary<string, string[]> Words(Texts t, Faults faults)
    {
        var words = FaultWords.Say(faults.Errors).ToDictionary(StringComparer.Ordinal);
        foreach (var field in OwnWords.Where(words.ContainsKey))
        {
            words[field] = [t["access.provider.fault." + field]];
        }

        if (faults.Errors.TryGetValue("", out var all))
        {
            words[""] = all;
        }

        return words;
    }
}
