using System.Globalization;
using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Stations.Quirks;

namespace Ladewerk.Ocpp.V16.Handlers;

/// <summary>Turns meter values of OCPP 1.6 (§7.33, §7.43) into readings: what we know by name, everything else kept as it came.</summary>
internal static class Samples
{
    private const decimal MostWh = 1e12m;

    /// <summary>One reading for each meter value, in order.</summary>
    /// <param name="values">As sent.</param>
    /// <param name="habits">Corrects stations that send kWh as Wh, kW as W, or local time.</param>
    public static IReadOnlyList<MeterSample> Of(IReadOnlyList<MeterValue> values, StationHabits habits)
    {
        var quirks = habits.Quirks;
        habits.Count(QuirkSwitch.EnergyFactor, quirks.EnergyFactor != 1);
        habits.Count(QuirkSwitch.PowerFactor, quirks.PowerFactor != 1);
        var samples = new MeterSample[values.Count];
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = Of(values[i], habits);
        }

        return samples;
    }

    /// <summary>A register reading in Wh. What no meter can show is cut, not refused: a stop that fails is repeated for ever (quirk Q23).</summary>
    public static WattHours Register(decimal wattHours, StationQuirks quirks) => WattHours.Round(Math.Clamp(wattHours, -MostWh, MostWh) * quirks.EnergyFactor);

    /// <summary>The time that the station meant (quirk Q19).</summary>
    public static DateTimeOffset Time(DateTimeOffset said, StationHabits habits)
    {
        if (habits.Quirks.Clock is null)
        {
            return said;
        }

        habits.Count(QuirkSwitch.ClockZone);
        return habits.Quirks.Time(said);
    }

    private static MeterSample Of(MeterValue value, StationHabits habits)
    {
        var reading = new Reading();
        var key = new StableHash().Add(value.Timestamp.UtcTicks);
        foreach (var sampled in value.SampledValue)
        {
            key = key.Add(sampled.Value).Add((int)(sampled.Measurand ?? Measurand.EnergyActiveImportRegister)).Add((int?)sampled.Phase ?? -1)
                .Add((int?)sampled.Context ?? -1).Add((int?)sampled.Format ?? -1);
            reading.Context ??= sampled.Context is { } context ? Context(context) : null;
            if (!Take(sampled, ref reading, habits.Quirks))
            {
                (reading.More ??= []).Add(sampled);
            }
        }

        return new MeterSample
        {
            StationAt = value.Timestamp.Year > 1 ? Time(value.Timestamp, habits) : null,
            Context = reading.Context,
            Energy = reading.Energy is { } energy ? WattHours.Round(energy) : reading.PhaseEnergy is { } sum ? WattHours.Round(sum) : null,
            Power = (reading.Power ?? reading.PhasePower) is { } power ? new Watts((long)Math.Clamp(power, -1e12, 1e12)) : null,
            L1A = reading.L1A,
            L2A = reading.L2A,
            L3A = reading.L3A,
            L1V = reading.L1V,
            L2V = reading.L2V,
            L3V = reading.L3V,
            Soc = reading.Soc,
            OfferedA = reading.OfferedA,
            More = reading.More is { } more ? JsonSerializer.Serialize(more, V16Json.Default.IReadOnlyListSampledValue) : null,
            Key = key.Value,
        };
    }

    /// <summary>False for what has no field of its own.</summary>
    private static bool Take(SampledValue sampled, ref Reading reading, StationQuirks quirks)
    {
        if (sampled.Format == ValueFormat.SignedData || !decimal.TryParse(sampled.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        var atOutlet = sampled.Location is null or Location.Outlet;
        switch (sampled.Measurand ?? Measurand.EnergyActiveImportRegister)
        {
            case Measurand.EnergyActiveImportRegister when atOutlet && Math.Abs(value) < MostWh:
                var wattHours = (sampled.Unit == UnitOfMeasure.KWh ? value * 1000 : value) * quirks.EnergyFactor;
                _ = sampled.Phase is null ? reading.Energy = wattHours : reading.PhaseEnergy = (reading.PhaseEnergy ?? 0) + wattHours;
                return sampled.Phase is null;
            case Measurand.PowerActiveImport when atOutlet:
                var watts = (double)value * (sampled.Unit == UnitOfMeasure.KW ? 1000 : 1) * quirks.PowerFactor;
                _ = sampled.Phase is null ? reading.Power = watts : reading.PhasePower = (reading.PhasePower ?? 0) + watts;
                return sampled.Phase is null;
            case Measurand.CurrentImport when atOutlet:
                return OnPhase(sampled.Phase ?? Phase.L1, (float)value, ref reading.L1A, ref reading.L2A, ref reading.L3A);
            case Measurand.Voltage when atOutlet:
                return OnPhase(sampled.Phase ?? Phase.L1N, (float)value, ref reading.L1V, ref reading.L2V, ref reading.L3V);
            case Measurand.SoC:
                reading.Soc = (float)value;
                return true;
            case Measurand.CurrentOffered when sampled.Phase is null:
                reading.OfferedA = (float)value;
                return true;
            default:
                return false;
        }
    }

    private static bool OnPhase(Phase phase, float value, ref float? l1, ref float? l2, ref float? l3)
    {
        switch (phase)
        {
            case Phase.L1 or Phase.L1N:
                l1 = value;
                return true;
            case Phase.L2 or Phase.L2N:
                l2 = value;
                return true;
            case Phase.L3 or Phase.L3N:
                l3 = value;
                return true;
            default:
                return false;
        }
    }

    private static string? Context(ReadingContext context) => context switch
    {
        ReadingContext.SamplePeriodic => null,
        ReadingContext.TransactionBegin => "Transaction.Begin",
        ReadingContext.TransactionEnd => "Transaction.End",
        ReadingContext.SampleClock => "Sample.Clock",
        ReadingContext.InterruptionBegin => "Interruption.Begin",
        ReadingContext.InterruptionEnd => "Interruption.End",
        _ => context.ToString(),
    };

    private struct Reading
    {
        public string? Context;
        public decimal? Energy;
        public decimal? PhaseEnergy;
        public double? Power;
        public double? PhasePower;
        public float? L1A;
        public float? L2A;
        public float? L3A;
        public float? L1V;
        public float? L2V;
        public float? L3V;
        public float? Soc;
        public float? OfferedA;
        public List<SampledValue>? More;
    }
}
