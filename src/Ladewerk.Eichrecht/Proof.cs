using Ladewerk.Eichrecht.Formats;

namespace Ladewerk.Eichrecht;

/// <summary>
/// What the signed values of one session prove. Verified is not billable: a signature says that the meter wrote it, the law asks besides
/// for a beginning and an end of the same meter, without errors and without a gap.
/// </summary>
public sealed record Proof
{
    private static readonly HashSet<string> ErrorLevels = new(StringComparer.OrdinalIgnoreCase) { "MISMATCH", "INVALID", "OUTDATED", "UNKNOWN" };

    /// <summary>The worst of all values.</summary>
    public required SignatureState Signature { get; init; }
    public required bool IsBillable { get; init; }

    /// <summary>Why not, see <see cref="Reason"/>.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }
    public IReadOnlyList<string> Remarks { get; init; } = [];
    public MeterReading? Start { get; init; }
    public MeterReading? Stop { get; init; }

    /// <summary>Stop minus start, to the last digit; null where one is missing.</summary>
    public decimal? EnergyKWh { get; init; }

    /// <summary>Judges the values of one session, in any order; a value that came twice counts once.</summary>
    public static Proof Of(IEnumerable<VerifiedValue> values)
    {
        var all = values.DistinctBy(v => v.Source.Data.Trim()).OrderBy(v => v.Page?.Number ?? 0).ThenBy(v => v.Readings.Count > 0 ? v.Readings[0].At : null).ToList();
        if (all.Count == 0)
        {
            return new Proof { Signature = SignatureState.Unsupported, IsBillable = false, Reasons = [Reason.NoSignedValues] };
        }

        var reasons = all.SelectMany(v => v.Reasons).ToList();
        var readings = Billed(all, reasons);
        var (start, stop) = Ends(readings, reasons);
        if (start is not null && stop is not null)
        {
            JudgePair(start, stop, reasons);
        }

        JudgeSeries(all, reasons);
        var signature = all.Exists(v => v.Signature == SignatureState.Invalid) ? SignatureState.Invalid
            : all.Exists(v => v.Signature == SignatureState.UnknownKey) ? SignatureState.UnknownKey
            : all.Exists(v => v.Signature == SignatureState.Unsupported) ? SignatureState.Unsupported
            : SignatureState.Valid;
        return new Proof
        {
            Signature = signature,
            IsBillable = signature == SignatureState.Valid && reasons.Count == 0,
            Reasons = [.. reasons.Distinct()],
            Remarks = [.. all.SelectMany(v => v.Remarks).Distinct()],
            Start = start,
            Stop = stop,
            EnergyKWh = stop?.KWh - start?.KWh,
        };
    }

    /// <summary>The readings of the register that is billed, in order.</summary>
    private static List<MeterReading> Billed(List<VerifiedValue> values, List<string> reasons)
    {
        var all = values.SelectMany(v => v.Readings).ToList();
        var rank = all.Select(r => Obis.Rank(r.Obis)).DefaultIfEmpty(int.MaxValue).Min();
        var billed = all.Where(r => Obis.IsImport(r.Obis) && Obis.Rank(r.Obis) == rank).ToList();
        if (billed.Count == 0 && all.Count > 0)
        {
            reasons.Add(Reason.RegisterUnknown);
        }

        if (billed.Exists(r => r.KWh is null))
        {
            reasons.Add(Reason.UnitUnknown);
        }

        return billed;
    }

    private static (MeterReading? Start, MeterReading? Stop) Ends(List<MeterReading> readings, List<string> reasons)
    {
        // Formats without a mark of their own: two readings are a beginning and an end.
        if (readings.Count == 2 && readings.TrueForAll(r => r.Kind == ReadingKind.Unknown))
        {
            return (readings[0], readings[1]);
        }

        var begins = readings.FindAll(r => r.Kind == ReadingKind.Begin);
        var start = begins.Count > 0 ? begins[0] : null;
        var stop = readings.FindLast(r => r.Kind == ReadingKind.End);
        if (start is null)
        {
            reasons.Add(Reason.BeginMissing);
        }

        if (stop is null)
        {
            reasons.Add(Reason.EndMissing);
        }

        if (begins.Exists(b => b.KWh != start!.KWh))
        {
            reasons.Add(Reason.BeginDiffers);
        }

        return (start, stop);
    }

    private static void JudgePair(MeterReading start, MeterReading stop, List<string> reasons)
    {
        Require(stop.KWh >= start.KWh || stop.KWh is null || start.KWh is null, Reason.NegativeEnergy);
        Require(start.At is not null && stop.At is not null, Reason.TimeMissing);
        Require(start.At is null || stop.At is null || stop.At >= start.At, Reason.TimeBackwards);
        Require(start.Status == "G" && stop.Status == "G", Reason.StatusNotGood);
        Require(string.IsNullOrEmpty(start.ErrorFlags) && string.IsNullOrEmpty(stop.ErrorFlags), Reason.ErrorFlags);
        Require(start.Clock != ClockState.Relative || stop.Clock == ClockState.Relative, Reason.RelativeTime);
        Require(start.CumulatedLoss is null or 0, Reason.LossNotReset);
        Require(start.Obis == stop.Obis, Reason.RegisterUnknown);

        void Require(bool holds, string reason)
        {
            if (!holds)
            {
                reasons.Add(reason);
            }
        }
    }

    private static void JudgeSeries(List<VerifiedValue> values, List<string> reasons)
    {
        if (values.Exists(v => v.Identification?.Level is { } level && ErrorLevels.Contains(level)))
        {
            reasons.Add(Reason.IdentificationLevel);
        }

        if (values.Select(v => v.Identification?.Id).Distinct().Count() > 1)
        {
            reasons.Add(Reason.IdentificationDiffers);
        }

        if (values.Select(v => v.MeterSerial).Distinct().Count() > 1)
        {
            reasons.Add(Reason.MeterDiffers);
        }

        if (values.Where(v => v.Key is not null).Select(v => v.Key!.Fingerprint).Distinct().Count() > 1)
        {
            reasons.Add(Reason.KeyDiffers);
        }

        // The same meter's book: each record is one higher than the one before.
        if (values.Zip(values.Skip(1)).Any(pair => pair.First.Page is { } a && pair.Second.Page is { } b && (a.Book != b.Book || b.Number != a.Number + 1)))
        {
            reasons.Add(Reason.PaginationGap);
        }
    }
}
