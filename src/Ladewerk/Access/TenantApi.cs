using Ladewerk.Kernel;
using Ladewerk.Kernel.Branding;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Access;

/// <summary>The operator as the API shows it.</summary>
public sealed record TenantView(string Slug, string Name, string Country, string Currency, string TimeZone, string Language, TenantProfile Profile);

/// <summary>A change of the operator's own data; what is absent stays. The profile is replaced as a whole.</summary>
public sealed record TenantPatch
{
    public string? Name { get; init; }
    public string? Country { get; init; }
    public string? TimeZone { get; init; }
    public string? Language { get; init; }
    public TenantProfile? Profile { get; init; }
}

/// <summary><c>/tenant</c></summary>
internal static class TenantApi
{
    public static void MapTenant(this RouteGroupBuilder api)
    {
        api.MapGet("/tenant", Get).RequirePermission(Permission.SettingsRead).WithTags("Tenant").WithSummary("The operator's own data, as they stand on invoices");
        api.MapPatch("/tenant", Patch).RequirePermission(Permission.SettingsWrite).WithTags("Tenant").WithSummary("Change the operator's own data");
    }

    private static async Task<Ok<TenantView>> Get(SaveTenant tenants, CancellationToken ct) => TypedResults.Ok(SaveTenant.View(await tenants.Current(ct)));

    private static async Task<Results<Ok<TenantView>, ValidationProblem>> Patch(TenantPatch patch, SaveTenant tenants, CancellationToken ct)
    {
        var tenant = await tenants.Current(ct);
        return await tenants.Patch(tenant, patch, ct) is { Any: true } faults ? Problems.Invalid(faults.Errors) : TypedResults.Ok(SaveTenant.View(tenant));
    }
}

/// <summary>Reads and changes the operator's own data.</summary>
internal sealed class SaveTenant(LadewerkDb db, TenantContext context, AuditLog audit, BrandReader brands)
{
    public static TenantView View(Tenant t) => new(t.Slug, t.Name, t.Country, t.Currency, t.TimeZone, t.Language, t.Profile);

    public Task<Tenant> Current(CancellationToken ct) => db.Set<Tenant>().SingleAsync(t => t.Id == context.Current, ct);

    public async Task<Faults> Patch(Tenant tenant, TenantPatch patch, CancellationToken ct)
    {
        var before = View(tenant);
        tenant.Name = patch.Name?.Trim() ?? tenant.Name;
        tenant.Country = patch.Country ?? tenant.Country;
        tenant.TimeZone = patch.TimeZone ?? tenant.TimeZone;
        tenant.Language = patch.Language ?? tenant.Language;
        tenant.Profile = patch.Profile ?? tenant.Profile;
        var p = tenant.Profile;
        var faults = new Faults().Text("name", tenant.Name).Country("country", tenant.Country).TimeZone("timeZone", tenant.TimeZone)
            .Unless(tenant.Language is "de" or "en", "language", "de or en.").Short("legalName", p.LegalName).Short("street", p.Street).Short("postalCode", p.PostalCode, 20)
            .Short("city", p.City).Email("email", p.Email).Short("vatId", p.VatId, 30).Short("taxNumber", p.TaxNumber, 30).Short("iban", p.Iban, 42).Short("bic", p.Bic, 11);
        if (!faults.Any)
        {
            audit.Record("tenant.changed", "tenant", tenant.Slug, before, View(tenant));
            await db.SaveChangesAsync(ct);
            brands.Forget(tenant.Id);
        }

        return faults;
    }
}
