namespace Ladewerk.Tariffs;

/// <summary>A priced quantity of one slice of a session.</summary>
internal record struct Posting(PriceRule Rule, bool Reserved, bool Free, decimal UnitPrice, decimal Steps, long From, long To, long Local)
{
    /// <summary>In the tariff's own sense: net, or gross where its prices are gross.</summary>
    public readonly decimal Amount => Rule.Component.Cost(Steps, UnitPrice);

    /// <summary>The index after the last posting of the same slice.</summary>
    public static int EndOfSlice(List<Posting> postings, int index)
    {
        var end = index + 1;
        while (end < postings.Count && postings[end].From == postings[index].From && postings[end].To == postings[index].To)
        {
            end++;
        }

        return end;
    }
}
