namespace Ladewerk.Stations.Quirks;

/// <summary>Habits of a station that must be known to read it right and to be understood by it: the effective switches, ready for use.</summary>
public sealed record StationQuirks
{
    /// <summary>More connectors than any station, or any cluster of stations behind one socket, has.</summary>
    public const int MostConnectors = 256;

    /// <summary>As the standard says.</summary>
    public static readonly StationQuirks None = new(QuirkSwitches.None);

    public StationQuirks(QuirkSwitches said)
    {
        Said = said;
        IsPlain = !said.Said().Any();
        EnergyFactor = said.EnergyFactor ?? 1;
        PowerFactor = (double)(said.PowerFactor ?? 1);
        MeterResets = said.MeterResets ?? false;
        MeterStartIsZero = said.MeterStartIsZero ?? false;
        MeterStopIsEarly = said.MeterStopIsEarly ?? false;
        OwnTransactionIds = said.OwnTransactionIds ?? false;
        Clock = said.ClockZone is { } zone && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var known) ? known : null;
        IgnoreClock = said.IgnoreClock ?? false;
        ConnectorMap = said.ConnectorMap is { Count: > 0 } map ? map : null;
        MaxConnectors = Math.Clamp(said.MaxConnectors ?? MostConnectors, 1, MostConnectors);
        IdTokenTruncated = said.IdTokenTruncated ?? false;
    }

    /// <summary>Where these come from; switches that only rare operations need are asked of it.</summary>
    public QuirkSwitches Said { get; }

    /// <summary>Nothing is said: the hot path need not ask further.</summary>
    public bool IsPlain { get; }

    /// <inheritdoc cref="QuirkSwitches.EnergyFactor"/>
    public decimal EnergyFactor { get; }

    /// <inheritdoc cref="QuirkSwitches.PowerFactor"/>
    public double PowerFactor { get; }

    /// <inheritdoc cref="QuirkSwitches.MeterResets"/>
    public bool MeterResets { get; }

    /// <inheritdoc cref="QuirkSwitches.MeterStartIsZero"/>
    public bool MeterStartIsZero { get; }

    /// <inheritdoc cref="QuirkSwitches.MeterStopIsEarly"/>
    public bool MeterStopIsEarly { get; }

    /// <inheritdoc cref="QuirkSwitches.OwnTransactionIds"/>
    public bool OwnTransactionIds { get; }

    /// <summary>The zone of its local times; null where it sends true ones.</summary>
    public TimeZoneInfo? Clock { get; }

    /// <inheritdoc cref="QuirkSwitches.IgnoreClock"/>
    public bool IgnoreClock { get; }

    /// <inheritdoc cref="QuirkSwitches.ConnectorMap"/>
    public IReadOnlyDictionary<int, int>? ConnectorMap { get; }

    /// <inheritdoc cref="QuirkSwitches.MaxConnectors"/>
    public int MaxConnectors { get; }

    /// <inheritdoc cref="QuirkSwitches.IdTokenTruncated"/>
    public bool IdTokenTruncated { get; }

    /// <summary>Our number of a connector that the station calls so; 0, its own meter and state, may be mapped too.</summary>
    public int FromWire(int connector) => ConnectorMap is { } map && map.TryGetValue(connector, out var ours) ? ours : connector;

    /// <summary>The station's number of a connector of ours. A connector is never called 0, which would be the whole station.</summary>
    public int ToWire(int connector)
    {
        foreach (var (theirs, ours) in ConnectorMap ?? NoMap)
        {
            if (ours == connector && theirs > 0)
            {
                return theirs;
            }
        }

        return connector;
    }

    /// <summary>The time that the station meant: its local time where that is its habit. A time that is none (year 1, 1970) stays.</summary>
    public DateTimeOffset Time(DateTimeOffset said)
    {
        if (Clock is not { } zone || said.Year < 2000)
        {
            return said;
        }

        var local = DateTime.SpecifyKind(said.UtcDateTime, DateTimeKind.Unspecified);
        return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
    }

    private static readonly Dictionary<int, int> NoMap = [];
}
