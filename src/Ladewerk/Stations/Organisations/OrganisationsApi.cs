using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Organisations;

/// <summary>An organisation as the API shows it.</summary>
public sealed record OrganisationView(
    OrganisationId Id, string Name, string? LegalName, string? Street, string? PostalCode, string? City, string Country, string? Email, string? Phone, string? Website, string? VatId, string? Note,
    IReadOnlyList<OrganisationContact> Contacts, DateTimeOffset CreatedAt);

/// <summary>An organisation to make.</summary>
public sealed record NewOrganisation(string Name)
{
    public string? LegalName { get; init; }
    public string? Street { get; init; }
    public string? PostalCode { get; init; }
    public string? City { get; init; }
    public string? Country { get; init; }
    public string? Email { get; init; }
    public string? Phone { get; init; }
    public string? Website { get; init; }
    public string? VatId { get; init; }
    public string? Note { get; init; }
    public IReadOnlyList<OrganisationContact>? Contacts { get; init; }
}

/// <summary>A change of an organisation; what is absent stays. The contacts are replaced as a whole.</summary>
public sealed record OrganisationPatch
{
    public string? Name { get; init; }
    public Optional<string> LegalName { get; init; }
    public Optional<string> Street { get; init; }
    public Optional<string> PostalCode { get; init; }
    public Optional<string> City { get; init; }
    public string? Country { get; init; }
    public Optional<string> Email { get; init; }
    public Optional<string> Phone { get; init; }
    public Optional<string> Website { get; init; }
    public Optional<string> VatId { get; init; }
    public Optional<string> Note { get; init; }
    public IReadOnlyList<OrganisationContact>? Contacts { get; init; }
}

/// <summary><c>/organisations</c></summary>
internal static class OrganisationsApi
{
    public static void MapOrganisations(this RouteGroupBuilder api)
    {
        var organisations = api.MapGroup("/organisations").WithTags("Sites");
        organisations.MapGet("/", List).RequirePermission(Permission.SitesRead).WithSummary("Organisations to whom sites belong, by name");
        organisations.MapPost("/", Create).RequirePermission(Permission.SitesWrite).WithSummary("Create an organisation");
        organisations.MapGet("/{id:guid}", Get).RequirePermission(Permission.SitesRead).WithSummary("An organisation");
        organisations.MapPatch("/{id:guid}", Patch).RequirePermission(Permission.SitesWrite).WithSummary("Change an organisation; what is absent stays");
        organisations.MapDelete("/{id:guid}", Delete).RequirePermission(Permission.SitesWrite).WithSummary("Delete an organisation to which nothing belongs");
    }

    public static OrganisationView View(Organisation o) => new(
        o.Id, o.Name, o.LegalName, o.Street, o.PostalCode, o.City, o.Country, o.Email, o.Phone, o.Website, o.VatId, o.Note, o.Contacts, o.CreatedAt);

    private static async Task<Ok<Page<OrganisationView>>> List(int? limit, string? cursor, LadewerkDb db, CancellationToken ct)
    {
        var (count, after) = (Paging.Limit(limit), Paging.Decode(cursor)?.Split('\n'));
        var organisations = db.Set<Organisation>().AsNoTracking();
        if (after is [var name, var id] && Guid.TryParse(id, out var last))
        {
            organisations = organisations.Where(o => EF.Functions.GreaterThan(ValueTuple.Create(o.Name, o.Id), ValueTuple.Create(name, new OrganisationId(last))));
        }

        var rows = await organisations.OrderBy(o => o.Name).ThenBy(o => o.Id).Take(count + 1).ToListAsync(ct);
        return TypedResults.Ok(Paging.Of([.. rows.Select(View)], count, o => $"{o.Name}\n{o.Id.Value}"));
    }

    private static async Task<Results<Created<OrganisationView>, ValidationProblem>> Create(NewOrganisation request, SaveOrganisation save, CancellationToken ct)
    {
        var (made, faults) = await save.Create(request, ct);
        return made is null ? Problems.Invalid(faults.Errors) : TypedResults.Created($"/api/v1/organisations/{made.Id.Value}", View(made));
    }

    private static async Task<Results<Ok<OrganisationView>, ProblemHttpResult>> Get(Guid id, SaveOrganisation save, CancellationToken ct) =>
        await save.Find(id, ct) is { } organisation ? TypedResults.Ok(View(organisation)) : Problems.NotFound("organisation");

    private static async Task<Results<Ok<OrganisationView>, ValidationProblem, ProblemHttpResult>> Patch(Guid id, OrganisationPatch patch, SaveOrganisation save, CancellationToken ct)
    {
        if (await save.Find(id, ct) is not { } organisation)
        {
            return Problems.NotFound("organisation");
        }

        return await save.Patch(organisation, patch, ct) is { Any: true } faults ? Problems.Invalid(faults.Errors) : TypedResults.Ok(View(organisation));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(Guid id, SaveOrganisation save, CancellationToken ct)
    {
        if (await save.Find(id, ct) is not { } organisation)
        {
            return Problems.NotFound("organisation");
        }

        await save.Delete(organisation, ct);
        return TypedResults.NoContent();
    }
}
