using System.Security.Claims;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Ladewerk.Access;

/// <summary>What of an account goes into its cookie: who, which tenant. What it may do is added when it is read, see <see cref="GrantsOfAccount"/>.</summary>
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
        identity.AddClaim(new(Principal.DisplayNameClaim, user.DisplayName));
        if (user.Locale is { } locale)
        {
            identity.AddClaim(new(Principal.LocaleClaim, locale));
        }

        return Task.FromResult(identity);
    }
}
