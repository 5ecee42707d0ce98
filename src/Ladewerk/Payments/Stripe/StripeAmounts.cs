using Ladewerk.Kernel;
using Ladewerk.Tariffs;

namespace Ladewerk.Payments.Stripe;

/// <summary>Amounts at Stripe's border: whole minor units (cents) there, decimals here.</summary>
internal static class StripeAmounts
{
    /// <exception cref="ArgumentException">The amount has a part of a minor unit: it was not rounded where the tariff says.</exception>
    public static long Minor(Money money)
    {
        var minor = money.Amount * Scale(money.Currency);
        return decimal.Truncate(minor) == minor ? decimal.ToInt64(minor) : throw new ArgumentException($"{money} is no whole number of minor units.", nameof(money));
    }

    /// <param name="currency">As Stripe writes it, in small letters.</param>
    public static Money Money(long minor, string currency)
    {
        var code = currency.ToUpperInvariant();
        return new Money(minor / Scale(code), code);
    }

    private static decimal Scale(string currency) => MinorUnits.Of(currency) switch
    {
        0 => 1m,
        2 => 100m,
        3 => 1000m,
        var digits => throw new ArgumentException($"Stripe knows no currency with {digits} decimals ({currency}).", nameof(currency)),
    };
}
