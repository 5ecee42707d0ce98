using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;

namespace Ladewerk.Access;

/// <summary>Makes an API key.</summary>
internal sealed class CreateApiKey(LadewerkDb db, TenantContext tenant, Actor actor, AuditLog audit, TimeProvider time)
{
    /// <summary>What is wrong with a wish, by field.</summary>
    public Dictionary<string, string[]> Check(NewApiKey wish)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (string.IsNullOrWhiteSpace(wish.Name) || wish.Name.Length > 100)
        {
            errors["name"] = ["1 to 100 characters."];
        }

        if (wish.Permissions?.Except(Permission.All, StringComparer.Ordinal).ToArray() is { Length: > 0 } unknown)
        {
            errors["permissions"] = [$"Unknown: {string.Join(", ", unknown)}."];
        }

        if (wish.ExpiresAt <= time.GetUtcNow())
        {
            errors["expiresAt"] = ["Lies in the past."];
        }

        return errors;
    }

    /// <summary>Stores the key; the secret exists nowhere but in the answer.</summary>
    public async Task<(ApiKey Key, string Secret)> Run(NewApiKey wish, CancellationToken ct)
    {
        var secret = ApiKey.NewSecret();
        var key = new ApiKey
        {
            TenantId = tenant.Current, Name = wish.Name.Trim(), Hint = ApiKey.HintOf(secret), SecretHash = ApiKey.Hash(secret),
            Permissions = [.. (wish.Permissions ?? []).Distinct(StringComparer.Ordinal)], CreatedAt = time.GetUtcNow(), CreatedBy = actor.Name, ExpiresAt = wish.ExpiresAt,
        };
        db.Add(key);
        audit.Record("apiKey.created", "apiKey", key.Id.Value.ToString(), after: new { key.Name, key.Permissions, key.ExpiresAt });
        await db.SaveChangesAsync(ct);
        return (key, secret);
    }
}
