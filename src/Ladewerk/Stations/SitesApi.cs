using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations.Organisations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations;

/// <summary>A site as the API shows it.</summary>
public sealed record SiteView(
    SiteId Id, string Name, string? Street, string? PostalCode, string? City, string Country, double? Latitude, double? Longitude, string TimeZone, string Access,
    string? OpeningHours, decimal? GridConnectionKw, OrganisationId? OrganisationId, DateTimeOffset CreatedAt);

/// <summary>A site to make.</summary>
public sealed record NewSite(
    string Name, string? Street = null, string? PostalCode = null, string? City = null, string? Country = null, double? Latitude = null, double? Longitude = null,
    string? TimeZone = null, string? Access = null, string? OpeningHours = null, decimal? GridConnectionKw = null, OrganisationId? OrganisationId = null);

/// <summary>A change of a site; what is absent stays.</summary>
public sealed record SitePatch
{
    public string? Name { get; init; }
    public Optional<string> Street { get; init; }
    public Optional<string> PostalCode { get; init; }
    public Optional<string> City { get; init; }
    public string? Country { get; init; }
    public Optional<double?> Latitude { get; init; }
    public Optional<double?> Longitude { get; init; }
    public string? TimeZone { get; init; }
    public string? Access { get; init; }
    public Optional<string> OpeningHours { get; init; }
    public Optional<decimal?> GridConnectionKw { get; init; }
    public Optional<OrganisationId?> OrganisationId { get; init; }
}

/// <summary><c>/sites</c></summary>
internal static class SitesApi
{
    public static void MapSites(this RouteGroupBuilder api)
    {
        var sites = api.MapGroup("/sites").WithTags("Sites");
        sites.MapGet("/", List).RequirePermission(Permission.SitesRead).WithSummary("Sites by name");
        sites.MapPost("/", Create).RequirePermission(Permission.SitesWrite).WithSummary("Create a site");
        sites.MapGet("/{id:guid}", Get).RequirePermission(Permission.SitesRead).WithSummary("A site");
        sites.MapPatch("/{id:guid}", Patch).RequirePermission(Permission.SitesWrite).WithSummary("Change a site; what is absent stays");
        sites.MapDelete("/{id:guid}", Delete).RequirePermission(Permission.SitesWrite).WithSummary("Delete a site that has no stations and no sessions");
    }

    private static async Task<Ok<Page<SiteView>>> List(int? limit, string? cursor, LadewerkDb db, CancellationToken ct)
    {
        var (count, after) = (Paging.Limit(limit), Paging.Decode(cursor)?.Split('\n'));
        var sites = db.Set<Site>().AsNoTracking();
        if (after is [var name, var id] && Guid.TryParse(id, out var last))
        {
            sites = sites.Where(s => EF.Functions.GreaterThan(ValueTuple.Create(s.Name, s.Id), ValueTuple.Create(name, new SiteId(last))));
        }

        var rows = await sites.OrderBy(s => s.Name).ThenBy(s => s.Id).Take(count + 1).ToListAsync(ct);
        return TypedResults.Ok(Paging.Of([.. rows.Select(View)], count, s => $"{s.Name}\n{s.Id.Value}"));
    }

    private static async Task<Results<Created<SiteView>, ValidationProblem>> Create(NewSite request, SaveSite save, CancellationToken ct)
    {
        var (site, faults) = await save.Create(request, ct);
        return site is null ? Problems.Invalid(faults.Errors) : TypedResults.Created($"/api/v1/sites/{site.Id.Value}", View(site));
    }

    private static async Task<Results<Ok<SiteView>, ProblemHttpResult>> Get(Guid id, LadewerkDb db, CancellationToken ct) =>
        await Find(db, id, ct) is { } site ? TypedResults.Ok(View(site)) : Problems.NotFound("site");

