namespace Ladewerk.Simulator.Stations;

/// <summary>What a station is.</summary>
internal sealed record StationSpec
{
    public required string Identity { get; init; }
    public string Vendor { get; init; } = "Ladewerk";
    public string Model { get; init; } = "Simulator";
    public string? SerialNumber { get; init; }
    public string FirmwareVersion { get; init; } = "1.4.2";
    public string? MeterType { get; init; }

    /// <summary>How its firmware updates go wrong; None: as the image says.</summary>
    public FirmwareFault FirmwareFault { get; init; }

    /// <summary>Connector 1 first.</summary>
    public required IReadOnlyList<ConnectorSpec> Connectors { get; init; }
}

/// <summary>What a connector can give.</summary>
/// <param name="IsDc">Whether it gives direct current.</param>
/// <param name="MaxPowerW">The most it gives, in watts.</param>
/// <param name="Phases">Phases of an AC socket; of the mains side for DC.</param>
internal sealed record ConnectorSpec(bool IsDc, int MaxPowerW, int Phases = 3)
{
    public double MaxCurrentA => MaxPowerW / (Mains.VoltageV * Phases);
}

/// <summary>What a vehicle takes.</summary>
/// <param name="BatteryWh">Size of the battery.</param>
/// <param name="Soc">State of charge when it is plugged in, 0 to 100.</param>
/// <param name="TargetSoc">Where it stops to take energy.</param>
/// <param name="AcPhases">Phases of its on-board charger.</param>
/// <param name="AcMaxCurrentA">Current of its on-board charger for each phase.</param>
/// <param name="DcMaxPowerW">The most it takes at a DC station.</param>
internal sealed record Vehicle(double BatteryWh, double Soc, double TargetSoc = 100, int AcPhases = 3, double AcMaxCurrentA = 16, double DcMaxPowerW = 125_000);

/// <summary>The low-voltage grid.</summary>
internal static class Mains
{
    public const double VoltageV = 230;
}
