namespace Ladewerk.Payments.Terminals;

/// <summary>What is to be done about an offer.</summary>
internal enum OfferStep
{
    /// <summary>Look again.</summary>
    Wait,

    /// <summary>Have the reader ask, anew where it did before.</summary>
    Ask,

    /// <summary>Let somebody else have the reader for a while.</summary>
    Yield,

    /// <summary>Nothing comes of it.</summary>
    End,
}

/// <summary>What is known of an offer that has the reader.</summary>
/// <param name="Point">See <see cref="PointStates"/>.</param>
/// <param name="IsRemoved">The reader was taken out.</param>
/// <param name="OthersWait">Somebody is queued for the same reader.</param>
internal readonly record struct OfferFacts(OfferSight Sight, string Point, bool IsRemoved, bool OthersWait, DateTimeOffset Now);

/// <summary>Decides on offers, purely.</summary>
internal static class OfferRules
{
    /// <summary>Declined cards after which the reader asks no more for the same car.</summary>
    public const int MostDeclines = 3;

    /// <summary>How long one payer may keep the reader while another waits.</summary>
    public static readonly TimeSpan Turn = TimeSpan.FromSeconds(45);

    /// <summary>How long a card is waited for, queue and all.</summary>
    public static TimeSpan Patience(OfferOrigin origin) => origin == OfferOrigin.Plug ? TimeSpan.FromMinutes(5) : TimeSpan.FromMinutes(3);

    /// <summary>Why an offer is over, whether it has the reader or waits for it; null: it is not.</summary>
    public static OfferEnding? Over(TerminalOffer offer, string point, bool isRemoved, DateTimeOffset now)
    {
        if (isRemoved)
        {
            return OfferEnding.Removed;
        }

        if (point == PointStates.Taken)
        {
            return OfferEnding.Taken;
        }

        if (point == PointStates.Away || (point == PointStates.Free && offer.Origin == OfferOrigin.Plug))
        {
            return OfferEnding.Left;
        }

        return now >= offer.Until ? OfferEnding.TimedOut : null;
    }

    /// <summary>The next step of an offer that has the reader; a decline is counted with it.</summary>
    public static (OfferStep Step, OfferEnding? Ending) Next(TerminalOffer offer, OfferFacts facts)
    {
        if (facts.Sight == OfferSight.Declined && offer.Judged < offer.Round)
        {
            (offer.Judged, offer.Declines) = (offer.Round, offer.Declines + 1);
        }

        if (Over(offer, facts.Point, facts.IsRemoved, facts.Now) is { } ending)
        {
            return (OfferStep.End, ending);
        }

        return facts.Sight switch
        {
            OfferSight.Offline => (OfferStep.End, OfferEnding.Offline),
            OfferSight.Cancelled => (OfferStep.End, OfferEnding.Cancelled),
            OfferSight.Declined when offer.Declines >= MostDeclines => (OfferStep.End, OfferEnding.Declined),
            OfferSight.Waiting or OfferSight.Idle when facts.OthersWait && offer.OfferedAt + Turn <= facts.Now => (OfferStep.Yield, null),
            OfferSight.Declined or OfferSight.Idle => (OfferStep.Ask, null),
            OfferSight.Waiting or OfferSight.Done => (OfferStep.Wait, null),
            _ => throw new ArgumentOutOfRangeException(nameof(facts), facts.Sight, "No such sight."),
        };
    }
}
