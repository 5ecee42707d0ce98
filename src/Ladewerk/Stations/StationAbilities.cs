using System.Text.Json;
using Ladewerk.Stations.Templates;

namespace Ladewerk.Stations;

/// <summary>What a station says of itself that others plan by, or its template where it has not said; null where neither has.</summary>
/// <param name="ReservesAny">Whether it can hold "any connector".</param>
/// <param name="ListIsOn">Whether its local authorisation list is switched on at the station.</param>
/// <param name="ListCapacity">The most entries its local authorisation list holds.</param>
/// <param name="ListChunk">The most entries it takes in one message.</param>
/// <param name="TokenLength">The longest token that its protocol can say.</param>
public sealed record StationAbilities(bool? ReservesAny, bool? ListIsOn, int? ListCapacity, int? ListChunk, int TokenLength)
{
    /// <summary>Nothing is known of it.</summary>
    public static readonly StationAbilities Unknown = new(null, null, null, null, 20);

    /// <summary>Whether it can be reserved at all.</summary>
    public bool? Reserves { get; init; }

    /// <summary>Whether it keeps a local authorisation list.</summary>
    public bool? KeepsList { get; init; }

    /// <summary>Whether it takes charging limits.</summary>
    public bool? TakesLimits { get; init; }

    /// <summary>Whether it takes limits in A per phase.</summary>
    public bool? TakesAmperes { get; init; }

    /// <summary>Whether it takes limits in W.</summary>
    public bool? TakesWatts { get; init; }

    /// <summary>The highest level of charging profiles.</summary>
    public int? MaxStackLevel { get; init; }

    /// <summary>Whether it takes a limit for the station as a whole.</summary>
    public bool? TakesStationLimit { get; init; }

    /// <summary>Direct current: a current per phase says nothing of it.</summary>
    public bool IsDirect { get; init; }
    public int? Phases { get; init; }

    /// <summary>The most A per phase of one EVSE.</summary>
    public decimal? MaxA { get; init; }

    /// <summary>The most W of the whole station.</summary>
    public long? MaxPowerW { get; init; }
    public int? Evses { get; init; }

    /// <summary>These, and what the model is known for where the station has not said. Pure.</summary>
    public StationAbilities Or(StationTemplate? template)
    {
        var (able, data) = (template?.Capabilities, template?.Data);
        var saysUnits = TakesAmperes is not null || TakesWatts is not null;
        return template is null ? this : this with
        {
            Reserves = Reserves ?? able?.Reservation,
            KeepsList = KeepsList ?? (able?.LocalListSize is { } size ? size > 0 : null),
            ListCapacity = ListCapacity ?? (able?.LocalListSize is > 0 and var places ? places : null),
            TakesLimits = TakesLimits ?? able?.SmartCharging,
            TakesAmperes = saysUnits || able?.LimitUnit is null ? TakesAmperes : able.LimitUnit == "A",
            TakesWatts = saysUnits || able?.LimitUnit is null ? TakesWatts : able.LimitUnit == "W",
            MaxStackLevel = MaxStackLevel ?? able?.MaxStackLevel,
            TakesStationLimit = TakesStationLimit ?? able?.StationLimit,
            IsDirect = data?.CurrentType == "DC",
            Phases = Phases ?? data?.Phases,
            MaxA = MaxA ?? data?.MaxA,
            MaxPowerW = MaxPowerW ?? data?.MaxPowerW,
            Evses = Evses ?? data?.Evses,
        };
    }
}

/// <summary>Reads abilities from a station's settings in the words of its protocol version.</summary>
public interface IStationAbilities
{
    /// <summary>1.6, 2.0.1 or 2.1.</summary>
    string OcppVersion { get; }

    /// <param name="settings">As last read from the station (<see cref="ChargingStation.Configuration"/>); null: never.</param>
    StationAbilities Of(JsonDocument? settings);
}

/// <summary>What stations can do, whatever they speak: by their own word, else by their template.</summary>
public sealed class KnownAbilities(IEnumerable<IStationAbilities> versions, KnownTemplates templates)
{
    public async ValueTask<StationAbilities> Of(ChargingStation station, CancellationToken ct)
    {
        // One that never connected (null) has told nothing in any version.
        var told = versions.FirstOrDefault(v => v.OcppVersion == station.OcppVersion)?.Of(station.Configuration) ?? StationAbilities.Unknown;
        return told.Or(await templates.Of(station, ct));
    }
}
