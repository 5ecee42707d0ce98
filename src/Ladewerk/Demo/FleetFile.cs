using System.Text.Json;

namespace Ladewerk.Demo;

/// <summary>A station that the simulator is to play.</summary>
internal sealed record FleetStation(string Id, string Password, string Vendor, string Model, string SerialNumber, IReadOnlyList<FleetConnector> Connectors);

/// <summary>A connector of it; <paramref name="MeterWh"/> is where its register stood at the end of the past.</summary>
/// <param name="MeterKey">The private key that its meter signs with, PKCS #8 in base64, on <paramref name="MeterCurve"/>; null: it does not sign.</param>
internal sealed record FleetConnector(bool IsDc, int MaxPowerW, long MeterWh, string? MeterKey = null, string? MeterCurve = null, string? MeterSerial = null);

/// <summary>
/// What the simulator needs to play the demonstration's stations: where the server is, identities, passwords, cards. Lies in the
/// data directory, readable by its owner alone.
/// </summary>
internal sealed record FleetFile(IReadOnlyList<FleetStation> Stations, IReadOnlyList<string> Cards, IReadOnlyList<string> BlockedCards)
{
    public const string Name = "demo-fleet.json";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The server's address; null until it listens.</summary>
    public string? Server { get; init; }

    public static async Task<FleetFile?> Read(string path, CancellationToken ct)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        await using var file = File.OpenRead(path);
        return await JsonSerializer.DeserializeAsync<FleetFile>(file, Json, ct);
    }

    /// <summary>Writes beside and moves over, so that nobody reads half a file.</summary>
    public void Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var draft = path + ".new";
        File.Delete(draft);
        using (var file = new FileStream(draft, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        {
            JsonSerializer.Serialize(file, this, Json);
        }

        File.Move(draft, path, overwrite: true);
    }
}
