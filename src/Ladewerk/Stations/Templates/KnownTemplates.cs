using System.Collections.Concurrent;
using System.Text.Json;
using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Stations.Templates;

/// <summary>The templates of every operator, in memory: what is decided when a station speaks or is spoken to need not ask for them.</summary>
public sealed class KnownTemplates(NpgsqlDataSource data, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1); // another node may have changed them

    private readonly ConcurrentDictionary<TenantId, (DateTimeOffset At, IReadOnlyList<StationTemplate> Templates)> tenants = new();

    /// <summary>All that hold for an operator: shipped ones, and own ones in their place.</summary>
    public async ValueTask<IReadOnlyList<StationTemplate>> Of(TenantId tenant, CancellationToken ct)
    {
        if (tenants.TryGetValue(tenant, out var known) && time.GetUtcNow() - known.At < Kept)
        {
            return known.Templates;
        }

        var at = time.GetUtcNow();
        var own = await data.Rows("select content::text from station_template where tenant_id = $1", r => JsonSerializer.Deserialize<StationTemplate>(r.GetString(0), Columns.Json)!, ct, tenant.Value);
        return (tenants[tenant] = (at, ShippedTemplates.Below(own))).Templates;
    }

    /// <summary>The template of a station; null where none fits.</summary>
    public async ValueTask<StationTemplate?> Of(ChargingStation station, CancellationToken ct) =>
        TemplateChoice.Of(await Of(station.TenantId, ct), station.Template, station.Vendor, station.Model, station.FirmwareVersion);

    /// <summary>The templates of an operator were changed.</summary>
    public void Changed(TenantId tenant) => tenants.TryRemove(tenant, out _);
}
