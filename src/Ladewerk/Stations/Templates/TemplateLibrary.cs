using System.Reflection;
using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Templates;

/// <summary>The templates that come with the product: what the makers' public data sheets say.</summary>
internal static class ShippedTemplates
{
    private static readonly Lazy<IReadOnlyList<StationTemplate>> Loaded = new(() => Load());

    public static IReadOnlyList<StationTemplate> All => Loaded.Value;

    /// <summary>All that hold: an own one stands in the place of a shipped one of the same key.</summary>
    public static IReadOnlyList<StationTemplate> Below(IReadOnlyList<StationTemplate> own) =>
        [.. own.Concat(All.ExceptBy(own.Select(t => t.Key), t => t.Key, StringComparer.Ordinal)).OrderBy(t => t.Name, StringComparer.OrdinalIgnoreCase)];

    private static List<StationTemplate> Load()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Ladewerk.Stations.Templates.models.json") ?? throw new InvalidOperationException("The shipped templates are not embedded.");
        return JsonSerializer.Deserialize<List<StationTemplate>>(stream, ApiJson.Options)!;
    }
}

/// <summary>Shipped and own templates of the scope's tenant.</summary>
internal sealed class TemplateLibrary(LadewerkDb db)
{
    private IReadOnlyList<StationTemplate>? all;

    /// <summary>All that hold: an own one stands in the place of a shipped one of the same key.</summary>
    public async Task<IReadOnlyList<StationTemplate>> All(CancellationToken ct)
    {
        if (all is null)
        {
            var own = await Own(ct);
            all = ShippedTemplates.Below([.. own.Select(o => o.Content)]);
        }

        return all;
    }

    public Task<List<OwnTemplate>> Own(CancellationToken ct) => db.Set<OwnTemplate>().AsNoTracking().ToListAsync(ct);

    /// <summary>The template that holds for a station, with whether a person chose it.</summary>
    public async Task<(StationTemplate? Template, bool Assigned)> Of(ChargingStation station, CancellationToken ct)
    {
        return (TemplateChoice.Of(await All(ct), station.Template, station.Vendor, station.Model, station.FirmwareVersion), station.Template is not null);
    }
}
