using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Security;

/// <summary>An authority to sign from now on; the one before stays trusted for what it signed.</summary>
/// <param name="Rsa">Embedded: RSA 3072 for stations that know no elliptic curves; else P-256.</param>
/// <param name="Url">External: where requests are posted.</param>
/// <param name="Token">External: bearer token.</param>
public sealed record NewAuthority(AuthorityKind Kind, string? Name = null, bool Rsa = false, string? Url = null, string? Token = null);

/// <summary>Chooses who signs for the operator's stations.</summary>
internal sealed class SetAuthority(LadewerkDb db, TenantContext tenant, EmbeddedAuthority embedded, KeyBox box, ClientTrust trust, AuditLog audit, TimeProvider time)
{
    /// <summary>The one that signs; null where there is none yet.</summary>
    public Task<CertificateAuthority?> Active(CancellationToken ct) => db.Set<CertificateAuthority>().SingleOrDefaultAsync(a => a.RetiredAt == null, ct);

    /// <summary>The one that signs; an embedded one is made on first need.</summary>
    public async Task<CertificateAuthority> ActiveOrNew(CancellationToken ct)
    {
        if (await Active(ct) is { } there)
        {
            return there;
        }

        try
        {
            return await Add(new NewAuthority(AuthorityKind.Embedded), ct);
        }
        catch (DbUpdateException) when (!ct.IsCancellationRequested)
        {
            db.ChangeTracker.Clear(); // another node was first
            return await db.Set<CertificateAuthority>().SingleAsync(a => a.RetiredAt == null, ct);
        }
    }

    /// <summary>Null: done.</summary>
    public async Task<(CertificateAuthority? Authority, Faults? Faults)> Run(NewAuthority wish, CancellationToken ct)
    {
        var faults = new Faults().Short("name", wish.Name, 64).Short("token", wish.Token, 4000);
        if (wish.Kind == AuthorityKind.External)
        {
            faults.Unless(Uri.TryCreate(wish.Url, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback)), "url", "An https address.");
        }

        return faults.Any ? (null, faults) : (await Add(wish, ct), null);
    }

    /// <summary>Refuses whatever an authority has signed. False: no such one.</summary>
    public async Task<bool> Distrust(Guid id, CancellationToken ct)
    {
        if (await db.Set<CertificateAuthority>().SingleOrDefaultAsync(a => a.Id == id, ct) is not { } authority)
        {
            return false;
        }

        var now = time.GetUtcNow();
        (authority.RetiredAt, authority.DistrustedAt) = (authority.RetiredAt ?? now, authority.DistrustedAt ?? now);
        audit.Record("certificateAuthority.distrusted", "certificateAuthority", id.ToString(), new { authority.Name });
        await db.SaveChangesAsync(ct);
        trust.Forget(tenant.Current);
        return true;
    }

    private async Task<CertificateAuthority> Add(NewAuthority wish, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var company = await db.Set<Tenant>().Where(t => t.Id == tenant.Current).Select(t => t.Name).SingleAsync(ct);
        var name = wish.Name?.Trim() is { Length: > 0 } given ? given : wish.Kind == AuthorityKind.Embedded ? $"{company} Charging CA" : new Uri(wish.Url!).Host;
        var own = wish.Kind == AuthorityKind.Embedded ? embedded.Make(name, company, wish.Rsa) : null;
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Set<CertificateAuthority>().Where(a => a.RetiredAt == null).ExecuteUpdateAsync(u => u.SetProperty(a => a.RetiredAt, now), ct);
        var authority = new CertificateAuthority
        {
            TenantId = tenant.Current, Kind = wish.Kind, Name = name, Certificate = own?.Certificate, ProtectedKey = own?.ProtectedKey, NotAfter = own?.NotAfter, Url = wish.Url,
            ProtectedToken = wish.Token is { Length: > 0 } token ? box.Protect(token) : null, CreatedAt = now,
        };
        db.Add(authority);
        audit.Record("certificateAuthority.created", "certificateAuthority", authority.Id.ToString(), after: new { authority.Name, authority.Kind, authority.Url, wish.Rsa });
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        trust.Forget(tenant.Current);
        return authority;
    }
}
