using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Ladewerk.Kernel;

namespace Ladewerk.Access;

[JsonConverter(typeof(TypedIdJson<ApiKeyId>))]
public readonly record struct ApiKeyId(Guid Value) : ITypedId<ApiKeyId>
{
    public static ApiKeyId From(Guid value) => new(value);

    public static ApiKeyId New() => new(Guid.CreateVersion7());
}

/// <summary>Lets another system in, with chosen permissions, until it expires or is revoked.</summary>
public sealed class ApiKey : ITenantOwned
{
    public ApiKeyId Id { get; init; } = ApiKeyId.New();
    public required TenantId TenantId { get; init; }
    public required string Name { get; set; }

    /// <summary>The first characters, enough to recognise it.</summary>
    public required string Hint { get; init; }

    /// <summary>SHA-256 of the key.</summary>
    public required byte[] SecretHash { get; init; }
    public required string[] Permissions { get; init; }

    /// <summary>The sites for which it counts, besides those of <see cref="OrganisationIds"/>; both null: the whole tenant.</summary>
    public Guid[]? SiteIds { get; init; }
    public Guid[]? OrganisationIds { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public required string CreatedBy { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? LastUsedAt { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>A new key: 256 random bits behind <c>lwk_</c>.</summary>
    public static string NewSecret() => "lwk_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>What is stored of a key.</summary>
    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <summary>What may be shown of a key later.</summary>
    public static string HintOf(string secret) => secret.Length < 16 ? "…" : secret[..8] + "…";
}
