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

    /// <summary>The tenant for which it was signed in; null for a stranger.</summary>
    public static TenantId? Tenant(this ClaimsPrincipal principal) =>
        Guid.TryParse(principal.FindFirstValue(TenantClaim), out var id) ? new TenantId(id) : null;
}
