using System.Collections.Concurrent;
using Npgsql;

namespace Ladewerk.Kernel;

/// <summary>Which modules an operator has: read from the database, kept for moments, so that a change counts almost at once on every node.</summary>
public sealed class TenantModules(NpgsqlDataSource data, TimeProvider time)
{
    private const int MostKept = 10_000;
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<TenantId, (DateTimeOffset At, string[] Modules)> known = new();

    /// <summary>The names of the tenant's modules, see <see cref="Http.Module"/>.</summary>
    public async Task<IReadOnlyList<string>> Of(TenantId tenant, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (known.TryGetValue(tenant, out var kept) && (now - kept.At).Duration() < Kept)
        {
            return kept.Modules;
        }

        if (known.Count >= MostKept)
        {
            known.Clear();
        }

        var modules = await data.First("select modules from public.tenant where id = $1", row => row.GetFieldValue<string[]>(0), ct, tenant.Value) ?? [];
        known[tenant] = (now, modules);
        return modules;
    }

    /// <summary>Whether the tenant has the module; null asks for none.</summary>
    public async Task<bool> Has(TenantId tenant, string? module, CancellationToken ct) => module is null || (await Of(tenant, ct)).Contains(module, StringComparer.Ordinal);

    /// <summary>Something has changed here.</summary>
    public void Forget() => known.Clear();
}
