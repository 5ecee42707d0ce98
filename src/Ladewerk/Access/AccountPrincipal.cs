using System.Security.Claims;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Ladewerk.Access;

/// <summary>What of an account goes into its cookie: who, which tenant, which role. Permissions are added when it is read.</summary>
internal sealed class AccountPrincipal(UserManager<Account> accounts, IOptions<IdentityOptions> options)
    : UserClaimsPrincipalFactory<Account>(accounts, options)
{
    protected override Task<ClaimsIdentity> GenerateClaimsAsync(Account user)
    {
        var identity = new ClaimsIdentity(IdentityConstants.ApplicationScheme, ClaimTypes.Name, Principal.RoleClaim);
        identity.AddClaim(new(ClaimTypes.NameIdentifier, user.Id.ToString()));
        identity.AddClaim(new(ClaimTypes.Name, user.Email!));
        identity.AddClaim(new(Options.ClaimsIdentity.SecurityStampClaimType, user.SecurityStamp!));
        identity.AddClaim(new(Principal.TenantClaim, user.TenantId.Value.ToString()));
        identity.AddClaim(new(Principal.RoleClaim, user.Role.ToString()));
        identity.AddClaim(new(Principal.DisplayNameClaim, user.DisplayName));
        if (user.Locale is { } locale)
        {
            identity.AddClaim(new(Principal.LocaleClaim, locale));
        }

        return Task.FromResult(identity);
    }
}

/// <summary>Turns the role of a signed-in account into permissions, so that a changed role table needs no new sign-in.</summary>
internal sealed class RolePermissions : IClaimsTransformation
{
    public Task<ClaimsPrincipal> TransformAsync(ClaimsPrincipal principal)
    {
        if (principal.FindFirstValue(Principal.RoleClaim) is { } name
            && Enum.TryParse<Role>(name, out var role)
            && !principal.HasClaim(claim => claim.Type == Principal.PermissionClaim))
        {
            principal = principal.Clone();
            principal.AddIdentity(new ClaimsIdentity(Roles.PermissionsOf(role).Select(p => new Claim(Principal.PermissionClaim, p))));
        }

        return Task.FromResult(principal);
    }
}
