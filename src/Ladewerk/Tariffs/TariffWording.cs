namespace Ladewerk.Tariffs;

/// <summary>A tariff in words.</summary>
/// <param name="Headline">The price that matters most, for example "0,49 – 0,55 €".</param>
/// <param name="HeadlineUnit">For example "/kWh"; empty for a flat or free price.</param>
/// <param name="Sentences">In the order that the law wants for ad-hoc prices: per kWh, per minute, per session, other (AFIR art. 5(4)).</param>
/// <param name="Tax">Whether the prices contain VAT, and how much.</param>
public sealed record TariffText(string Headline, string HeadlineUnit, IReadOnlyList<string> Sentences, string Tax);

/// <summary>
/// Says in plain German or English what a tariff costs; the same words stand in the portal, on the guest page, in the
/// app and on the receipt. Prices are gross wherever every VAT rate is known.
/// </summary>
public static partial class TariffWording
{
    /// <summary>Language is "de" or "en"; anything else reads English.</summary>
    public static TariffText Describe(Tariff tariff, string language)
    {
        ArgumentNullException.ThrowIfNull(tariff);
        var words = language.StartsWith("de", StringComparison.OrdinalIgnoreCase) ? (Phrases)new GermanPhrases(tariff.Currency) : new EnglishPhrases(tariff.Currency);
        var prices = Prices(tariff);
        var sentences = new List<string>();
        Add(sentences, Sentence(words, prices, Dimension.Energy, null));
        Add(sentences, Sentence(words, prices, Dimension.Time, null));
        Add(sentences, Parking(words, prices, tariff.Extensions));
        Add(sentences, Sentence(words, prices, Dimension.Flat, null));
        Add(sentences, Reservation(words, prices));
        AddOther(sentences, words, tariff);
        var (headline, unit) = Headline(words, prices);
        return new TariffText(headline, unit, sentences, words.Tax(IsGross(tariff), [.. prices.Select(price => price.Component.Vat).OfType<decimal>().Distinct().Order()]));
    }

    /// <summary>Whether the amounts in the text contain VAT.</summary>
    private static bool IsGross(Tariff tariff) =>
        tariff.TaxIncluded || tariff.Elements.SelectMany(element => element.Components).All(component => component.Vat is not null || component.Price == 0m);

    private static List<WordedPrice> Prices(Tariff tariff)
    {
        var gross = IsGross(tariff) && !tariff.TaxIncluded;
        return
        [
            .. tariff.Elements.SelectMany(element => element.Components.Select(component => new WordedPrice(
                component,
                element.Restrictions,
                gross ? component.Price * (100m + (component.Vat ?? 0m)) / 100m : component.Price))),
        ];
    }

    private static void Add(List<string> sentences, string? sentence)
    {
        if (sentence is not null)
        {
            sentences.Add(sentence);
        }
    }

    private static string? Sentence(Phrases words, List<WordedPrice> prices, Dimension dimension, ReservationRestriction? reservation)
    {
        var parts = prices.Where(price => price.Component.Dimension == dimension && price.Restrictions?.Reservation == reservation).ToList();
        if (parts.Count == 0 || parts.TrueForAll(price => price is { Amount: 0m, Component: not MarketEnergyPrice } && price.Restrictions is null))
        {
            return null;
        }

        var perMinute = parts.TrueForAll(price => price.IsNeatPerMinute);
        var clauses = parts.Select((price, index) => words.Clause(price, perMinute, isElse: index > 0 && price.Condition(words).Length == 0));
        return words.Sentence(string.Join(", ", clauses), dimension, perMinute, parts[^1].Component.StepSize);
    }

    private static string? Parking(Phrases words, List<WordedPrice> prices, TariffExtensions extensions)
    {
        var sentence = Sentence(words, prices, Dimension.ParkingTime, null);
        if (sentence is null)
        {
            return null;
        }

        var cap = extensions.Caps.FirstOrDefault(IsBlockingFee);
        return words.Parking(sentence, extensions.Grace?.Minutes ?? 0m, cap?.Amount);
    }

    private static bool IsBlockingFee(Cap cap) => cap is { Per: CapPeriod.Session, Dimensions: [Dimension.ParkingTime] };

    private static string? Reservation(Phrases words, List<WordedPrice> prices)
    {
        var time = Sentence(words, prices, Dimension.Time, ReservationRestriction.Reservation);
        var fee = Sentence(words, prices, Dimension.Flat, ReservationRestriction.Reservation);
        var lateTime = Sentence(words, prices, Dimension.Time, ReservationRestriction.ReservationExpires);
        var lateFee = Sentence(words, prices, Dimension.Flat, ReservationRestriction.ReservationExpires);
        if ((time ?? fee ?? lateTime ?? lateFee) is null)
        {
            return null;
        }

        return words.Reservation([.. new[] { fee, time }.OfType<string>()], [.. new[] { lateFee, lateTime }.OfType<string>()]);
    }

    private static void AddOther(List<string> sentences, Phrases words, Tariff tariff)
    {
        var extensions = tariff.Extensions;
        if (extensions.FreeAllowance is { } free)
        {
            sentences.Add(words.Free(free));
        }

        foreach (var cap in extensions.Caps.Where(cap => !IsBlockingFee(cap)))
        {
            sentences.Add(words.Cap(cap));
        }

        if (tariff.MinPrice is { } min && (min.InclVat ?? min.ExclVat) is { } least)
        {
            sentences.Add(words.Least(least));
        }

        if (tariff.MaxPrice is { } max && (max.InclVat ?? max.ExclVat) is { } most)
        {
            sentences.Add(words.Most(most));
        }

        if (extensions.Subscription is { } subscription)
        {
            sentences.Add(words.Subscription(subscription.MonthlyFee * (100m + (subscription.Vat ?? 0m)) / 100m));
        }
    }

    private static (string Text, string Unit) Headline(Phrases words, List<WordedPrice> prices)
    {
        foreach (var dimension in new[] { Dimension.Energy, Dimension.Time, Dimension.ParkingTime, Dimension.Flat })
        {
            var parts = prices.Where(price => price.Component.Dimension == dimension && price.Restrictions?.Reservation is null).ToList();
            if (parts.Count == 0 || parts.TrueForAll(price => price.Amount == 0m))
            {
                continue;
            }

            var perMinute = parts.TrueForAll(price => price.IsNeatPerMinute);
            var low = parts.Min(price => price.Shown(perMinute));
            var high = parts.Max(price => price.Shown(perMinute));
            return (low == high ? words.Amount(low) : words.Range(low, high), words.ShortUnit(dimension, perMinute));
        }

        return (words.FreeOfCharge, "");
    }
}

/// <summary>A price on its way into a sentence: gross where that is known.</summary>
internal sealed record WordedPrice(PriceComponent Component, Restrictions? Restrictions, decimal Amount)
{
    /// <summary>Whether the price per hour is a whole number of tenths of a cent per minute.</summary>
    public bool IsNeatPerMinute => Component.Dimension is Dimension.Time or Dimension.ParkingTime && decimal.Round(Amount / 60m, 3) * 60m == Amount;

    public decimal Shown(bool perMinute) => perMinute ? Amount / 60m : Amount;

    public string Condition(Phrases words) => Restrictions is null ? "" : words.Condition(Restrictions);
}
