using Ladewerk.Kernel;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Access;

/// <summary>Someone who signs in. Not filtered by tenant, because sign-in finds out the tenant; every list of accounts asks for its own.</summary>
public sealed class Account : IdentityUser<Guid>
{
    public Account()
    {
        Id = Guid.CreateVersion7();
    }

    public required TenantId TenantId { get; init; }
    public required string DisplayName { get; set; }

    /// <summary>de or en; null follows the browser.</summary>
    public string? Locale { get; set; }

    /// <summary>
    /// The widest of its built-in roles, which says how it signs in: where it starts, how long its password must be. With it it is made, for
    /// the whole tenant; what it may do is said by its <see cref="RoleAssignment"/>s, and those who change them keep this in step.
    /// </summary>
    public Role Role { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? LastSignInAt { get; set; }

    /// <summary>Set: may not sign in any more.</summary>
    public DateTimeOffset? DisabledAt { get; set; }
}

internal sealed class AccountModel : IEntityTypeConfiguration<Account>, IEntityTypeConfiguration<ApiKey>
{
    public void Configure(EntityTypeBuilder<ApiKey> builder) => builder.HasKey(k => k.Id);

    public void Configure(EntityTypeBuilder<Account> builder)
    {
        builder.Property(a => a.Role).HasName();
        builder.Property(a => a.ConcurrencyStamp).IsConcurrencyToken();
        builder.Ignore(a => a.PhoneNumber).Ignore(a => a.PhoneNumberConfirmed);
    }
}
