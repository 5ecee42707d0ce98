namespace Ladewerk.Tariffs;

/// <summary>What a cap takes off the bill in one of its windows, per VAT rate; the amount is negative.</summary>
internal record struct Relief(int Cap, long Window, decimal? Vat, decimal Amount, long From, long To);

/// <summary>Caps in the order of the tariff, each over what the ones before it have left.</summary>
internal static class Caps
{
    public static List<Relief> Apply(CompiledTariff tariff, List<Posting> postings)
    {
        var reliefs = new List<Relief>();
        if (tariff.Caps.Length == 0)
        {
            return reliefs;
        }

        var left = new decimal[postings.Count];
        for (var i = 0; i < left.Length; i++)
        {
            left[i] = postings[i].Amount;
        }

        for (var index = 0; index < tariff.Caps.Length; index++)
        {
            Apply(tariff.Caps[index], index, postings, left, reliefs);
        }

        return reliefs;
    }

    private static void Apply(Cap cap, int index, List<Posting> postings, decimal[] left, List<Relief> reliefs)
    {
        var used = new Dictionary<long, decimal>();
        for (var first = 0; first < left.Length;)
        {
            // Within a slice all prices run side by side, so what lies above the cap is shared in their proportion.
            var last = Posting.EndOfSlice(postings, first);
            if (Window(cap, postings[first].Local) is { } window)
            {
                var total = Total(cap, postings, left, first, last);
                var before = used.GetValueOrDefault(window);
                var allowed = Math.Min(total, Math.Max(0m, cap.Amount - before));
                used[window] = before + allowed;
                for (var i = first; i < last && allowed < total; i++)
                {
                    if (left[i] > 0m && Covers(cap, postings[i]))
                    {
                        var kept = left[i] * allowed / total;
                        var posting = postings[i];
                        Add(reliefs, new Relief(index, window, posting.Rule.Component.Vat, kept - left[i], posting.From, posting.To));
                        left[i] = kept;
                    }
                }
            }

            first = last;
        }
    }

    private static decimal Total(Cap cap, List<Posting> postings, decimal[] left, int first, int last)
    {
        var total = 0m;
        for (var i = first; i < last; i++)
        {
            total += left[i] > 0m && Covers(cap, postings[i]) ? left[i] : 0m;
        }

        return total;
    }

    private static bool Covers(Cap cap, Posting posting) =>
        cap.Dimensions is not { Count: > 0 } dimensions || (!posting.Reserved && dimensions.Contains(posting.Rule.Component.Dimension));

    /// <summary>The day or the night (by the day on which it begins) that a local time falls into; null: into none.</summary>
    private static long? Window(Cap cap, long local)
    {
        var day = local / TimeSpan.TicksPerDay;
        if (cap.Per == CapPeriod.Session)
        {
            return 0;
        }

        var timeOfDay = local % TimeSpan.TicksPerDay;
        var from = cap.From?.Ticks ?? 0;
        var to = cap.To?.Ticks ?? 0;
        if (from == to)
        {
            return timeOfDay >= from ? day : day - 1;
        }

        if (from < to)
        {
            return timeOfDay >= from && timeOfDay < to ? day : null;
        }

        return timeOfDay >= from ? day : timeOfDay < to ? day - 1 : null;
    }

    private static void Add(List<Relief> reliefs, Relief relief)
    {
        for (var i = 0; i < reliefs.Count; i++)
        {
            var known = reliefs[i];
            if (known.Cap == relief.Cap && known.Window == relief.Window && known.Vat == relief.Vat)
            {
                reliefs[i] = known with { Amount = known.Amount + relief.Amount, To = relief.To };
                return;
            }
        }

        reliefs.Add(relief);
    }
}
