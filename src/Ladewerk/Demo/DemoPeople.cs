namespace Ladewerk.Demo;

/// <summary>A driver of the demonstration utility, with card and billing account.</summary>
/// <param name="Name">Made up.</param>
/// <param name="Uid">Of the card.</param>
/// <param name="Company">Who pays, when it is not the driver.</param>
internal sealed record DemoDriver(string Name, string Uid, string Street, string? Company = null, string? Group = null, string Status = "accepted")
{
    public string Email => $"{Name.ToLowerInvariant().Replace("ä", "ae").Replace("ö", "oe").Replace("ü", "ue").Replace("ß", "ss").Replace(' ', '.')}@example.org";
}

/// <summary>Who charges in Musterstadt: twenty drivers, four of them of the utility's own fleet.</summary>
internal static class DemoPeople
{
    /// <summary>Group of the utility's own staff, for whom a tariff of their own holds.</summary>
    public const string StaffGroup = "SWM-STAFF";

    public static IReadOnlyList<DemoDriver> Drivers { get; } =
    [
        new("Anna Berger", "04A1B2C3D40101", "Lindenweg 3"),
        new("Boris Claasen", "04A1B2C3D40102", "Gartenstraße 17"),
        new("Carla Dietz", "04A1B2C3D40103", "Am Mühlbach 8"),
        new("David Ebert", "04A1B2C3D40104", "Schulstraße 22"),
        new("Elif Kaya", "04A1B2C3D40105", "Rosenweg 5"),
        new("Felix Gruber", "04A1B2C3D40106", "Bergstraße 41"),
        new("Greta Hansen", "04A1B2C3D40107", "Hafenallee 9"),
        new("Hakan Yildiz", "04A1B2C3D40108", "Kirchgasse 2"),
        new("Ines Jung", "04A1B2C3D40109", "Wiesenstraße 14"),
        new("Jonas Keller", "04A1B2C3D4010A", "Talweg 30"),
        new("Katrin Lorenz", "04A1B2C3D4010B", "Birkenallee 11"),
        new("Leon Maurer", "04A1B2C3D4010C", "Feldstraße 6"),
        new("Mia Neumann", "04A1B2C3D4010D", "Marktplatz 4", "Bäckerei Neumann GmbH"),
        new("Nils Otte", "04A1B2C3D4010E", "Gewerbepark 12", "Otte Elektrotechnik GmbH & Co. KG"),
        new("Olga Petrova", "04A1B2C3D4010F", "Bahnhofstraße 70", "Pflegedienst Musterstadt gGmbH"),
        new("Paul Quandt", "04A1B2C3D40110", "Gewerbepark 3", "Taxi Quandt e. K."),
        new("Rita Sommer", "04A1B2C3D40111", "Industriestraße 40", "Stadtwerke Musterstadt GmbH", StaffGroup),
        new("Stefan Thiel", "04A1B2C3D40112", "Industriestraße 40", "Stadtwerke Musterstadt GmbH", StaffGroup),
        new("Ulrike Vogt", "04A1B2C3D40113", "Industriestraße 40", "Stadtwerke Musterstadt GmbH", StaffGroup),
        new("Werner Zeller", "04A1B2C3D40114", "Ahornweg 19", Status: "blocked"),
    ];

    /// <summary>Cards that may charge.</summary>
    public static IReadOnlyList<string> GoodUids { get; } = [.. Drivers.Where(d => d.Status == "accepted").Select(d => d.Uid)];

    /// <summary>Cards that are refused.</summary>
    public static IReadOnlyList<string> BadUids { get; } = [.. Drivers.Where(d => d.Status != "accepted").Select(d => d.Uid)];
}
