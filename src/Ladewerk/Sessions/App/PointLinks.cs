using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Ladewerk.Kernel;
using Microsoft.AspNetCore.DataProtection;
using Npgsql;

namespace Ladewerk.Sessions.App;

/// <summary>Whether a link to a charge point is one of ours.</summary>
public enum LinkProof
{
    /// <summary>It says nothing: typed in, or from a sticker of before.</summary>
    None,
    Signed,

    /// <summary>Signed for another charge point, or by somebody else.</summary>
    Forged,
}

/// <summary>Signs the links on stickers, each for its charge point: who pastes a code of their own making over ours is found out.</summary>
internal sealed class PointLinks(NpgsqlDataSource data, IDataProtectionProvider protection, TimeProvider time)
{
    /// <summary>Bytes of the hash in a link: enough that nobody guesses one, and little to scan.</summary>
    private const int Length = 9;

    private readonly IDataProtector box = protection.CreateProtector("Ladewerk.Sessions.PointLinks");
    private readonly ConcurrentDictionary<TenantId, byte[]> keys = new();

    /// <summary>The proof for a charge point's link.</summary>
    public async Task<string> Sign(ChargePoint point, CancellationToken ct) => Base64Url.EncodeToString(Hash(await Key(point.Tenant, ct), point));

    /// <param name="proof">As the link says it; null or empty: it says nothing.</param>
    public async Task<LinkProof> Check(ChargePoint point, string? proof, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(proof))
        {
            return LinkProof.None;
        }

        byte[] told = proof.Length <= 64 && Base64Url.IsValid(proof) ? Base64Url.DecodeFromChars(proof) : [];
        var wanted = Hash(await Key(point.Tenant, ct), point);
        return CryptographicOperations.FixedTimeEquals(told, wanted) ? LinkProof.Signed : LinkProof.Forged;
    }

    // The station and its EVSE, not the words for them: a code on a pole outlives a new name.
    private static byte[] Hash(byte[] key, ChargePoint point) =>
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(FormattableString.Invariant($"ladewerk-point:{point.Station.Value:N}:{point.Number}")))[..Length];

    private async Task<byte[]> Key(TenantId tenant, CancellationToken ct)
    {
        if (keys.TryGetValue(tenant, out var known))
        {
            return known;
        }

        await using var command = data.CreateCommand(
            """
            with made as (insert into point_link_key (tenant_id, key_sealed, created_at) values ($1, $2, $3) on conflict do nothing returning key_sealed)
            select key_sealed from made union all select key_sealed from point_link_key where tenant_id = $1
            """);
        command.Parameters.Add(new() { Value = tenant.Value });
        command.Parameters.Add(new() { Value = box.Protect(Convert.ToHexString(RandomNumberGenerator.GetBytes(32))) });
        command.Parameters.Add(new() { Value = time.GetUtcNow() });
        // Two that make the first one at once: the second sees neither its own nor the other's, and asks again.
        var closed = await command.ExecuteScalarAsync(ct) as string ?? (string)(await command.ExecuteScalarAsync(ct))!;
        return keys[tenant] = Convert.FromHexString(box.Unprotect(closed));
    }
}
