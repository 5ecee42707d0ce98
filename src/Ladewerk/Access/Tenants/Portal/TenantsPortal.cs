using System.Globalization;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Portal.Components;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Access.Tenants.Portal;

/// <summary>The platform's pages of operators, and what their forms do.</summary>
internal static class TenantsPortal
{
    private const string Place = "/portal/platform/tenants";

    public static IServiceCollection AddTenantsPortal(this IServiceCollection services) =>
        services.AddSingleton(new NavEntry(NavGroup.System, 90, "building-community", "access.tenants", Place, Permission.PlatformRead));

    public static void MapTenantsPortal(this WebApplication app)
    {
        var write = app.MapGroup(Place).RequirePermission(Permission.PlatformWrite).ExcludeFromDescription();
        write.MapGet("/add", (Texts t) => Form(t, null, FormCollection.Empty, null));
        write.MapPost("/add", Add);
        write.MapGet("/{id:guid}", async Task<IResult> (Guid id, PlatformTenants tenants, Texts t, CancellationToken ct) =>
            await tenants.List(id, ct) is [var tenant] ? Form(t, tenant, FormCollection.Empty, null) : Problems.NotFound("tenant"));
        write.MapPost("/{id:guid}", Change);
    }

    private static async Task<IResult> Add([FromForm] IFormCollection form, HttpContext http, PlatformTenants tenants, Texts t, CancellationToken ct)
    {
        var faults = new Faults();
        var wish = new NewTenant(
            form["slug"].ToString().Trim(), form["name"].ToString(), form["adminEmail"].ToString().Trim(), Text(form, "adminName"), Text(form, "country"), Text(form, "currency"), Text(form, "timeZone"), Text(form, "language"),
            Text(form, "plan") ?? "base", Limit(form, faults), Modules(form));
        faults = faults.Any ? faults : (await tenants.Create(wish, ct)).Faults;
        return faults.Any ? Form(t, null, form, faults) : Answer.Go(http, Place);
    }

    private static async Task<IResult> Change(Guid id, [FromForm] IFormCollection form, HttpContext http, PlatformTenants tenants, Texts t, CancellationToken ct)
    {
        if (await tenants.List(id, ct) is not [var tenant])
        {
            return Problems.NotFound("tenant");
        }

        var faults = new Faults();
        var patch = new PlatformTenantPatch { Name = form["name"], Plan = Text(form, "plan"), ChargePointLimit = new(Limit(form, faults)), Modules = Modules(form), Suspended = form["state"] == "suspended" };
        faults = faults.Any ? faults : await tenants.Patch(id, patch, ct) ?? faults;
        return faults.Any ? Form(t, tenant, form, faults) : Answer.Go(http, Place);
    }

    private static RazorComponentResult<AnswerPage> Form(Texts t, PlatformTenantView? tenant, IFormCollection sent, Faults? faults)
    {
        FormField Field(string name, string label, string? stored, string kind = "text") => new(name, t[label], sent.TryGetValue(name, out var value) ? value.ToString() : stored, kind);
        List<FormField> fields = [Field("name", "access.tenant.name", tenant?.Name) with { Required = true }];
        if (tenant is null)
        {
            fields.Add(Field("slug", "access.tenants.slug", null) with { Required = true, Hint = t["access.tenants.slug.hint"] });
            fields.Add(Field("adminEmail", "access.tenants.adminEmail", null, "email") with { Required = true, Hint = t["access.account.invite.hint"] });
            fields.Add(Field("adminName", "access.tenants.adminName", null));
            fields.Add(Field("country", "access.tenant.country", "DE"));
            fields.Add(Field("currency", "access.tenants.currency", "EUR"));
            fields.Add(Field("timeZone", "access.tenant.timeZone", "Europe/Berlin"));
            fields.Add(Field("language", "access.tenant.language", "de") with { Options = [.. Texts.Languages.Select(l => (l, t["access.language." + l]))] });
        }

        fields.Add(Field("plan", "access.tenants.plan", tenant?.Plan ?? "base") with { Options = [.. PlatformTenants.Plans.Select(p => (p, t["access.tenants.plan." + p]))] });
        fields.Add(Field("chargePointLimit", "access.tenants.limit", tenant?.ChargePointLimit?.ToString(CultureInfo.InvariantCulture) ?? (tenant is null ? PlatformTenants.BaseLimit.ToString(CultureInfo.InvariantCulture) : ""), "number") with { Hint = t["access.tenants.limit.hint"] });
        foreach (var module in PlatformTenants.Modules.Skip(1))
        {
            var has = tenant is null ? module == "billing" : tenant.Modules.Contains(module);
            fields.Add(Field("module-" + module, "access.tenants.module." + module, has ? "yes" : "no") with { Options = [("yes", t["access.tenants.yes"]), ("no", t["access.tenants.no"])] });
        }

        if (tenant is not null)
        {
            fields.Add(Field("state", "access.account.state", tenant.Suspended ? "suspended" : "active") with { Options = [("active", t["access.account.active"]), ("suspended", t["access.tenants.suspended"])], Hint = t["access.tenants.suspended.what"] });
        }

        return Answer.Page<EntityForm>(
            faults is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
            (nameof(EntityForm.Title), tenant?.Name ?? t["access.tenants.add"]), (nameof(EntityForm.Action), tenant is null ? Place + "/add" : $"{Place}/{tenant.Id.Value}"), (nameof(EntityForm.Back), Place),
            (nameof(EntityForm.Fields), fields), (nameof(EntityForm.Crumbs), new[] { (t["access.tenants"], (string?)Place) }),
            (nameof(EntityForm.Errors), faults is null ? null : FaultWords.Say(faults.Errors)));
    }

    private static string[] Modules(IFormCollection form) => ["base", .. PlatformTenants.Modules.Skip(1).Where(m => form["module-" + m] == "yes")];

    private static int? Limit(IFormCollection form, Faults faults)
    {
        if (Text(form, "chargePointLimit") is not { } text)
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit))
        {
            return limit;
        }

        faults.Add("chargePointLimit", "A number.");
        return null;
    }

    private static string? Text(IFormCollection form, string field) => form[field].ToString().Trim() is { Length: > 0 } text ? text : null;
}
