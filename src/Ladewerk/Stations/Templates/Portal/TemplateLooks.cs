using Ladewerk.Kernel;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Npgsql;

namespace Ladewerk.Stations.Templates.Portal;

/// <summary>How templates look.</summary>
internal static class TemplateLooks
{
    /// <summary>The technical data in one line.</summary>
    public static string Data(Texts texts, StationTemplate t) => string.Join(" · ", new[]
    {
        t.Data?.CurrentType switch { "DC" => "DC", "AC1" => texts["templates.ac", 1], "AC3" => texts["templates.ac", 3], _ => null },
        t.Data?.MaxPowerW is { } watts ? Show.Number(watts / 1000m, watts % 1000 == 0 ? 0 : 1) + " kW" : null,
        t.Data?.MaxA is { } amperes ? Show.Number(amperes, amperes % 1 == 0 ? 0 : 1) + " A" : null,
        t.Data?.Evses is { } evses ? texts["templates.evses", evses] : null,
    }.Where(p => p is not null));

    public static Look Of(KeyVerdict verdict) => verdict switch
    {
        KeyVerdict.Same => new("s-av", "circle-check", "templates.verdict.same"),
        KeyVerdict.Differs => new("s-su", "equal-not", "templates.verdict.differs"),
        KeyVerdict.Fixed => new("s-fa", "lock", "templates.verdict.fixed"),
        KeyVerdict.Missing => new("s-fa", "circle-x", "templates.verdict.missing"),
        KeyVerdict.Unknown => new("s-of", "circle-dashed", "templates.verdict.unknown"),
        KeyVerdict.Secret => new("s-of", "key", "templates.verdict.secret"),
        _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, "No such verdict."),
    };

    public static Look OfStation(string verdict) => verdict switch
    {
        "matches" => new("s-av", "circle-check", "templates.matches"),
        "differs" => new("s-su", "equal-not", "templates.differs"),
        _ => new("s-of", "circle-dashed", "templates.unknown"),
    };

    /// <summary>How many stations each template holds for, and how many of these differ.</summary>
    public static async Task<Dictionary<string, (int Stations, int Differing)>> Counts(NpgsqlDataSource data, Guid tenant, IReadOnlyList<StationTemplate> templates, CancellationToken ct)
    {
        var makes = await data.Rows(
            """
            select s.vendor, s.model, s.firmware_version, s.template, count(*)::int, count(*) filter (where t.verdict = 'differs')::int
            from charging_station s left join station_template_state t on t.station_id = s.id
            where s.tenant_id = $1 and s.removed_at is null group by 1, 2, 3, 4
            """,
            r => (Vendor: r.Get<string>(0), Model: r.Get<string>(1), Firmware: r.Get<string>(2), Assigned: r.Get<string>(3), Stations: r.GetInt32(4), Differing: r.GetInt32(5)),
            ct,
            tenant);
        return makes.Select(m => (TemplateChoice.Of(templates, m.Assigned, m.Vendor, m.Model, m.Firmware)?.Key, m.Stations, m.Differing)).Where(m => m.Key is not null)
            .GroupBy(m => m.Key!, StringComparer.Ordinal).ToDictionary(g => g.Key, g => (g.Sum(m => m.Stations), g.Sum(m => m.Differing)), StringComparer.Ordinal);
    }
}
