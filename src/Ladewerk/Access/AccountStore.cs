using System.Security.Cryptography;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Access;

/// <summary>Accounts in the database; what is secret about a second factor is encrypted there.</summary>
internal sealed class AccountStore(LadewerkDb db, IDataProtectionProvider protection, IdentityErrorDescriber words, Actor actor, TimeProvider time) : UserOnlyStore<Account, LadewerkDb, Guid>(db, words)
{
    private readonly IDataProtector box = protection.CreateProtector("Ladewerk.Access.Secrets");

    /// <summary>Stores the account together with its first role.</summary>
    public override Task<IdentityResult> CreateAsync(Account user, CancellationToken cancellationToken = default)
    {
        Context.Add(new RoleAssignment
        {
            TenantId = user.TenantId, AccountId = user.Id, BuiltIn = user.Role, Scope = user.Role == Role.PlatformAdmin ? AssignmentScope.Platform : AssignmentScope.Tenant,
            CreatedAt = time.GetUtcNow(), CreatedBy = actor.Name,
        });
        return base.CreateAsync(user, cancellationToken);
    }

    public override Task SetTokenAsync(Account user, string loginProvider, string name, string? value, CancellationToken cancellationToken) =>
        base.SetTokenAsync(user, loginProvider, name, value is null ? null : box.Protect(value), cancellationToken);

    public override async Task<string?> GetTokenAsync(Account user, string loginProvider, string name, CancellationToken cancellationToken) =>
        await base.GetTokenAsync(user, loginProvider, name, cancellationToken) is { } value ? box.Unprotect(value) : null;
}

internal sealed class AccountSecretModel : IEntityTypeConfiguration<IdentityUserToken<Guid>>
{
    public void Configure(EntityTypeBuilder<IdentityUserToken<Guid>> builder) => builder.ToTable("account_secret").HasKey(t => new { t.UserId, t.LoginProvider, t.Name });
}
