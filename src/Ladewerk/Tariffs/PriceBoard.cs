namespace Ladewerk.Tariffs;

/// <summary>The rows of a price board, in the order that the law wants for ad-hoc prices (AFIR art. 5(4)).</summary>
public enum PriceRowKind
{
    PerKwh,
    PerMinute,
    PerSession,
    Other,
}

/// <summary>A row of a price board.</summary>
/// <param name="Amount">With its currency, for example "0,49 €" or "0,44 – 0,55 €".</param>
/// <param name="Condition">When it applies, in a sentence; null where it always does.</param>
public sealed record PriceRow(PriceRowKind Kind, string Amount, string? Condition);

/// <summary>A tariff as a board of four rows, also where a price is nothing.</summary>
/// <param name="Tax">Whether the prices contain VAT, and how much.</param>
/// <param name="LowestPerKwh">The amount per kWh, or the lowest where it depends.</param>
public sealed record PriceBoard(IReadOnlyList<PriceRow> Rows, string Tax, string LowestPerKwh)
{
    /// <summary>The amount per kWh, with both ends where it depends.</summary>
    public string PerKwh => Rows[0].Amount;

    /// <summary>Whether the price per kWh depends on something.</summary>
    public bool IsRange => Rows[0].Amount != LowestPerKwh;
}

public static partial class TariffWording
{
    /// <summary>Every price that a driver must see before a session begins, gross where the VAT is known.</summary>
    public static PriceBoard Board(Tariff tariff, string language)
    {
        ArgumentNullException.ThrowIfNull(tariff);
        var words = language.StartsWith("de", StringComparison.OrdinalIgnoreCase) ? (Phrases)new GermanPhrases(tariff.Currency) : new EnglishPhrases(tariff.Currency);
        var prices = Prices(tariff);
        var other = new List<string>();
        Add(other, Reservation(words, prices));
        AddOther(other, words, tariff);
        string?[] perMinute = [Condition(words, prices, Dimension.Time), Parking(words, prices, tariff.Extensions)];
        return new PriceBoard(
            [
                new(PriceRowKind.PerKwh, Spread(words, prices, 1m, Dimension.Energy), Condition(words, prices, Dimension.Energy)),
                new(PriceRowKind.PerMinute, Spread(words, prices, 60m, Dimension.Time, Dimension.ParkingTime), Joined(perMinute)),
                new(PriceRowKind.PerSession, Spread(words, prices, 1m, Dimension.Flat), Condition(words, prices, Dimension.Flat)),
                new(PriceRowKind.Other, words.Amount(0m), Joined(other)),
            ],
            words.Tax(IsGross(tariff), [.. prices.Select(price => price.Component.Vat).OfType<decimal>().Distinct().Order()]),
            words.Amount(prices.Where(price => price.Component.Dimension == Dimension.Energy && price.Restrictions?.Reservation is null).Select(price => price.Amount).DefaultIfEmpty(0m).Min()));
    }

    private static string Spread(Phrases words, List<WordedPrice> prices, decimal per, params ReadOnlySpan<Dimension> dimensions)
    {
        var wanted = dimensions.ToArray();
        var amounts = prices.Where(price => wanted.Contains(price.Component.Dimension) && price.Restrictions?.Reservation is null).Select(price => price.Amount / per).Distinct().ToList();
        if (amounts.Count == 0)
        {
            return words.Amount(0m);
        }

        // Charging time and standing have prices of their own: the higher one stands in the row, the words say which is when.
        return per == 60m || amounts.Count == 1 ? words.Amount(decimal.Round(amounts.Max(), 6)) : words.Range(amounts.Min(), amounts.Max());
    }

    /// <summary>The sentence of a dimension, where it says more than the amount does.</summary>
    private static string? Condition(Phrases words, List<WordedPrice> prices, Dimension dimension)
    {
        var parts = prices.Where(price => price.Component.Dimension == dimension && price.Restrictions?.Reservation is null).ToList();
        return dimension != Dimension.Time && parts.Count <= 1 && parts.TrueForAll(price => price.Restrictions is null && price.Component is not MarketEnergyPrice)
            ? null
            : Sentence(words, prices, dimension, null);
    }

    private static string? Joined(IReadOnlyList<string?> sentences) =>
        string.Join(' ', sentences.Where(sentence => !string.IsNullOrEmpty(sentence))) is { Length: > 0 } text ? text : null;
}
