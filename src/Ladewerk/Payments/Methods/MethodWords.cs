using Ladewerk.Kernel.Text;

namespace Ladewerk.Payments.Methods;

/// <summary>Puts ways to pay into words.</summary>
internal static class MethodWords
{
    private static readonly Dictionary<string, string> Brands = new(StringComparer.Ordinal)
    {
        ["visa"] = "Visa", ["mastercard"] = "Mastercard", ["amex"] = "American Express", ["diners"] = "Diners Club", ["discover"] = "Discover", ["jcb"] = "JCB", ["unionpay"] = "UnionPay",
    };

    /// <summary>Such as Visa •••• 4242 or SEPA-Lastschrift DE •••• 3000.</summary>
    public static string Name(PaymentMethodView m, Texts t) => m.Kind == PaymentMethodKind.Card
        ? $"{(m.Brand is { } brand ? Brands.GetValueOrDefault(brand, t["payments.methods.card"]) : t["payments.methods.card"])} •••• {m.Last4}"
        : $"{t["payments.methods.sepaDebit"]} {m.Brand} •••• {m.Last4}";

    /// <summary>What else there is to know: until when the card holds, or the mandate's reference.</summary>
    public static string? Facts(PaymentMethodView m, Texts t) => m.ExpiresOn is { } last ? t["payments.methods.until", last.ToString("MM/yyyy", System.Globalization.CultureInfo.InvariantCulture)]
        : m.Mandate is { } mandate ? t["payments.methods.mandate", mandate] : null;
}
