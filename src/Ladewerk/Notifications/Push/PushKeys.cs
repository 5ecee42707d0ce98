using System.Buffers.Text;
using System.Security.Cryptography;
using Ladewerk.Kernel;
using Microsoft.AspNetCore.DataProtection;
using Npgsql;

namespace Ladewerk.Notifications.Push;

/// <summary>The key pair by which push services know an operator (RFC 8292): made when it is first needed, kept encrypted.</summary>
internal sealed class PushKeys(NpgsqlDataSource data, IDataProtectionProvider protection, TimeProvider time)
{
    private readonly IDataProtector protector = protection.CreateProtector("Ladewerk.Notifications.Push");

    /// <summary>The public key as browsers want it (base64url).</summary>
    public async Task<string> Public(TenantId tenant, CancellationToken ct)
    {
        using var key = await Key(tenant, ct);
        return Base64Url.EncodeToString(PushCrypto.Point(key.ExportParameters(false)));
    }

    /// <summary>The key pair.</summary>
    public async Task<ECDsa> Key(TenantId tenant, CancellationToken ct)
    {
        const string Read = "select protected_key from push_key where tenant_id = $1";
        if (await data.First(Read, r => r.GetString(0), ct, tenant.Value) is not { } stored)
        {
            using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            await data.Run(
                "insert into push_key (tenant_id, public_key, protected_key, created_at) values ($1, $2, $3, $4) on conflict do nothing",
                ct, tenant.Value, Base64Url.EncodeToString(PushCrypto.Point(made.ExportParameters(false))), protector.Protect(Convert.ToBase64String(made.ExportPkcs8PrivateKey())), time.GetUtcNow());
            stored = await data.First(Read, r => r.GetString(0), ct, tenant.Value); // another node may have been first
        }

        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(Convert.FromBase64String(protector.Unprotect(stored!)), out _);
        return key;
    }

    public string Close(string message) => protector.Protect(message);

    public string Open(string closed) => protector.Unprotect(closed);
}
