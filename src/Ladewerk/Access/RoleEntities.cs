using System.Text.Json.Serialization;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Access;

[JsonConverter(typeof(TypedIdJson<OwnRoleId>))]
public readonly record struct OwnRoleId(Guid Value) : ITypedId<OwnRoleId>
{
    public static OwnRoleId From(Guid value) => new(value);

    public static OwnRoleId New() => new(Guid.CreateVersion7());
}

[JsonConverter(typeof(TypedIdJson<RoleAssignmentId>))]
public readonly record struct RoleAssignmentId(Guid Value) : ITypedId<RoleAssignmentId>
{
    public static RoleAssignmentId From(Guid value) => new(value);

    public static RoleAssignmentId New() => new(Guid.CreateVersion7());
}

/// <summary>A role that an operator has made. The built-in ones are <see cref="Role"/>.</summary>
public sealed class OwnRole : ITenantOwned
{
    public OwnRoleId Id { get; init; } = OwnRoleId.New();
    public required TenantId TenantId { get; init; }
    public required string Name { get; set; }
    public string? Description { get; set; }
    public required string[] Permissions { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>What a role counts for.</summary>
public enum AssignmentScope
{
    /// <summary>The installation with all its operators.</summary>
    Platform,
    Tenant,

    /// <summary>The sites of one organisation, those to come included.</summary>
    Organisation,
    Site,
}

/// <summary>An account's role and what it counts for.</summary>
public sealed class RoleAssignment : ITenantOwned
{
    public RoleAssignmentId Id { get; init; } = RoleAssignmentId.New();
    public required TenantId TenantId { get; init; }
    public required Guid AccountId { get; init; }

    /// <summary>Either this or <see cref="OwnRoleId"/>.</summary>
    public Role? BuiltIn { get; init; }
    public OwnRoleId? OwnRoleId { get; init; }
    public required AssignmentScope Scope { get; init; }
    public Guid? OrganisationId { get; init; }
    public Guid? SiteId { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public required string CreatedBy { get; init; }
}

internal sealed class RoleModel : IEntityTypeConfiguration<OwnRole>, IEntityTypeConfiguration<RoleAssignment>
{
    public void Configure(EntityTypeBuilder<OwnRole> builder) => builder.HasKey(r => r.Id);

    public void Configure(EntityTypeBuilder<RoleAssignment> builder)
    {
        builder.Property(a => a.BuiltIn).HasConversion(
            role => role == null ? null : System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(role.Value.ToString()), text => text == null ? null : Enum.Parse<Role>(text, ignoreCase: true));
        builder.Property(a => a.Scope).HasName();
    }
}
