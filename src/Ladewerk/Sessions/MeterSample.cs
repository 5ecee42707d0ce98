using Ladewerk.Kernel;

namespace Ladewerk.Sessions;

/// <summary>One reading in the words of no protocol version.</summary>
public sealed record MeterSample
{
    /// <summary>The station's time, as it came; null where it has no usable clock.</summary>
    public DateTimeOffset? StationAt { get; init; }

    /// <summary>OCPP's reading context: Sample.Periodic, Transaction.Begin ...; null is periodic.</summary>
    public string? Context { get; init; }

    /// <summary>Import register at the outlet.</summary>
    public WattHours? Energy { get; init; }
    public Watts? Power { get; init; }

    /// <summary>Current per phase, A.</summary>
    public float? L1A { get; init; }
    public float? L2A { get; init; }
    public float? L3A { get; init; }

    /// <summary>Voltage per phase to neutral, V.</summary>
    public float? L1V { get; init; }
    public float? L2V { get; init; }
    public float? L3V { get; init; }

    /// <summary>State of charge, percent.</summary>
    public float? Soc { get; init; }

    /// <summary>Current offered to the vehicle, A.</summary>
    public float? OfferedA { get; init; }

    /// <summary>Every other measurand as it came, a JSON array; signed values among them.</summary>
    public string? More { get; init; }

    /// <summary>Hash of time and content: the same reading sent again has the same.</summary>
    public required long Key { get; init; }
}
