using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Stations.Security;

/// <summary>
/// Judges the client certificates of stations against the root store of their operator: all in memory and without network, so that ten
/// thousand may come back at once.
/// </summary>
internal sealed class ClientTrust(NpgsqlDataSource database, TimeProvider time)
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const X509ChainStatusFlags Allowed = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30); // what another node has changed is known after so long

    private readonly ConcurrentDictionary<TenantId, Lazy<Task<Store>>> stores = new();

    /// <summary>What is wrong with a certificate, as it is kept with the refused attempt; null: nothing.</summary>
    public async ValueTask<string?> Fault(TenantId tenant, string identity, X509Certificate2 certificate, X509Certificate2Collection intermediates, CancellationToken ct)
    {
        var (store, now) = (await StoreOf(tenant), time.GetUtcNow().UtcDateTime);
        if (now > certificate.NotAfter.ToUniversalTime())
        {
            return "clientCertificateExpired";
        }

        if (now < certificate.NotBefore.ToUniversalTime())
        {
            return "clientCertificateNotYetValid";
        }

        if (!Vouched(store, certificate, intermediates, now))
        {
            return await IsOfAnother(tenant, certificate, ct) ? "clientCertificateOfAnotherOperator"
                : certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData) ? "clientCertificateSelfSigned" : "clientCertificateUntrusted";
        }

        return store.Revoked.Contains(Certificates.Thumbprint(certificate)) ? "clientCertificateRevoked"
            : Certificates.Names(certificate).Any(name => StationIdentity.Key(name) == StationIdentity.Key(identity)) ? null : "clientCertificateOfAnotherStation";
    }

    /// <summary>The root store or a revocation has changed.</summary>
    public void Forget(TenantId tenant) => stores.TryRemove(tenant, out _);

    private async ValueTask<Store> StoreOf(TenantId tenant)
    {
        while (true)
        {
            var entry = stores.GetOrAdd(tenant, id => new Lazy<Task<Store>>(() => Load(id)));
            try
            {
                var store = await entry.Value;
                if (time.GetUtcNow() - store.LoadedAt < Fresh)
                {
                    return store;
                }
            }
            catch (NpgsqlException)
            {
                stores.TryRemove(new(tenant, entry)); // not remembered: the next one asks again
                throw;
            }

            stores.TryRemove(new(tenant, entry));
        }
    }

    private async Task<Store> Load(TenantId tenant)
    {
        var now = time.GetUtcNow();
        var pems = await database.Rows("""
            select certificate from trusted_certificate where tenant_id = $1 and use = 'stations'
            union select certificate from certificate_authority where tenant_id = $1 and distrusted_at is null and certificate is not null
            """, r => r.GetString(0), CancellationToken.None, tenant.Value);
        var revoked = await database.Rows(
            "select thumbprint from station_certificate where tenant_id = $1 and status = 'revoked' and not_after > $2", r => r.GetString(0), CancellationToken.None, tenant.Value, now);
        var trusted = new X509Certificate2Collection();
        pems.ForEach(pem => trusted.ImportFromPem(pem));
        return new Store(trusted, [.. trusted.Select(Certificates.Thumbprint)], [.. revoked], now);
    }

    /// <summary>Whether the chain leads to a certificate that the operator trusts; that may be an intermediate one.</summary>
    private static bool Vouched(Store store, X509Certificate2 certificate, X509Certificate2Collection intermediates, DateTime now)
    {
        if (store.Trusted.Count == 0)
        {
            return false;
        }

        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(store.Trusted);
        policy.ExtraStore.AddRange(store.Trusted);
        policy.ExtraStore.AddRange(intermediates);
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
        policy.VerificationTime = now;
        policy.ApplicationPolicy.Add(new(ClientAuthentication));
        policy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        chain.Build(certificate);
        try
        {
            var elements = chain.ChainElements;
            return chain.ChainStatus.All(s => (s.Status & ~Allowed) == X509ChainStatusFlags.NoError)
                && elements.Skip(1).Any(e => store.Thumbprints.Contains(Certificates.Thumbprint(e.Certificate)));
        }
        finally
        {
            foreach (var element in chain.ChainElements)
            {
                element.Certificate.Dispose();
            }
        }
    }

    private async Task<bool> IsOfAnother(TenantId tenant, X509Certificate2 certificate, CancellationToken ct) => await database.First(
        "select 1 from station_certificate where thumbprint = $1 and tenant_id <> $2", r => r.GetInt32(0), ct, Certificates.Thumbprint(certificate), tenant.Value) == 1;

    private sealed record Store(X509Certificate2Collection Trusted, HashSet<string> Thumbprints, HashSet<string> Revoked, DateTimeOffset LoadedAt);
}
