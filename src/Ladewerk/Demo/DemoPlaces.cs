namespace Ladewerk.Demo;

/// <summary>A site of the demonstration utility.</summary>
internal sealed record DemoSite(
    string Key, string Name, string Street, string PostalCode, string City, double Latitude, double Longitude, string Access, string OpeningHours, decimal GridKw, IReadOnlyList<DemoStation> Stations);

/// <summary>A station of the demonstration utility.</summary>
/// <param name="Identity">As it dials in.</param>
/// <param name="Name">What people call it.</param>
/// <param name="IsDc">Direct current with CCS cables, else type 2 sockets.</param>
/// <param name="PowerW">Of each charge point.</param>
/// <param name="Points">Charge points, each with one connector.</param>
internal sealed record DemoStation(string Identity, string Name, string Vendor, string Model, bool IsDc, int PowerW, int Points)
{
    public string SerialNumber => $"SN{Identity.Replace("-", string.Empty, StringComparison.Ordinal)}";
}

/// <summary>Where "Stadtwerke Musterstadt" charges: three sites, twelve stations. The town is made up.</summary>
internal static class DemoPlaces
{
    /// <summary>Marks the stations as what they are.</summary>
    public const string Vendor = "Ladewerk Demo";

    public static IReadOnlyList<DemoSite> Sites { get; } =
    [
        new("HBF", "Hauptbahnhof", "Bahnhofsplatz 1", "12345", "Musterstadt", 51.1661, 10.4519, "public", "24/7", 1000,
        [
            new("SWM-HBF-01", "Schnelllader Nord", Vendor, "Volta 150", IsDc: true, 150_000, 2),
            new("SWM-HBF-02", "Schnelllader Süd", Vendor, "Volta 300", IsDc: true, 300_000, 2),
            new("SWM-HBF-03", "Vorplatz 1", Vendor, "Stele 22", IsDc: false, 22_000, 2),
            new("SWM-HBF-04", "Vorplatz 2", Vendor, "Stele 22", IsDc: false, 22_000, 2),
            new("SWM-HBF-05", "Taxistand", Vendor, "Volta 50", IsDc: true, 50_000, 1),
        ]),
        new("ALT", "Parkhaus Altstadt", "Am Markt 12", "12345", "Musterstadt", 51.1689, 10.4563, "public", "06:00-24:00", 160,
        [
            new("SWM-ALT-01", "Ebene 1, links", Vendor, "Wand 11", IsDc: false, 11_000, 2),
            new("SWM-ALT-02", "Ebene 1, rechts", Vendor, "Wand 11", IsDc: false, 11_000, 2),
            new("SWM-ALT-03", "Ebene 2, links", Vendor, "Wand 11", IsDc: false, 11_000, 2),
            new("SWM-ALT-04", "Ebene 2, rechts", Vendor, "Stele 22", IsDc: false, 22_000, 2),
        ]),
        new("BTH", "Betriebshof", "Industriestraße 40", "12347", "Musterstadt", 51.1587, 10.4431, "private", "24/7", 250,
        [
            new("SWM-BTH-01", "Fuhrpark 1", Vendor, "Stele 22", IsDc: false, 22_000, 2),
            new("SWM-BTH-02", "Fuhrpark 2", Vendor, "Wand 11", IsDc: false, 11_000, 2),
            new("SWM-BTH-03", "Werkstatt", Vendor, "Volta 50", IsDc: true, 50_000, 1),
        ]),
    ];

    /// <summary>EVSE-ID as it stands on the sticker.</summary>
    public static string EvseId(DemoStation station, int point) => $"DE*SWM*E{station.Identity["SWM-".Length..].Replace("-", string.Empty, StringComparison.Ordinal)}*{point}";
}
