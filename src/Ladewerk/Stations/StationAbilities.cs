using System.Text.Json;

namespace Ladewerk.Stations;

/// <summary>What a station says of itself that others plan by; null where it has not said.</summary>
/// <param name="ReservesAny">Whether it can hold "any connector".</param>
/// <param name="ListIsOn">Whether its local authorisation list is switched on at the station.</param>
/// <param name="ListCapacity">The most entries its local authorisation list holds.</param>
/// <param name="ListChunk">The most entries it takes in one message.</param>
/// <param name="TokenLength">The longest token that its protocol can say.</param>
public sealed record StationAbilities(bool? ReservesAny, bool? ListIsOn, int? ListCapacity, int? ListChunk, int TokenLength)
{
    /// <summary>Nothing is known of it.</summary>
    public static readonly StationAbilities Unknown = new(null, null, null, null, 20);
}

/// <summary>Reads abilities from a station's settings in the words of its protocol version.</summary>
public interface IStationAbilities
{
    /// <summary>1.6, 2.0.1 or 2.1.</summary>
    string OcppVersion { get; }

    /// <param name="settings">As last read from the station (<see cref="ChargingStation.Configuration"/>); null: never.</param>
    StationAbilities Of(JsonDocument? settings);
}

/// <summary>What stations can do, whatever they speak.</summary>
public sealed class KnownAbilities(IEnumerable<IStationAbilities> versions)
{
    public StationAbilities Of(ChargingStation station) => Of(station.OcppVersion, station.Configuration);

    /// <param name="version">As last spoken; null: never connected.</param>
    public StationAbilities Of(string? version, JsonDocument? settings) => versions.FirstOrDefault(v => v.OcppVersion == version)?.Of(settings) ?? StationAbilities.Unknown;
}
