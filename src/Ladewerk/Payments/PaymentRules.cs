namespace Ladewerk.Payments;

/// <summary>What is to be taken from a held card, purely.</summary>
/// <param name="Capture">At most what is held; 0: all is released.</param>
/// <param name="Lost">Of the price, what the hold does not cover.</param>
/// <param name="Outcome">Why nothing is taken; null where something is.</param>
internal readonly record struct Settlement(decimal Capture, decimal Lost, PaymentOutcome? Outcome);

/// <summary>Decides on amounts, purely.</summary>
internal static class PaymentRules
{
    /// <summary>More is asked for from here on.</summary>
    public const decimal AskForMoreFrom = 0.8m;

    /// <param name="price">Gross, of the charge detail record.</param>
    /// <param name="held">What the provider says may be captured.</param>
    /// <param name="least">The least that a card can be charged with.</param>
    /// <param name="energy">Of the session, in Wh.</param>
    public static Settlement Settle(decimal price, decimal held, decimal least, long energy)
    {
        if (energy <= 0)
        {
            // No energy, no money: whatever else the tariff asks for (a flat price, minutes), nothing was sold.
            return new Settlement(0, 0, PaymentOutcome.NoEnergy);
        }

        if (price <= 0)
        {
            return new Settlement(0, 0, PaymentOutcome.Free);
        }

        if (price < least)
        {
            return new Settlement(0, price, PaymentOutcome.TooSmall);
        }

        if (held <= 0)
        {
            return new Settlement(0, price, PaymentOutcome.HoldLost);
        }

        var capture = Math.Min(price, held);
        return new Settlement(capture, price - capture, null);
    }

    /// <summary>Whether to ask for more while the session runs; the new total, or null.</summary>
    public static decimal? More(bool wanted, bool possible, decimal cost, decimal held, decimal step) =>
        wanted && possible && cost >= held * AskForMoreFrom ? held + step : null;

    /// <summary>The rest before the next try of something that failed.</summary>
    public static TimeSpan Rest(int attempts) => TimeSpan.FromSeconds(Math.Min(900, Math.Pow(2, Math.Min(attempts, 10))));
}
