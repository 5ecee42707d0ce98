using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Ladewerk.Access.External;

/// <summary>A provider as the API shows it; its secret is never shown.</summary>
/// <param name="CallbackUrl">What the operator enters at the provider as the redirect address.</param>
public sealed record IdentityProviderView(
    IdentityProviderId Id, string Name, string Issuer, string ClientId, bool HasSecret, string Scopes, bool LinkByEmail, bool CreateAccounts, IReadOnlyList<string> EmailDomains, string? RoleClaim,
    IReadOnlyList<RoleRule> Roles, Role? DefaultRole, bool Enabled, string CallbackUrl);

/// <summary>A provider to be stored; what is absent in a change stays.</summary>
public sealed record IdentityProviderPatch
{
    public string? Name { get; init; }
    public string? Issuer { get; init; }
    public string? ClientId { get; init; }

    /// <summary>Absent: stays; empty: a public client.</summary>
    public string? ClientSecret { get; init; }
    public string? Scopes { get; init; }
    public bool? LinkByEmail { get; init; }
    public bool? CreateAccounts { get; init; }
    public IReadOnlyList<string>? EmailDomains { get; init; }
    public Optional<string?> RoleClaim { get; init; }
    public IReadOnlyList<RoleRule>? Roles { get; init; }
    public Optional<Role?> DefaultRole { get; init; }
    public bool? Enabled { get; init; }
}

/// <summary>What came of asking a provider.</summary>
/// <param name="Keys">How many keys it publishes that we can use.</param>
public sealed record ProviderTest(bool Ok, string? Fault, string? AuthorizationEndpoint, int Keys);

/// <summary>Stores, changes, tests and removes the providers of an operator.</summary>
internal sealed class SaveIdentityProvider(LadewerkDb db, TenantContext tenant, ExternalAccounts people, OidcClient oidc, SiteAddress site, IOptions<OutgoingOptions> outgoing, AuditLog audit, TimeProvider time)
{
    private const int Most = 10;

    public IdentityProviderView View(IdentityProvider p) => new(
        p.Id, p.Name, p.Issuer, p.ClientId, p.ClientSecret.Length > 0, p.Scopes, p.LinkByEmail, p.CreateAccounts, p.EmailDomains, p.RoleClaim, p.Roles, p.DefaultRole, p.Enabled, site.Of(ExternalSignIn.CallbackPath).AbsoluteUri);

    public Task<List<IdentityProvider>> List(CancellationToken ct) => db.Set<IdentityProvider>().OrderBy(p => p.Name).ToListAsync(ct);

    public Task<IdentityProvider?> Find(Guid id, CancellationToken ct)
    {
        var key = new IdentityProviderId(id);
        return db.Set<IdentityProvider>().SingleOrDefaultAsync(p => p.Id == key, ct);
    }

    /// <summary>A new provider, or what is wrong with it.</summary>
    public async Task<(IdentityProvider? Made, Faults Faults)> Add(IdentityProviderPatch wish, CancellationToken ct)
    {
        var provider = new IdentityProvider { TenantId = tenant.Current, Name = "", Issuer = "", ClientId = "", ClientSecret = "", CreatedAt = time.GetUtcNow() };
        var faults = Fill(provider, wish);
        if (await db.Set<IdentityProvider>().CountAsync(ct) >= Most)
        {
            faults.Add("name", "There are ten already.");
        }

        if (faults.Any)
        {
            return (null, faults);
        }

        db.Add(provider);
        audit.Record("identityProvider.created", "identityProvider", provider.Id.ToString(), after: View(provider));
        await db.SaveChangesAsync(ct);
        return (provider, faults);
    }

    public async Task<Faults> Patch(IdentityProvider provider, IdentityProviderPatch patch, CancellationToken ct)
    {
        var before = View(provider);
        var faults = Fill(provider, patch);
        if (!faults.Any)
        {
            audit.Record("identityProvider.changed", "identityProvider", provider.Id.ToString(), before, View(provider));
            await db.SaveChangesAsync(ct);
        }

        return faults;
    }

    /// <summary>Nobody gets in by it any more; the accounts stay.</summary>
    public async Task Remove(IdentityProvider provider, CancellationToken ct)
    {
        audit.Record("identityProvider.removed", "identityProvider", provider.Id.ToString(), View(provider));
        var key = provider.Id.ToString();
        db.RemoveRange(await db.Set<Microsoft.AspNetCore.Identity.IdentityUserLogin<Guid>>().Where(l => l.LoginProvider == key).ToListAsync(ct));
        db.Remove(provider);
        await db.SaveChangesAsync(ct);
    }

    /// <summary>Asks the provider who it is and which keys it has.</summary>
    public async Task<ProviderTest> Test(IdentityProvider provider, CancellationToken ct)
    {
        try
        {
            var facts = await oidc.Discover(provider.Issuer, ct, afresh: true);
            var keys = await oidc.Keys(facts, ct, afresh: true);
            return new(keys.Count > 0, keys.Count > 0 ? null : "The provider publishes no key that we can use.", facts.Authorization.AbsoluteUri, keys.Count);
        }
        catch (OidcException e)
        {
            return new(Ok: false, e.Message, null, 0);
        }
    }

    private Faults Fill(IdentityProvider provider, IdentityProviderPatch patch)
    {
        (provider.Name, provider.Issuer, provider.ClientId) = (patch.Name?.Trim() ?? provider.Name, patch.Issuer?.Trim() ?? provider.Issuer, patch.ClientId?.Trim() ?? provider.ClientId);
        (provider.Scopes, provider.LinkByEmail, provider.CreateAccounts) = (patch.Scopes?.Trim() ?? provider.Scopes, patch.LinkByEmail ?? provider.LinkByEmail, patch.CreateAccounts ?? provider.CreateAccounts);
        provider.EmailDomains = patch.EmailDomains is { } domains ? [.. domains.Select(d => d.Trim().TrimStart('@').ToLowerInvariant()).Where(d => d.Length > 0)] : provider.EmailDomains;
        provider.RoleClaim = patch.RoleClaim.Or(provider.RoleClaim);
        provider.Roles = patch.Roles is { } roles ? [.. roles] : provider.Roles;
        provider.DefaultRole = patch.DefaultRole.Or(provider.DefaultRole);
        provider.Enabled = patch.Enabled ?? provider.Enabled;
        var faults = new Faults().Text("name", provider.Name, 60).Text("issuer", provider.Issuer, 500).Text("clientId", provider.ClientId, 300).Text("scopes", provider.Scopes, 300).Short("clientSecret", patch.ClientSecret, 1000)
            .Unless(Uri.TryCreate(provider.Issuer, UriKind.Absolute, out var issuer) && SafeHttp.IsAllowed(issuer, outgoing.Value) && issuer.Query.Length == 0, "issuer", "Not an https address.")
            .Unless(provider.Scopes.Split(' ').Contains("openid", StringComparer.Ordinal), "scopes", "Must contain openid.")
            .Unless(provider.EmailDomains.TrueForAll(d => Uri.CheckHostName(d) == UriHostNameType.Dns), "emailDomains", "Not a domain.")
            .Unless(provider.DefaultRole != Role.PlatformAdmin && provider.Roles.TrueForAll(r => r.Role != Role.PlatformAdmin && !string.IsNullOrWhiteSpace(r.Value)), "roles", "A provider cannot make somebody run the installation.");
        if (patch.ClientSecret is { } secret && !faults.Any)
        {
            provider.ClientSecret = people.Close(secret.Trim());
        }

        return faults;
    }
}
