using System.Text.Json.Serialization;

namespace Ladewerk.Tariffs;

/// <summary>What a price is for. OCPI <c>TariffDimensionType</c>.</summary>
public enum Dimension
{
    Energy,
    Time,
    ParkingTime,
    Flat,
}

/// <summary>A price for one dimension. Each kind knows its unit, its step and what it costs.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(EnergyPrice), "ENERGY")]
[JsonDerivedType(typeof(TimePrice), "TIME")]
[JsonDerivedType(typeof(ParkingPrice), "PARKING_TIME")]
[JsonDerivedType(typeof(FlatPrice), "FLAT")]
[JsonDerivedType(typeof(MarketEnergyPrice), "ENERGY_MARKET")]
public abstract record PriceComponent
{
    /// <summary>Price per unit: per kWh, per hour, or per session; gross where the tariff says so.</summary>
    public decimal Price { get; init; }

    /// <summary>VAT in percent. Absent means unknown, which is not 0.</summary>
    public decimal? Vat { get; init; }

    /// <summary>Billed in blocks of so many Wh or seconds; 0 and 1: to the drop.</summary>
    public int StepSize { get; init; } = 1;

    [JsonIgnore]
    public abstract Dimension Dimension { get; }

    /// <summary>The unit of quantities on a bill.</summary>
    [JsonIgnore]
    public abstract string Unit { get; }

    /// <summary>Steps in one unit: 1,000 Wh in a kWh, 3,600 s in an hour.</summary>
    [JsonIgnore]
    public abstract decimal StepsPerUnit { get; }

    /// <summary>The moments at which the price changes by itself lie this far apart; null: it never does.</summary>
    internal virtual TimeSpan? Rhythm => null;

    /// <summary>The price per unit that holds at an instant of a session.</summary>
    internal virtual decimal PriceAt(DateTimeOffset instant, PricingSession session) => Price;

    /// <summary>What a quantity costs.</summary>
    internal decimal Cost(decimal steps, decimal unitPrice) => unitPrice * steps / StepsPerUnit;
}

/// <summary>Per kWh; steps are Wh.</summary>
public sealed record EnergyPrice : PriceComponent
{
    public override Dimension Dimension => Dimension.Energy;
    public override string Unit => "kWh";
    public override decimal StepsPerUnit => 1000m;
}

/// <summary>Per hour of charging, or of reservation in an element restricted to reservations; steps are seconds.</summary>
public sealed record TimePrice : PriceComponent
{
    public override Dimension Dimension => Dimension.Time;
    public override string Unit => "h";
    public override decimal StepsPerUnit => 3600m;
}

/// <summary>Per hour connected without the vehicle requesting energy; steps are seconds.</summary>
public sealed record ParkingPrice : PriceComponent
{
    public override Dimension Dimension => Dimension.ParkingTime;
    public override string Unit => "h";
    public override decimal StepsPerUnit => 3600m;
}

/// <summary>Once per session.</summary>
public sealed record FlatPrice : PriceComponent
{
    public override Dimension Dimension => Dimension.Flat;
    public override string Unit => "session";
    public override decimal StepsPerUnit => 1m;
}

/// <summary>
/// Per kWh, following the market by quarter hours: price x factor + adder, between floor and ceiling. The quarter hour's
/// market price is a fact of the session (frozen when it was announced); where it is missing,
/// <see cref="PriceComponent.Price"/> holds, so that nothing becomes free by a gap in the data.
/// </summary>
public sealed record MarketEnergyPrice : PriceComponent
{
    private static readonly TimeSpan QuarterHour = TimeSpan.FromMinutes(15);

    public decimal Factor { get; init; } = 1m;

    /// <summary>Per kWh.</summary>
    public decimal Adder { get; init; }

    public decimal? Floor { get; init; }

    public decimal? Ceiling { get; init; }

    public override Dimension Dimension => Dimension.Energy;
    public override string Unit => "kWh";
    public override decimal StepsPerUnit => 1000m;
    internal override TimeSpan? Rhythm => QuarterHour;

    internal override decimal PriceAt(DateTimeOffset instant, PricingSession session)
    {
        var start = new DateTimeOffset(instant.UtcTicks - instant.UtcTicks % QuarterHour.Ticks, TimeSpan.Zero);
        if (!session.MarketPrices.TryGetValue(start, out var market))
        {
            return Price;
        }

        var price = market * Factor + Adder;
        price = Floor is { } floor ? Math.Max(price, floor) : price;
        return Ceiling is { } ceiling ? Math.Min(price, ceiling) : price;
    }
}