    private static async Task<Results<Ok<SiteView>, ValidationProblem, ProblemHttpResult>> Patch(Guid id, SitePatch patch, LadewerkDb db, SaveSite save, CancellationToken ct)
    {
        if (await Find(db, id, ct) is not { } site)
        {
            return Problems.NotFound("site");
        }

        return await save.Patch(site, patch, ct) is { Any: true } faults ? Problems.Invalid(faults.Errors) : TypedResults.Ok(View(site));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(Guid id, LadewerkDb db, AuditLog audit, CancellationToken ct)
    {
        if (await Find(db, id, ct) is not { } site)
        {
            return Problems.NotFound("site");
        }

        db.Remove(site);
        audit.Record("site.deleted", "site", id.ToString(), View(site));
        await db.SaveChangesAsync(ct);
        return TypedResults.NoContent();
    }

    private static Task<Site?> Find(LadewerkDb db, Guid id, CancellationToken ct) => db.Set<Site>().SingleOrDefaultAsync(s => s.Id == new SiteId(id), ct);

    public static SiteView View(Site s) => new(
        s.Id, s.Name, s.Street, s.PostalCode, s.City, s.Country, s.Latitude, s.Longitude, s.TimeZone, s.Access, s.OpeningHours, s.GridConnectionKw, s.OrganisationId, s.CreatedAt);
}

/// <summary>Makes and changes sites.</summary>
internal sealed class SaveSite(LadewerkDb db, TenantContext tenant, AuditLog audit, TimeProvider time)
{
    public async Task<(Site? Made, Faults Faults)> Create(NewSite wish, CancellationToken ct)
    {
        var own = await db.Set<Tenant>().AsNoTracking().SingleAsync(t => t.Id == tenant.Current, ct);
        var site = new Site
        {
            TenantId = tenant.Current, Name = wish.Name?.Trim() ?? "", Street = wish.Street, PostalCode = wish.PostalCode, City = wish.City, Country = wish.Country ?? own.Country,
            Latitude = wish.Latitude, Longitude = wish.Longitude, TimeZone = wish.TimeZone ?? own.TimeZone, Access = wish.Access ?? "public", OpeningHours = wish.OpeningHours,
            GridConnectionKw = wish.GridConnectionKw, OrganisationId = wish.OrganisationId, CreatedAt = time.GetUtcNow(),
        };
        var faults = await Check(site, ct);
        if (faults.Any)
        {
            return (null, faults);
        }

        db.Add(site);
        audit.Record("site.created", "site", site.Id.Value.ToString(), after: SitesApi.View(site));
        await db.SaveChangesAsync(ct);
        return (site, faults);
    }

    public async Task<Faults> Patch(Site site, SitePatch patch, CancellationToken ct)
    {
        var before = SitesApi.View(site);
        site.Name = patch.Name?.Trim() ?? site.Name;
        site.Street = patch.Street.Or(site.Street);
        site.PostalCode = patch.PostalCode.Or(site.PostalCode);
        site.City = patch.City.Or(site.City);
        site.Country = patch.Country ?? site.Country;
        site.Latitude = patch.Latitude.Or(site.Latitude);
        site.Longitude = patch.Longitude.Or(site.Longitude);
        site.TimeZone = patch.TimeZone ?? site.TimeZone;
        site.Access = patch.Access ?? site.Access;
        site.OpeningHours = patch.OpeningHours.Or(site.OpeningHours);
        site.GridConnectionKw = patch.GridConnectionKw.Or(site.GridConnectionKw);
        site.OrganisationId = patch.OrganisationId.Or(site.OrganisationId);
        var faults = await Check(site, ct);
        if (!faults.Any)
        {
            audit.Record("site.changed", "site", site.Id.Value.ToString(), before, SitesApi.View(site));
            await db.SaveChangesAsync(ct);
        }

        return faults;
    }

    private async Task<Faults> Check(Site site, CancellationToken ct)
    {
        var faults = new Faults().Text("name", site.Name).Short("street", site.Street).Short("postalCode", site.PostalCode, 20).Short("city", site.City)
            .Short("openingHours", site.OpeningHours, 500).Country("country", site.Country).TimeZone("timeZone", site.TimeZone)
            .Unless(site.Access is "public" or "semiPublic" or "private", "access", "public, semiPublic or private.")
            .Unless(site.Latitude is null or (>= -90 and <= 90), "latitude", "-90 to 90.")
            .Unless(site.Longitude is null or (>= -180 and <= 180), "longitude", "-180 to 180.")
            .Unless(site.GridConnectionKw is null or (> 0 and <= 1_000_000), "gridConnectionKw", "Above 0.");
        faults.Unless(site.OrganisationId is not { } owner || await db.Set<Organisation>().AnyAsync(o => o.Id == owner, ct), "organisationId", "No such organisation.");
        var name = Paging.Containing(site.Name)[1..^1]; // the whole name, without regard to case
        return faults.Unless(!await db.Set<Site>().AnyAsync(s => s.Id != site.Id && EF.Functions.ILike(s.Name, name), ct), "name", "There already is a site of this name.");
    }
}
