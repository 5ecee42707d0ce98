namespace Ladewerk.Tariffs;

/// <summary>
/// Rule 3, OCPI 2.2.1 §step_size: the session's total is rounded up to whole steps once for energy and once for time and
/// parking together (with priced parking present, parking alone), by the step of the last component that priced it, at
/// that component's price. Reserved time is a total of its own. What is free does not count.
/// </summary>
internal static class StepSizes
{
    public static void Apply(List<Posting> postings)
    {
        RoundUp(postings, Dimension.Energy, reserved: false);
        if (!RoundUp(postings, Dimension.ParkingTime, reserved: false))
        {
            RoundUp(postings, Dimension.Time, reserved: false);
        }

        RoundUp(postings, Dimension.Time, reserved: true);
    }

    private static bool RoundUp(List<Posting> postings, Dimension dimension, bool reserved)
    {
        var total = 0m;
        var last = -1;
        for (var i = 0; i < postings.Count; i++)
        {
            var posting = postings[i];
            if (posting.Rule.Component.Dimension == dimension && posting.Reserved == reserved && !posting.Free)
            {
                total += posting.Steps;
                last = i;
            }
        }

        if (last < 0)
        {
            return false;
        }

        var step = postings[last].Rule.Component.StepSize;
        if (step > 1)
        {
            // The rounding takes the dust of divisions away, which would cost a whole step.
            var clean = decimal.Round(total, 9);
            var surplus = decimal.Ceiling(clean / step) * step - clean;
            if (surplus > 0m)
            {
                var slice = postings[last];
                postings.Insert(Posting.EndOfSlice(postings, last), slice with { Steps = surplus, From = slice.To });
            }
        }

        return true;
    }
}
