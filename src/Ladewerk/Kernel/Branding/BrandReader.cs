using System.Collections.Concurrent;
using System.Text.Json;
using Npgsql;

namespace Ladewerk.Kernel.Branding;

/// <summary>
/// The one reader of brands: pages, mails and documents all ask it. What was read is kept for moments, so that a change counts almost at once on
/// every node and no page costs a query of its own.
/// </summary>
public sealed class BrandReader(NpgsqlDataSource data, TimeProvider time)
{
    private const string Sql = "select slug, name, profile::text, brand::text, logo_type, logo, id from public.tenant where id = $1";
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(5);
    private const int MostKept = 100; // logos are up to 200 kB

    private readonly ConcurrentDictionary<TenantId, (DateTimeOffset At, Brand Brand)> known = new();

    /// <summary>The brand of a tenant.</summary>
    /// <exception cref="InvalidOperationException">There is no such tenant.</exception>
    public async Task<Brand> Of(TenantId tenant, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (known.TryGetValue(tenant, out var kept) && (now - kept.At).Duration() < Kept)
        {
            return kept.Brand;
        }

        if (known.Count >= MostKept)
        {
            known.Clear();
        }

        var brand = await data.First(Sql, Read, ct, tenant.Value) ?? throw new InvalidOperationException("There is no such tenant.");
        known[tenant] = (now, brand);
        return brand;
    }

    /// <summary>The brand of who has this name in addresses; null where there is nobody.</summary>
    public async Task<Brand?> Find(string slug, CancellationToken ct) =>
        known.Values.FirstOrDefault(k => k.Brand.Slug == slug) is { Brand: { } kept } ? await Of(kept.Tenant, ct)
        : await data.First<TenantId?>("select id from public.tenant where slug = $1", row => new TenantId(row.GetGuid(0)), ct, slug) is { } tenant ? await Of(tenant, ct) : null;

    /// <summary>Something has changed here.</summary>
    public void Forget(TenantId tenant) => known.TryRemove(tenant, out _);

    private static Brand Read(NpgsqlDataReader row) => new(
        new TenantId(row.GetGuid(6)), row.GetString(0), row.GetString(1), JsonSerializer.Deserialize<TenantProfile>(row.GetString(2), Columns.Json)!,
        JsonSerializer.Deserialize<TenantBrand>(row.GetString(3), Columns.Json)!, Logo.Stored(row.Get<string>(4), row.Get<byte[]>(5)));
}
