using System.Text.Json.Serialization;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Stations.Organisations;

[JsonConverter(typeof(TypedIdJson<OrganisationId>))]
public readonly record struct OrganisationId(Guid Value) : ITypedId<OrganisationId>
{
    public static OrganisationId From(Guid value) => new(value);

    public static OrganisationId New() => new(Guid.CreateVersion7());
}

/// <summary>Whom to ask at an organisation.</summary>
/// <param name="Role">What for: technical, invoices ...</param>
public sealed record OrganisationContact(string Name, string? Role = null, string? Email = null, string? Phone = null);

/// <summary>A customer of the operator to whom sites belong: landlord, municipality, employer, fleet.</summary>
public sealed class Organisation : ITenantOwned
{
    public OrganisationId Id { get; init; } = OrganisationId.New();
    public required TenantId TenantId { get; init; }
    public required string Name { get; set; }

    /// <summary>As it stands in the register, where that is another.</summary>
    public string? LegalName { get; set; }
    public string? Street { get; set; }
    public string? PostalCode { get; set; }
    public string? City { get; set; }

    /// <summary>ISO 3166-1 alpha-2.</summary>
    public string Country { get; set; } = "DE";
    public string? Email { get; set; }
    public string? Phone { get; set; }
    public string? Website { get; set; }

    /// <summary>USt-IdNr.</summary>
    public string? VatId { get; set; }
    public string? Note { get; set; }
    public IReadOnlyList<OrganisationContact> Contacts { get; set; } = [];
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class OrganisationModel : IEntityTypeConfiguration<Organisation>
{
    public void Configure(EntityTypeBuilder<Organisation> builder) => builder.Property(o => o.Contacts).HasJson();
}
