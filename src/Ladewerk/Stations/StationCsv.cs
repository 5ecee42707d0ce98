using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations;

/// <summary>One thing wrong with one line.</summary>
/// <param name="Line">Line of the file; the header is line 1.</param>
/// <param name="Field">The column.</param>
public sealed record ImportFault(int Line, string Field, string Fault);

/// <summary>What an import did, or with <c>dryRun</c> would do. With any fault nothing is imported.</summary>
public sealed record ImportReport(bool DryRun, int Lines, int Stations, int Created, IReadOnlyList<ImportFault> Faults);

/// <summary>
/// Stations as a table: one line for each connector; lines of one id are one station, and the first of them says what holds for the
/// station. Comma, semicolon or tab; UTF-8.
/// </summary>
internal sealed class StationCsv(LadewerkDb db, RegisterStation register, PlanLimit plan)
{
    /// <summary>How the fault begins that the file has more stations than the plan allows; then comes the plan's number.</summary>
    public const string PlanFault = "Charge points that the plan allows:";

    private const int MostLines = 50_000;

    /// <summary>The columns; only id is required.</summary>
    public static readonly string[] Header =
    [
        "id", "name", "site", "password", "securityProfile", "evse", "evseId", "maxPowerW", "currentType", "connector", "connectorType", "connectorFormat",
    ];

    /// <summary>Reads, checks and, unless <paramref name="dryRun"/> or at fault, registers.</summary>
    /// <param name="tellsPlan">Whether more stations than the plan allows are a fault of the file; else they are a problem of the request.</param>
    public async Task<ImportReport> Import(string file, bool dryRun, CancellationToken ct, bool tellsPlan = false)
    {
        var faults = new List<ImportFault>();
        var lines = Read(file, faults);
        var sites = await db.Set<Site>().AsNoTracking().ToDictionaryAsync(s => s.Name.ToLowerInvariant(), s => s.Id, StringComparer.Ordinal, ct);
        var taken = (await db.Set<ChargingStation>().Where(s => s.RemovedAt == null).Select(s => s.IdentityKey).ToListAsync(ct)).ToHashSet(StringComparer.Ordinal);
        var wishes = new List<NewStation>();
        foreach (var group in lines.GroupBy(l => StationIdentity.Key(l["id"]), StringComparer.Ordinal))
        {
            var wish = Wish([.. group], sites, faults);
            foreach (var (field, messages) in (await register.Check(wish with { SiteId = null }, ct)).Errors)
            {
                faults.AddRange(messages.Select(m => new ImportFault(group.First().Number, Column(field), m)));
            }

            if (taken.Contains(group.Key))
            {
                faults.Add(new(group.First().Number, "id", "There already is a station of this id."));
            }

            wishes.Add(wish);
        }

        if ((dryRun || tellsPlan) && faults.Count == 0 && await plan.Beyond(wishes.Count, ct) is { } most)
        {
            faults.Add(new(1, "id", string.Create(CultureInfo.InvariantCulture, $"{PlanFault} {most}.")));
        }

        if (!dryRun && faults.Count == 0)
        {
            wishes.ForEach(w => register.Add(w));
            await db.SaveChangesAsync(ct);
        }

        return new ImportReport(dryRun, lines.Count, wishes.Count, dryRun || faults.Count > 0 ? 0 : wishes.Count, [.. faults.OrderBy(f => f.Line)]);
    }

    /// <summary>Writes stations as the import reads them; passwords are not among it, for nobody knows them.</summary>
    public static async Task Export(TextWriter file, IEnumerable<StationView> stations)
    {
        await file.WriteAsync(Csv.Write(Header));
        foreach (var station in stations)
        {
            var connectors = station.Evses.SelectMany(e => e.Connectors.Select(c => ((EvseView?)e, (ConnectorView?)c))).DefaultIfEmpty((null, null));
            foreach (var (evse, connector) in connectors)
            {
                object?[] cells =
                [
                    station.Id, station.Name, station.SiteName, null, station.SecurityProfile, evse?.Id, evse?.EvseId, evse?.MaxPowerW?.Value, evse?.CurrentType,
                    connector?.Id, connector?.Type, connector?.Format,
                ];
                await file.WriteAsync(Csv.Write(cells.Select(cell => Convert.ToString(cell, CultureInfo.InvariantCulture))));
            }
        }
    }

    private static List<Line> Read(string file, List<ImportFault> faults)
    {
        var table = Csv.Read(file, Csv.DelimiterOf(file)).ToList();
        if (table is not [var header, .. var rows] || !header.Cells.Contains("id", StringComparer.OrdinalIgnoreCase))
        {
            faults.Add(new(1, "id", $"The first line names the columns: {string.Join(", ", Header)}."));
            return [];
        }

        faults.AddRange(header.Cells.Where(h => !Header.Contains(h, StringComparer.OrdinalIgnoreCase)).Select(h => new ImportFault(1, h, "No such column.")));
        if (rows.Count > MostLines)
        {
            faults.Add(new(MostLines + 2, "id", $"At most {MostLines} lines."));
            return [];
        }

        return [.. rows.Select(row => new Line(row.Number, header.Cells.Zip(row.Cells).Where(c => c.Second.Length > 0)
            .GroupBy(c => c.First, StringComparer.OrdinalIgnoreCase).ToDictionary(c => c.Key, c => c.First().Second, StringComparer.OrdinalIgnoreCase)))];
    }

    private static NewStation Wish(IReadOnlyList<Line> lines, Dictionary<string, SiteId> sites, List<ImportFault> faults)
    {
        var first = lines[0];
        SiteId? site = null;
        if (first["site"] is { Length: > 0 } name && sites.TryGetValue(name.ToLowerInvariant(), out var found))
        {
            site = found;
        }
        else if (first["site"].Length > 0)
        {
            faults.Add(new(first.Number, "site", "No such site."));
        }

        var evses = lines.Where(l => l.Has("evse") || l.Has("connector")).GroupBy(l => l.Number32("evse", faults) ?? 1).Select(e => new NewEvse(
            e.Key, e.Select(l => l.Optional("evseId")).FirstOrDefault(v => v is not null), e.First().Number32("maxPowerW", faults) is { } watts ? new Watts(watts) : null, e.First().Optional("currentType"),
            [.. e.Select(l => new NewConnector(l.Number32("connector", faults) ?? 1, l.Optional("connectorType"), l.Optional("connectorFormat")))]));
        return new NewStation(first["id"], site, first.Optional("name"), first.Optional("password"), SecurityProfile: first.Number32("securityProfile", faults), Evses: [.. evses]);
    }

    private static string Column(string field) => field switch
    {
        _ when field.EndsWith(".evseId", StringComparison.Ordinal) => "evseId",
        _ when field.EndsWith(".maxPowerW", StringComparison.Ordinal) => "maxPowerW",
        _ when field.EndsWith(".currentType", StringComparison.Ordinal) => "currentType",
        _ when field.EndsWith(".connectors", StringComparison.Ordinal) => "connector",
        _ when field.StartsWith("evses", StringComparison.Ordinal) => "evse",
        _ => field,
    };

    private sealed record Line(int Number, IReadOnlyDictionary<string, string> Cells)
    {
        public string this[string column] => Cells.GetValueOrDefault(column) ?? "";

        public bool Has(string column) => Cells.ContainsKey(column);

        public string? Optional(string column) => Cells.GetValueOrDefault(column);

        public int? Number32(string column, List<ImportFault> faults)
        {
            if (Optional(column) is not { } text)
            {
                return null;
            }

            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return number;
            }

            faults.Add(new(Number, column, "Not a number."));
            return null;
        }
    }
}
