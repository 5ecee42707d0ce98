using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Portal.Components;
using Ladewerk.Stations.Organisations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Portal;

using RequestFaults = Ladewerk.Kernel.Http.Faults;

/// <summary>The operator's pages of sites, and what their form does.</summary>
internal static class SitesPortal
{
    private const string Sites = "/portal/sites";
    private static readonly string[] Accesses = ["public", "semiPublic", "private"];

    public static IServiceCollection AddSitesPortal(this IServiceCollection services) =>
        services.AddSingleton(new NavEntry(NavGroup.Operations, 20, "map-2", "sites.title", Sites, Permission.SitesRead));

    public static void MapSitesPortal(this WebApplication app)
    {
        var write = app.MapGroup(Sites).RequirePermission(Permission.SitesWrite).ExcludeFromDescription();
        write.MapGet("/add", (LadewerkDb db, Texts t, CancellationToken ct) => Form(t, db, null, FormCollection.Empty, null, ct));
        write.MapPost("/add", Add);
        write.MapGet("/{id:guid}", Edit);
        write.MapPost("/{id:guid}", Change);
    }

    private static async Task<IResult> Add([FromForm] IFormCollection form, HttpContext http, LadewerkDb db, SaveSite save, Texts t, CancellationToken ct)
    {
        var numbers = new RequestFaults();
        var wish = new NewSite(
            form["name"].ToString(), Text(form, "street"), Text(form, "postalCode"), Text(form, "city"), Text(form, "country"), Degrees(form, "latitude", numbers), Degrees(form, "longitude", numbers),
            Text(form, "timeZone"), Text(form, "access"), Text(form, "openingHours"), Number(form, "gridConnectionKw", numbers), Owner(form));
        var (made, faults) = numbers.Any ? (null, numbers) : await save.Create(wish, ct);
        return made is null ? await Form(t, db, null, form, faults, ct) : Answer.Go(http, Sites);
    }

    private static async Task<IResult> Edit(Guid id, LadewerkDb db, Texts t, CancellationToken ct) =>
        await Find(db, id, ct) is { } site ? await Form(t, db, site, FormCollection.Empty, null, ct) : Problems.NotFound("site");

    private static async Task<IResult> Change(Guid id, [FromForm] IFormCollection form, HttpContext http, LadewerkDb db, SaveSite save, Texts t, CancellationToken ct)
    {
        if (await Find(db, id, ct) is not { } site)
        {
            return Problems.NotFound("site");
        }

        var numbers = new RequestFaults();
        var patch = new SitePatch
        {
            Name = form["name"], Street = new(Text(form, "street")), PostalCode = new(Text(form, "postalCode")), City = new(Text(form, "city")), Country = Text(form, "country"),
            Latitude = new(Degrees(form, "latitude", numbers)), Longitude = new(Degrees(form, "longitude", numbers)), TimeZone = Text(form, "timeZone"), Access = Text(form, "access"),
            OpeningHours = new(Text(form, "openingHours")), GridConnectionKw = new(Number(form, "gridConnectionKw", numbers)), OrganisationId = new(Owner(form)),
        };
        var faults = numbers.Any ? numbers : await save.Patch(site, patch, ct);
        return faults.Any ? await Form(t, db, site, form, faults, ct) : Answer.Go(http, Sites);
    }

    private static Task<Site?> Find(LadewerkDb db, Guid id, CancellationToken ct) => db.Set<Site>().SingleOrDefaultAsync(s => s.Id == new SiteId(id), ct);

    private static OrganisationId? Owner(IFormCollection form) => Guid.TryParse(form["organisationId"], out var id) ? new OrganisationId(id) : null;

    private static async Task<RazorComponentResult<AnswerPage>> Form(Texts t, LadewerkDb db, Site? site, IFormCollection sent, RequestFaults? faults, CancellationToken ct)
    {
        var owners = await db.Set<Organisation>().AsNoTracking().OrderBy(o => o.Name).Select(o => new { o.Id, o.Name }).ToListAsync(ct);
        FormField Field(string name, object? stored, string kind = "text") =>
            new(name, t["sites." + name], sent.TryGetValue(name, out var value) ? value.ToString() : Convert.ToString(stored, CultureInfo.InvariantCulture), kind);
        FormField[] fields =
        [
            Field("name", site?.Name) with { Required = true },
            Field("access", site?.Access ?? "public") with { Options = [.. Accesses.Select(a => (a, t["sites.access." + a]))] },
            new("organisationId", t["organisations.one"], sent.TryGetValue("organisationId", out var owner) ? owner.ToString() : site?.OrganisationId?.Value.ToString())
            {
                Options = [("", t["organisations.noneOf"]), .. owners.Select(o => (o.Id.Value.ToString(), o.Name))],
            },
            Field("street", site?.Street),
            Field("postalCode", site?.PostalCode),
            Field("city", site?.City),
            Field("country", site?.Country ?? "DE"),
            Field("latitude", site?.Latitude, "number"),
            Field("longitude", site?.Longitude, "number"),
            Field("timeZone", site?.TimeZone ?? "Europe/Berlin"),
            Field("gridConnectionKw", site?.GridConnectionKw, "number"),
            Field("openingHours", site?.OpeningHours),
        ];
        return Answer.Page<EntityForm>(
            faults is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
            (nameof(EntityForm.Title), site?.Name ?? t["sites.add"]), (nameof(EntityForm.Action), site is null ? Sites + "/add" : $"{Sites}/{site.Id.Value}"), (nameof(EntityForm.Back), Sites),
            (nameof(EntityForm.Fields), fields), (nameof(EntityForm.Crumbs), new[] { (t["sites.title"], (string?)Sites) }),
            (nameof(EntityForm.Errors), faults is null ? null : FaultWords.Say(faults.Errors)));
    }

    private static string? Text(IFormCollection form, string field) => form[field].ToString().Trim() is { Length: > 0 } text ? text : null;

    private static double? Degrees(IFormCollection form, string field, RequestFaults faults) => (double?)Number(form, field, faults);

    private static decimal? Number(IFormCollection form, string field, RequestFaults faults)
    {
        if (Text(form, field) is not { } text)
        {
            return null;
        }

        if (decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        faults.Add(field, "A number.");
        return null;
    }
}
