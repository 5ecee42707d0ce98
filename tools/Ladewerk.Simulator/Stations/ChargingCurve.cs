namespace Ladewerk.Simulator.Stations;

/// <summary>An upper bound from charging profiles; null: none.</summary>
/// <param name="CurrentA">For each phase.</param>
/// <param name="PowerW">In total.</param>
internal readonly record struct ChargingLimit(double? CurrentA, double? PowerW)
{
    public static readonly ChargingLimit None;

    public ChargingLimit And(ChargingLimit other) => new(Min(CurrentA, other.CurrentA), Min(PowerW, other.PowerW));

    public ChargingLimit Share(int parts) => new(CurrentA / parts, PowerW / parts);

    /// <summary>The current for each of so many phases.</summary>
    public double CurrentOn(int phases) => Math.Min(CurrentA ?? double.MaxValue, PowerW / (Mains.VoltageV * phases) ?? double.MaxValue);

    /// <summary>The power in total; currents count on three phases of the mains.</summary>
    public double Power(int phases = 3) => Math.Min(PowerW ?? double.MaxValue, CurrentA * Mains.VoltageV * phases ?? double.MaxValue);

    private static double? Min(double? a, double? b) => a is null ? b : b is null ? a : Math.Min(a.Value, b.Value);
}

/// <summary>What flows at this moment.</summary>
/// <param name="PowerW">Into the vehicle.</param>
/// <param name="CurrentA">On each phase in use (DC: of the mains side).</param>
/// <param name="Phases">Phases in use.</param>
/// <param name="OfferedA">What the station would let flow on each phase.</param>
/// <param name="IsHeldByStation">Nothing flows because the limit is too low.</param>
/// <param name="IsHeldByVehicle">Nothing flows because the vehicle wants nothing.</param>
internal readonly record struct Flow(double PowerW, double CurrentA, int Phases, double OfferedA, bool IsHeldByStation, bool IsHeldByVehicle);

/// <summary>How much flows between a connector and a vehicle. Pure.</summary>
internal static class ChargingCurve
{
    /// <summary>IEC 61851-1: a vehicle cannot be offered less than 6 A.</summary>
    public const double MinCurrentA = 6;

    private const double MinDcPowerW = 1_000;

    public static Flow Of(ConnectorSpec connector, Vehicle vehicle, double soc, ChargingLimit limit) =>
        connector.IsDc ? Dc(connector, vehicle, soc, limit) : Ac(connector, vehicle, soc, limit);

    private static Flow Ac(ConnectorSpec connector, Vehicle vehicle, double soc, ChargingLimit limit)
    {
        var phases = Math.Min(connector.Phases, vehicle.AcPhases);
        var offered = Math.Min(connector.MaxCurrentA, limit.CurrentOn(phases));
        if (offered < MinCurrentA)
        {
            return new Flow(0, 0, phases, 0, IsHeldByStation: true, IsHeldByVehicle: false);
        }

        if (soc >= vehicle.TargetSoc)
        {
            return new Flow(0, 0, phases, offered, IsHeldByStation: false, IsHeldByVehicle: true);
        }

        var wanted = Math.Max(MinCurrentA, vehicle.AcMaxCurrentA * AcTaper(soc));
        var current = Math.Min(offered, wanted);
        return new Flow(current * Mains.VoltageV * phases, current, phases, offered, false, false);
    }

    private static Flow Dc(ConnectorSpec connector, Vehicle vehicle, double soc, ChargingLimit limit)
    {
        var offered = Math.Min(connector.MaxPowerW, limit.Power(connector.Phases));
        var offeredA = offered / (Mains.VoltageV * connector.Phases);
        if (offered < MinDcPowerW)
        {
            return new Flow(0, 0, connector.Phases, 0, IsHeldByStation: true, IsHeldByVehicle: false);
        }

        if (soc >= vehicle.TargetSoc)
        {
            return new Flow(0, 0, connector.Phases, offeredA, IsHeldByStation: false, IsHeldByVehicle: true);
        }

        var power = Math.Min(offered, vehicle.DcMaxPowerW * DcTaper(soc));
        return new Flow(power, power / (Mains.VoltageV * connector.Phases), connector.Phases, offeredA, false, false);
    }

    // An on-board charger gives all until the last few per cent.
    private static double AcTaper(double soc) => soc <= 96 ? 1 : Math.Max(0.15, (100 - soc) / 4);

    // Cold at first, full to the middle, half at 80 %, a trickle at the end.
    private static double DcTaper(double soc) => soc switch
    {
        < 8 => 0.7 + (0.3 * soc / 8),
        < 50 => 1,
        < 80 => 1 - (0.5 * (soc - 50) / 30),
        _ => Math.Max(0.04, 0.5 - (0.46 * (soc - 80) / 20)),
    };
}
