using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Npgsql;

namespace Ladewerk.Access;

/// <summary>Makes an API key.</summary>
internal sealed class CreateApiKey(LadewerkDb db, NpgsqlDataSource data, TenantContext tenant, Actor actor, AuditLog audit, TimeProvider time)
{
    /// <summary>What is wrong with a wish, by field.</summary>
    public async Task<Dictionary<string, string[]>> Check(NewApiKey wish, CancellationToken ct)
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

        if (wish.IsLimited && wish.Permissions?.FirstOrDefault(p => !Permission.OfSites.Contains(p)) is { } wide)
        {
            errors["permissions"] = [$"{wide} counts for the whole tenant only."];
        }

        await Exist("site", "siteIds", wish.SiteIds, errors, ct);
        await Exist("organisation", "organisationIds", wish.OrganisationIds, errors, ct);
        return errors;
    }

    private async Task Exist(string table, string field, IReadOnlyList<Guid>? ids, Dictionary<string, string[]> errors, CancellationToken ct)
    {
        if (ids is { Count: > 0 } && await data.First($"select count(*) from {table} where tenant_id = $1 and id = any ($2)", r => r.GetInt64(0), ct, tenant.Current.Value, ids.ToArray()) < ids.Distinct().Count())
        {
            errors[field] = ["No such one."];
        }
    }

    /// <summary>Stores the key; the secret exists nowhere but in the answer.</summary>
    public async Task<(ApiKey Key, string Secret)> Run(NewApiKey wish, CancellationToken ct)
    {
        var secret = ApiKey.NewSecret();
        var key = new ApiKey
        {
            TenantId = tenant.Current, Name = wish.Name.Trim(), Hint = ApiKey.HintOf(secret), SecretHash = ApiKey.Hash(secret),
            Permissions = [.. (wish.Permissions ?? []).Distinct(StringComparer.Ordinal)], CreatedAt = time.GetUtcNow(), CreatedBy = actor.Name, ExpiresAt = wish.ExpiresAt,
            SiteIds = wish.IsLimited ? [.. (wish.SiteIds ?? []).Distinct()] : null, OrganisationIds = wish.IsLimited ? [.. (wish.OrganisationIds ?? []).Distinct()] : null,
        };
        db.Add(key);
        audit.Record("apiKey.created", "apiKey", key.Id.Value.ToString(), after: new { key.Name, key.Permissions, key.SiteIds, key.OrganisationIds, key.ExpiresAt });
        await db.SaveChangesAsync(ct);
        return (key, secret);
    }
}
