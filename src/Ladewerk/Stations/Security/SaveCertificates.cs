using System.Security.Cryptography.X509Certificates;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Security;

/// <summary>Keeps the root store, and revokes certificates of stations.</summary>
internal sealed class SaveCertificates(LadewerkDb db, TenantContext tenant, ClientTrust trust, StationRegistry registry, AuditLog audit, TimeProvider time)
{
    private const int LongestPem = 100_000;

    public async Task<IReadOnlyList<TrustedCertificate>> Roots(TrustUse? use, CancellationToken ct) =>
        await db.Set<TrustedCertificate>().AsNoTracking().Where(t => use == null || t.Use == use).OrderBy(t => t.Use).ThenBy(t => t.Subject).Take(Paging.MaxLimit).ToListAsync(ct);

    /// <summary>Enters each certificate of a PEM text; one that is there already stays.</summary>
    public async Task<(IReadOnlyList<TrustedCertificate> Added, Faults Faults)> AddRoots(NewTrustedCertificate wish, CancellationToken ct)
    {
        var found = wish.Certificate.Length <= LongestPem ? Certificates.Read(wish.Certificate) : null;
        var faults = new Faults().Unless(found is not null, "certificate", "Certificates in PEM: -----BEGIN CERTIFICATE----- ...")
            .Unless(found is null || found.All(IsAuthority), "certificate", "Only certificates of authorities (CA:TRUE) vouch for others.");
        if (faults.Any)
        {
            return ([], faults);
        }

        var added = new List<TrustedCertificate>();
        foreach (var certificate in found!)
        {
            var row = Row(wish.Use, certificate);
            if (!await db.Set<TrustedCertificate>().AnyAsync(t => t.Use == row.Use && t.Thumbprint == row.Thumbprint, ct))
            {
                db.Add(row);
                added.Add(row);
                audit.Record("trustedCertificate.added", "trustedCertificate", row.Id.ToString(), after: new { row.Use, row.Subject, row.SerialNumber, row.Thumbprint });
            }
        }

        await db.SaveChangesAsync(ct);
        trust.Forget(tenant.Current);
        return (added, faults);
    }

    /// <summary>False: no such one.</summary>
    public async Task<bool> RemoveRoot(Guid id, CancellationToken ct)
    {
        if (await db.Set<TrustedCertificate>().SingleOrDefaultAsync(t => t.Id == id, ct) is not { } root)
        {
            return false;
        }

        db.Remove(root);
        audit.Record("trustedCertificate.removed", "trustedCertificate", id.ToString(), new { root.Use, root.Subject, root.SerialNumber, root.Thumbprint });
        await db.SaveChangesAsync(ct);
        trust.Forget(tenant.Current);
        return true;
    }

    /// <summary>Lets nobody in with a certificate any more; a station that is in goes, and comes back only with another. False: no such one.</summary>
    public async Task<bool> Revoke(Guid id, string? reason, CancellationToken ct)
    {
        if (await db.Set<StationCertificate>().SingleOrDefaultAsync(c => c.Id == id && c.Thumbprint != null, ct) is not { } certificate)
        {
            return false;
        }

        if (certificate.Status != CertificateStatus.Revoked)
        {
            (certificate.Status, certificate.RevokedAt, certificate.NextTryAt) = (CertificateStatus.Revoked, time.GetUtcNow(), null);
            certificate.Reason = reason is { Length: > 200 } ? reason[..200] : reason;
            audit.Record("stationCertificate.revoked", "stationCertificate", id.ToString(), after: new { certificate.Subject, certificate.SerialNumber, certificate.Reason });
            await db.SaveChangesAsync(ct);
            trust.Forget(tenant.Current);
            if (registry.TryGet(certificate.StationId, out var link))
            {
                await link.Close("certificate revoked");
            }
        }

        return true;
    }

    private TrustedCertificate Row(TrustUse use, X509Certificate2 certificate) => new()
    {
        TenantId = tenant.Current, Use = use, Thumbprint = Certificates.Thumbprint(certificate), Subject = certificate.Subject, Issuer = certificate.Issuer,
        SerialNumber = certificate.SerialNumber, NotBefore = new DateTimeOffset(certificate.NotBefore).ToUniversalTime(), NotAfter = new DateTimeOffset(certificate.NotAfter).ToUniversalTime(),
        Certificate = certificate.ExportCertificatePem(), AddedAt = time.GetUtcNow(),
    };

    private static bool IsAuthority(X509Certificate2 certificate) => certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(e => e.CertificateAuthority);
}
