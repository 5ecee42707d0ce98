using Ladewerk.Kernel;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Access.External;

/// <summary>Identifies an <see cref="IdentityProvider"/>.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(TypedIdJson<IdentityProviderId>))]
public readonly record struct IdentityProviderId(Guid Value) : ITypedId<IdentityProviderId>
{
    public static IdentityProviderId New() => new(Guid.CreateVersion7());

    public static IdentityProviderId From(Guid value) => new(value);

    public override string ToString() => Value.ToString();
}

/// <summary>A value of the role claim and the role that it gives here.</summary>
public sealed record RoleRule(string Value, Role Role);

/// <summary>A provider of OpenID Connect whom an operator trusts with signing people in.</summary>
public sealed class IdentityProvider : ITenantOwned
{
    public IdentityProviderId Id { get; init; } = IdentityProviderId.New();
    public required TenantId TenantId { get; init; }

    /// <summary>On the button.</summary>
    public required string Name { get; set; }

    /// <summary>Where discovery begins; the <c>iss</c> of its tokens.</summary>
    public required string Issuer { get; set; }
    public required string ClientId { get; set; }

    /// <summary>Encrypted by the key ring; empty for a public client.</summary>
    public required string ClientSecret { get; set; }
    public string Scopes { get; set; } = "openid email profile";

    /// <summary>Whether an account with the same confirmed address is taken over, where the provider confirms the address too.</summary>
    public bool LinkByEmail { get; set; }

    /// <summary>Whether people without an account get one.</summary>
    public bool CreateAccounts { get; set; }

    /// <summary>Whose addresses are linked or get accounts; empty: all.</summary>
    public List<string> EmailDomains { get; set; } = [];

    /// <summary>The claim that says what people are, such as <c>groups</c>; null: roles are given here alone.</summary>
    public string? RoleClaim { get; set; }

    /// <summary>What its values mean; the first that fits counts, with every sign-in.</summary>
    public List<RoleRule> Roles { get; set; } = [];

    /// <summary>The role of new accounts that no rule fits; null: they get no account.</summary>
    public Role? DefaultRole { get; set; }
    public bool Enabled { get; set; } = true;
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class IdentityProviderModel : IEntityTypeConfiguration<IdentityProvider>, IEntityTypeConfiguration<IdentityUserLogin<Guid>>
{
    public void Configure(EntityTypeBuilder<IdentityProvider> builder)
    {
        builder.Property(p => p.Roles).HasJson();
        builder.Property(p => p.DefaultRole).HasConversion<string>();
    }

    public void Configure(EntityTypeBuilder<IdentityUserLogin<Guid>> builder) => builder.ToTable("account_login").HasKey(l => new { l.LoginProvider, l.ProviderKey });
}
