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
internal sealed class AccountStore(LadewerkDb db, IDataProtectionProvider protection, IdentityErrorDescriber words, TenantContext tenant, Actor actor, TimeProvider time) : UserOnlyStore<Account, LadewerkDb, Guid>(db, words)
{
    private readonly IDataProtector box = protection.CreateProtector("Ladewerk.Access.Secrets");

    /// <summary>Within an operator's scope its account alone; before sign-in the one that was used last.</summary>
    public override async Task<Account?> FindByEmailAsync(string normalizedEmail, CancellationToken cancellationToken = default) =>
        await Reachable().FirstOrDefaultAsync(a => a.NormalizedEmail == normalizedEmail, cancellationToken);

    /// <inheritdoc cref="FindByEmailAsync"/>
    public override async Task<Account?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken = default) =>
        await Reachable().FirstOrDefaultAsync(a => a.NormalizedUserName == normalizedUserName, cancellationToken);

    private IQueryable<Account> Reachable() => tenant.IsSet
        ? Context.Set<Account>().Where(a => a.TenantId == tenant.Current)
        : Context.Set<Account>().OrderByDescending(a => a.DisabledAt == null).ThenByDescending(a => a.LastSignInAt != null).ThenByDescending(a => a.LastSignInAt);

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
