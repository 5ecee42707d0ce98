using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Portal.Components;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Stations.Organisations.Portal;

/// <summary>The operator's pages of organisations, and what their form does.</summary>
internal static class OrganisationsPortal
{
    private const string Place = "/portal/organisations";

    public static IServiceCollection AddOrganisationsPortal(this IServiceCollection services) => services
        .AddScoped<SaveOrganisation>()
        .AddSingleton(new NavEntry(NavGroup.Customers, 40, "building", "organisations.title", Place, Permission.SitesRead));

    public static void MapOrganisationsPortal(this WebApplication app)
    {
        var write = app.MapGroup(Place).RequirePermission(Permission.SitesWrite).ExcludeFromDescription();
        write.MapGet("/add", (Texts t) => Form(t, null, FormCollection.Empty, null));
        write.MapPost("/add", Add);
        write.MapGet("/{id:guid}", Edit);
        write.MapPost("/{id:guid}", Change);
    }

    private static async Task<IResult> Add([FromForm] IFormCollection form, HttpContext http, SaveOrganisation save, Texts t, CancellationToken ct)
    {
        var (made, faults) = await save.Create(
            new NewOrganisation(form["name"].ToString())
            {
                LegalName = Text(form, "legalName"), Street = Text(form, "street"), PostalCode = Text(form, "postalCode"), City = Text(form, "city"), Country = Text(form, "country"), Email = Text(form, "email"),
                Phone = Text(form, "phone"), Website = Text(form, "website"), VatId = Text(form, "vatId"), Note = Text(form, "note"), Contacts = Contacts(form),
            },
            ct);
        return made is null ? Form(t, null, form, faults) : Answer.Go(http, Place);
    }

    private static async Task<IResult> Edit(Guid id, SaveOrganisation save, Texts t, CancellationToken ct) =>
        await save.Find(id, ct) is { } organisation ? Form(t, organisation, FormCollection.Empty, null) : Problems.NotFound("organisation");

    private static async Task<IResult> Change(Guid id, [FromForm] IFormCollection form, HttpContext http, SaveOrganisation save, Texts t, CancellationToken ct)
    {
        if (await save.Find(id, ct) is not { } organisation)
        {
            return Problems.NotFound("organisation");
        }

        var faults = await save.Patch(
            organisation,
            new OrganisationPatch
            {
                Name = form["name"], LegalName = new(Text(form, "legalName")), Street = new(Text(form, "street")), PostalCode = new(Text(form, "postalCode")), City = new(Text(form, "city")),
                Country = Text(form, "country"), Email = new(Text(form, "email")), Phone = new(Text(form, "phone")), Website = new(Text(form, "website")), VatId = new(Text(form, "vatId")),
                Note = new(Text(form, "note")), Contacts = Contacts(form),
            },
            ct);
        return faults.Any ? Form(t, organisation, form, faults) : Answer.Go(http, Place);
    }

    private static RazorComponentResult<AnswerPage> Form(Texts t, Organisation? o, IFormCollection sent, Faults? faults)
    {
        FormField Field(string name, string? stored, string kind = "text") => new(name, t["organisations." + name], sent.TryGetValue(name, out var value) ? value.ToString() : stored, kind);
        FormField[] fields =
        [
            Field("name", o?.Name) with { Required = true }, Field("legalName", o?.LegalName), Field("street", o?.Street), Field("postalCode", o?.PostalCode), Field("city", o?.City), Field("country", o?.Country ?? "DE"),
            Field("email", o?.Email, "email"), Field("phone", o?.Phone), Field("website", o?.Website), Field("vatId", o?.VatId),
            Field("contacts", o is null ? null : string.Join('\n', o.Contacts.Select(c => string.Join("; ", new[] { c.Name, c.Role, c.Email, c.Phone }).TrimEnd(' ', ';'))), "textarea") with { Wide = true, Hint = t["organisations.contacts.hint"] },
            Field("note", o?.Note, "textarea") with { Wide = true },
        ];
        return Answer.Page<EntityForm>(
            faults is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
            (nameof(EntityForm.Title), o?.Name ?? t["organisations.add"]), (nameof(EntityForm.Action), o is null ? Place + "/add" : $"{Place}/{o.Id.Value}"), (nameof(EntityForm.Back), Place),
            (nameof(EntityForm.Fields), fields), (nameof(EntityForm.Crumbs), new[] { (t["organisations.title"], (string?)Place) }),
            (nameof(EntityForm.Errors), faults is null ? null : FaultWords.Say(faults.Errors)));
    }

    /// <summary>A line for each: name; role; e-mail; telephone.</summary>
    private static OrganisationContact[] Contacts(IFormCollection form) =>
    [
        .. form["contacts"].ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => line.Split(';', StringSplitOptions.TrimEntries))
            .Select(parts => new OrganisationContact(parts[0], At(parts, 1), At(parts, 2), At(parts, 3))),
    ];

    private static string? At(string[] parts, int i) => parts.Length > i && parts[i].Length > 0 ? parts[i] : null;

    private static string? Text(IFormCollection form, string field) => form[field].ToString().Trim() is { Length: > 0 } text ? text : null;
}
