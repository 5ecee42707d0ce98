using System.Globalization;
using System.Text.Json.Serialization;

namespace Ladewerk.Kernel;

/// <summary>An exact amount in one currency (ISO 4217 code). Amounts of different currencies refuse to mix.</summary>
/// <param name="Amount">The amount in major units; written to JSON as text so that no reader loses digits.</param>
/// <param name="Currency">ISO 4217 code, upper case.</param>
public readonly record struct Money(
    [property: JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)] decimal Amount,
    string Currency)
{
    /// <exception cref="InvalidOperationException">The currencies differ.</exception>
    public static Money operator +(Money a, Money b) => new(a.Amount + b.Amount, Same(a, b));

    /// <exception cref="InvalidOperationException">The currencies differ.</exception>
    public static Money operator -(Money a, Money b) => new(a.Amount - b.Amount, Same(a, b));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Amount} {Currency}");

    private static string Same(Money a, Money b) => string.Equals(a.Currency, b.Currency, StringComparison.Ordinal)
        ? a.Currency
        : throw new InvalidOperationException($"Cannot mix {a.Currency} with {b.Currency}.");
}
