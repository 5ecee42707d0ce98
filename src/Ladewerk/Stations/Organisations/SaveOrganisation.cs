using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Organisations;

/// <summary>Makes, changes and deletes organisations.</summary>
internal sealed class SaveOrganisation(LadewerkDb db, TenantContext tenant, AuditLog audit, TimeProvider time)
{
    private const int MostContacts = 20;

    public Task<Organisation?> Find(Guid id, CancellationToken ct) => db.Set<Organisation>().SingleOrDefaultAsync(o => o.Id == new OrganisationId(id), ct);

    public async Task<(Organisation? Made, Faults Faults)> Create(NewOrganisation wish, CancellationToken ct)
    {
        var own = await db.Set<Tenant>().AsNoTracking().SingleAsync(t => t.Id == tenant.Current, ct);
        var organisation = new Organisation
        {
            TenantId = tenant.Current, Name = wish.Name?.Trim() ?? "", LegalName = wish.LegalName, Street = wish.Street, PostalCode = wish.PostalCode, City = wish.City, Country = wish.Country ?? own.Country,
            Email = wish.Email, Phone = wish.Phone, Website = wish.Website, VatId = wish.VatId, Note = wish.Note, Contacts = wish.Contacts ?? [], CreatedAt = time.GetUtcNow(),
        };
        var faults = await Check(organisation, ct);
        if (faults.Any)
        {
            return (null, faults);
        }

        db.Add(organisation);
        audit.Record("organisation.created", "organisation", organisation.Id.Value.ToString(), after: OrganisationsApi.View(organisation));
        await db.SaveChangesAsync(ct);
        return (organisation, faults);
    }

    public async Task<Faults> Patch(Organisation organisation, OrganisationPatch patch, CancellationToken ct)
    {
        var before = OrganisationsApi.View(organisation);
        organisation.Name = patch.Name?.Trim() ?? organisation.Name;
        organisation.LegalName = patch.LegalName.Or(organisation.LegalName);
        organisation.Street = patch.Street.Or(organisation.Street);
        organisation.PostalCode = patch.PostalCode.Or(organisation.PostalCode);
        organisation.City = patch.City.Or(organisation.City);
        organisation.Country = patch.Country ?? organisation.Country;
        organisation.Email = patch.Email.Or(organisation.Email);
        organisation.Phone = patch.Phone.Or(organisation.Phone);
        organisation.Website = patch.Website.Or(organisation.Website);
        organisation.VatId = patch.VatId.Or(organisation.VatId);
        organisation.Note = patch.Note.Or(organisation.Note);
        organisation.Contacts = patch.Contacts ?? organisation.Contacts;
        var faults = await Check(organisation, ct);
        if (!faults.Any)
        {
            audit.Record("organisation.changed", "organisation", organisation.Id.Value.ToString(), before, OrganisationsApi.View(organisation));
            await db.SaveChangesAsync(ct);
        }

        return faults;
    }

    /// <exception cref="DbUpdateException">Sites, roles or keys refer to it.</exception>
    public async Task Delete(Organisation organisation, CancellationToken ct)
    {
        db.Remove(organisation);
        audit.Record("organisation.deleted", "organisation", organisation.Id.Value.ToString(), OrganisationsApi.View(organisation));
        await db.SaveChangesAsync(ct);
    }

    private async Task<Faults> Check(Organisation o, CancellationToken ct)
    {
        var faults = new Faults().Text("name", o.Name).Short("legalName", o.LegalName).Short("street", o.Street).Short("postalCode", o.PostalCode, 20).Short("city", o.City).Country("country", o.Country)
            .Email("email", o.Email).Short("phone", o.Phone, 50).Short("website", o.Website).Short("vatId", o.VatId, 30).Short("note", o.Note, 2000)
            .Unless(o.Contacts.Count <= MostContacts && o.Contacts.All(c => !string.IsNullOrWhiteSpace(c.Name) && c.Name.Length <= 200), "contacts", $"At most {MostContacts}, each with a name.");
        foreach (var contact in o.Contacts)
        {
            faults.Email("contacts", contact.Email);
        }

        var name = Paging.Containing(o.Name)[1..^1]; // the whole name, without regard to case
        return faults.Unless(!await db.Set<Organisation>().AnyAsync(other => other.Id != o.Id && EF.Functions.ILike(other.Name, name), ct), "name", "There already is an organisation of this name.");
    }
}
