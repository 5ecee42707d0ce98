namespace Ladewerk.Tariffs.Market;

/// <summary>What the market asks in a quarter hour.</summary>
/// <param name="Start">A quarter hour of UTC.</param>
/// <param name="PerKwh">Net, in the operator's currency; may be negative.</param>
public readonly record struct QuarterPrice(DateTimeOffset Start, decimal PerKwh)
{
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(15);

    /// <summary>Whether a moment is the beginning of a quarter hour.</summary>
    public static bool IsStart(DateTimeOffset at) => at.UtcTicks % Length.Ticks == 0;
}
