using System.Globalization;
using Ladewerk.Ocpp.V16;

namespace Ladewerk.Simulator.Stations;

/// <summary>What the meter of a connector shows now.</summary>
internal readonly record struct MeterState(double RegisterWh, Flow Flow, double? Soc, bool IsDc);

/// <summary>Turns meter states into sampled values, as real stations format them.</summary>
internal static class MeterReadings
{
    private static readonly Phase[] Lines = [Phase.L1, Phase.L2, Phase.L3];
    private static readonly Phase[] LinesToNeutral = [Phase.L1N, Phase.L2N, Phase.L3N];

    public static bool IsSupported(string measurand) => measurand is
        "Energy.Active.Import.Register" or "Power.Active.Import" or "Power.Offered" or "Current.Import" or "Current.Offered" or "Voltage" or "SoC" or "Frequency" or "Temperature";

    public static MeterValue Of(MeterState state, IReadOnlyList<string> measurands, ReadingContext context, DateTimeOffset at, Random noise)
    {
        var values = measurands.SelectMany(m => Of(m, state, noise)).Select(v => v with { Context = context }).ToList();
        return new MeterValue { Timestamp = at, SampledValue = values.Count > 0 ? values : [.. Of("Energy.Active.Import.Register", state, noise)] };
    }

    private static IEnumerable<SampledValue> Of(string measurand, MeterState state, Random noise)
    {
        var flow = state.Flow;
        return measurand switch
        {
            "Energy.Active.Import.Register" => [Value(Math.Floor(state.RegisterWh), "0", Measurand.EnergyActiveImportRegister, UnitOfMeasure.Wh)],
            "Power.Active.Import" => [Value(flow.PowerW, "0", Measurand.PowerActiveImport, UnitOfMeasure.W)],
            "Power.Offered" => [Value(flow.OfferedA * Mains.VoltageV * flow.Phases, "0", Measurand.PowerOffered, UnitOfMeasure.W)],
            "Current.Offered" => [Value(flow.OfferedA, "0.0", Measurand.CurrentOffered, UnitOfMeasure.A)],
            "Current.Import" => Lines.Select((line, i) => Value(i < flow.Phases ? flow.CurrentA * Near(1, 0.004, noise) : 0, "0.0", Measurand.CurrentImport, UnitOfMeasure.A, line)),
            "Voltage" => LinesToNeutral.Select(line => Value(Near(Mains.VoltageV - (flow.CurrentA * 0.03), 0.003, noise), "0.0", Measurand.Voltage, UnitOfMeasure.V, line)),
            "SoC" when state is { IsDc: true, Soc: { } soc } => [Value(Math.Floor(soc), "0", Measurand.SoC, UnitOfMeasure.Percent)],
            "Frequency" => [Value(Near(50, 0.0004, noise), "0.00", Measurand.Frequency, UnitOfMeasure.Hertz)],
            "Temperature" => [Value(24 + (flow.PowerW / 10_000), "0.0", Measurand.Temperature, UnitOfMeasure.Celsius)],
            _ => [],
        };
    }

    private static double Near(double value, double spread, Random noise) => value * (1 + ((noise.NextDouble() - 0.5) * 2 * spread));

    private static SampledValue Value(double value, string format, Measurand measurand, UnitOfMeasure unit, Phase? phase = null) => new()
    {
        Value = value.ToString(format, CultureInfo.InvariantCulture),
        Measurand = measurand,
        Unit = unit,
        Phase = phase,
        Location = measurand == Measurand.SoC ? Location.EV : null,
    };
}
