using System.Globalization;

namespace Ladewerk.Kernel;

/// <summary>An amount of energy in whole watt-hours, or the reading of an energy register.</summary>
public readonly record struct WattHours(long Value) : IComparable<WattHours>
{
    /// <summary>No energy.</summary>
    public static readonly WattHours Zero = new(0);

    /// <summary>Rounds a reading in Wh (stations send fractions) to whole watt-hours, half away from zero.</summary>
    /// <exception cref="OverflowException">The reading is beyond 64 bits of watt-hours.</exception>
    public static WattHours Round(decimal wattHours) => new((long)decimal.Round(wattHours, 0, MidpointRounding.AwayFromZero));

    /// <summary>The same energy in kilowatt-hours, exact.</summary>
    public decimal KilowattHours => Value / 1000m;

    public static WattHours operator +(WattHours a, WattHours b) => new(a.Value + b.Value);

    public static WattHours operator -(WattHours a, WattHours b) => new(a.Value - b.Value);

    public static bool operator <(WattHours a, WattHours b) => a.Value < b.Value;

    public static bool operator >(WattHours a, WattHours b) => a.Value > b.Value;

    public static bool operator <=(WattHours a, WattHours b) => a.Value <= b.Value;

    public static bool operator >=(WattHours a, WattHours b) => a.Value >= b.Value;

    public int CompareTo(WattHours other) => Value.CompareTo(other.Value);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value} Wh");
}

/// <summary>Electrical power in whole watts; positive flows into the vehicle.</summary>
public readonly record struct Watts(long Value)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value} W");
}

/// <summary>A current per phase in amperes, one decimal place.</summary>
public readonly record struct Amperes(decimal Value)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value:0.#} A");
}
