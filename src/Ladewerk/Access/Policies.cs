using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Authorization;

namespace Ladewerk.Access;

/// <summary>A policy's name is a permission. Whatever asks for nothing still wants somebody signed in: public places say so with AllowAnonymous.</summary>
internal sealed class Policies : IAuthorizationPolicyProvider
{
    private static readonly AuthorizationPolicy SignedIn = new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build();

    private static readonly Dictionary<string, AuthorizationPolicy> ByPermission = Permission.All.ToDictionary(
        permission => permission,
        permission => new AuthorizationPolicyBuilder().RequireAuthenticatedUser().RequireClaim(Principal.PermissionClaim, permission).Build(),
        StringComparer.Ordinal);

    public bool AllowsCachingPolicies => true;

    public Task<AuthorizationPolicy> GetDefaultPolicyAsync() => Task.FromResult(SignedIn);

    public Task<AuthorizationPolicy?> GetFallbackPolicyAsync() => Task.FromResult<AuthorizationPolicy?>(SignedIn);

    public Task<AuthorizationPolicy?> GetPolicyAsync(string policyName) => Task.FromResult(ByPermission.GetValueOrDefault(policyName));
}
