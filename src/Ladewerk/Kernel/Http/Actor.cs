using System.Security.Claims;

namespace Ladewerk.Kernel.Http;

/// <summary>On whose behalf this scope acts; for the audit log and for "requested by". Set by sign-in and API keys; a job acts as the system.</summary>
public sealed class Actor
{
    /// <summary>account, apiKey or system.</summary>
    public string Kind { get; private set; } = "system";

    /// <summary>E-mail of the account or name of the key.</summary>
    public string Name { get; private set; } = "system";

    /// <summary>Where the request came from; null for jobs.</summary>
    public string? Address { get; private set; }

    /// <summary>Set once per request.</summary>
    public void Use(string kind, string name, string? address) => (Kind, Name, Address) = (kind, name, address);
}

/// <summary>What the signed-in principal carries.</summary>
public static class Principal
{
    /// <summary>Claim types of our own.</summary>
    public const string TenantClaim = "lw:tenant", PermissionClaim = "lw:permission", LocaleClaim = "lw:locale", RoleClaim = "lw:role", DisplayNameClaim = "lw:name";

    /// <summary>Whether the account or key holds the permission; pages show only what this allows.</summary>
    public static bool Can(this ClaimsPrincipal principal, string permission) => principal.HasClaim(PermissionClaim, permission);

    /// <summary>The sites for which the account or key holds the permission; null: all of the tenant. Empty where it does not hold it.</summary>
    public static IReadOnlySet<Guid>? SitesOf(this ClaimsPrincipal principal, string permission)
    {
        if (!principal.Can(permission))
        {
            return new HashSet<Guid>();
        }

        return principal.Identities.OfType<PermissionIdentity>().FirstOrDefault()?.Limits.GetValueOrDefault(permission);
    }

    /// <summary>Whether it holds the permission for all of these sites (null: for the whole tenant).</summary>
    public static bool Can(this ClaimsPrincipal principal, string permission, IReadOnlySet<Guid>? sites) =>
        principal.Can(permission) && (principal.SitesOf(permission) is not { } limit || (sites is not null && sites.IsSubsetOf(limit)));

    /// <summary>The tenant for which it was signed in; null for a stranger.</summary>
    public static TenantId? Tenant(this ClaimsPrincipal principal) =>
        Guid.TryParse(principal.FindFirstValue(TenantClaim), out var id) ? new TenantId(id) : null;
}

/// <summary>What an account or key may do, and for which sites.</summary>
/// <param name="permissions">All that it holds, for whatever sites.</param>
/// <param name="limits">Those that it holds for some sites only, with these sites' ids.</param>
public sealed class PermissionIdentity(IEnumerable<string> permissions, IReadOnlyDictionary<string, IReadOnlySet<Guid>> limits)
    : ClaimsIdentity(permissions.Select(p => new Claim(Principal.PermissionClaim, p)))
{
    /// <summary>The sites of each permission that does not count for the whole tenant.</summary>
    public IReadOnlyDictionary<string, IReadOnlySet<Guid>> Limits { get; } = limits;

    public override ClaimsIdentity Clone() => new PermissionIdentity(Claims.Where(c => c.Type == Principal.PermissionClaim).Select(c => c.Value), Limits);
}
