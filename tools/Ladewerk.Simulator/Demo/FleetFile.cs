using System.Text.Json;

namespace Ladewerk.Simulator.Demo;

/// <summary>A station to play.</summary>
internal sealed record FleetStation(string Id, string Password, string Vendor, string Model, string SerialNumber, IReadOnlyList<FleetConnector> Connectors);

/// <summary>A connector of it, and where its meter stands.</summary>
/// <param name="MeterKey">The private key that its meter signs with, PKCS #8 in base64, on <paramref name="MeterCurve"/>; null: it does not sign.</param>
internal sealed record FleetConnector(bool IsDc, int MaxPowerW, long MeterWh, string? MeterKey = null, string? MeterCurve = null, string? MeterSerial = null);

/// <summary>What <c>Ladewerk --demo</c> writes for us: its address, stations, passwords, cards.</summary>
internal sealed record FleetFile(IReadOnlyList<FleetStation> Stations, IReadOnlyList<string> Cards, IReadOnlyList<string> BlockedCards, string? Server)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Waits until the file names a server that answers that it is ready.</summary>
    public static async Task<FleetFile> WaitFor(string path, Uri? server, CancellationToken ct)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        while (true)
        {
            if (await TryRead(path, ct) is { } fleet && (server?.ToString() ?? fleet.Server) is { } address && await IsReady(http, new Uri(address), ct))
            {
                return fleet with { Server = address };
            }

            await Task.Delay(TimeSpan.FromMilliseconds(300), ct);
        }
    }

    private static async Task<FleetFile?> TryRead(string path, CancellationToken ct)
    {
        try
        {
            return JsonSerializer.Deserialize<FleetFile>(await File.ReadAllTextAsync(path, ct), Json);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            // Not there yet, or just being replaced.
            return null;
        }
    }

    private static async Task<bool> IsReady(HttpClient http, Uri server, CancellationToken ct)
    {
        try
        {
            using var response = await http.GetAsync(new Uri(server, "/health/ready"), ct);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            return false;
        }
    }
}
