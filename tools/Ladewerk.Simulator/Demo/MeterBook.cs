using System.Text.Json;
using Ladewerk.Simulator.Stations;

namespace Ladewerk.Simulator.Demo;

/// <summary>
/// What the fleet must not forget over a restart, as real stations do not: the registers of its meters, and the transactions that
/// were running.
/// </summary>
internal sealed class MeterBook(string path)
{
    /// <param name="Wh">The register.</param>
    /// <param name="TransactionId">The running transaction, if any.</param>
    /// <param name="At">When it was noted.</param>
    private sealed record Entry(long Wh, int? TransactionId, DateTimeOffset At);

    private readonly Dictionary<string, Entry> entries = Load(path);

    /// <summary>Sets the meters of a station that is switched on again, and lets it end what the power cut interrupted.</summary>
    public void Restore(StationModel station, Func<int, long> otherwise)
    {
        foreach (var connector in station.Connectors)
        {
            connector.RegisterWh = otherwise(connector.Number);
            if (entries.TryGetValue(Key(station, connector), out var entry) && entry.Wh >= connector.RegisterWh)
            {
                connector.RegisterWh = entry.Wh;
                if (entry.TransactionId is { } transaction)
                {
                    station.StopAfterPowerLoss(transaction, entry.Wh, entry.At);
                }
            }
        }
    }

    public void Note(StationModel station)
    {
        foreach (var connector in station.Connectors)
        {
            entries[Key(station, connector)] = new Entry((long)connector.RegisterWh, connector.Transaction?.Id, station.Now);
        }
    }

    public void Write()
    {
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(entries));
        File.Move(path + ".new", path, overwrite: true);
    }

    private static string Key(StationModel station, ConnectorModel connector) => FormattableString.Invariant($"{station.Spec.Identity}/{connector.Number}");

    private static Dictionary<string, Entry> Load(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, Entry>>(File.ReadAllText(path)) ?? [];
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            // The first start, or a book that cannot be read: meters begin where the fleet file says.
            return [];
        }
    }
}
