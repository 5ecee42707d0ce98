using System.Text.Json.Serialization;

namespace Ladewerk.Tariffs;

/// <summary>
/// What a session costs. A side is null where it cannot be known: a price without a VAT rate has no gross amount, and a
/// gross price without one has no net amount (VAT omitted is not VAT 0).
/// </summary>
/// <param name="Currency">ISO 4217.</param>
/// <param name="ExclVat">Net total, rounded half-up to the currency's minor unit.</param>
/// <param name="InclVat">Gross total, rounded half-up to the currency's minor unit.</param>
/// <param name="Vat">VAT per rate; adds up to gross minus net.</param>
/// <param name="Lines">They add up to the totals.</param>
/// <param name="Exact">The totals before rounding.</param>
/// <param name="Warnings">What the reader should know.</param>
public sealed record Cost(
    string Currency,
    [property: JsonNumberHandling(AmountJson.AsText)] decimal? ExclVat,
    [property: JsonNumberHandling(AmountJson.AsText)] decimal? InclVat,
    IReadOnlyList<VatAmount> Vat,
    IReadOnlyList<CostLine> Lines,
    ExactTotals Exact,
    IReadOnlyList<TariffNotice> Warnings);

/// <summary>VAT of one rate in percent.</summary>
public sealed record VatAmount(decimal Rate, [property: JsonNumberHandling(AmountJson.AsText)] decimal Amount);

/// <summary>Totals before the final rounding.</summary>
public sealed record ExactTotals(
    [property: JsonNumberHandling(AmountJson.AsText)] decimal? ExclVat,
    [property: JsonNumberHandling(AmountJson.AsText)] decimal? InclVat);

/// <summary>A line of the bill.</summary>
/// <param name="Type">ENERGY, TIME, PARKING_TIME, FLAT, RESERVATION_TIME, RESERVATION_FLAT, CAP, MIN_PRICE or MAX_PRICE.</param>
/// <param name="Quantity">In <paramref name="Unit"/>.</param>
/// <param name="Unit">kWh, h, session; empty for caps and limits.</param>
/// <param name="UnitPrice">As the tariff states it: gross where its prices are gross.</param>
/// <param name="ExclVat">Net, shown so that all lines add up.</param>
/// <param name="VatRate">Percent.</param>
/// <param name="InclVat">Gross, shown so that all lines add up.</param>
/// <param name="From">First moment this line covers.</param>
/// <param name="To">Last moment this line covers.</param>
/// <param name="Element">Index of the tariff element; null for caps and limits.</param>
public sealed record CostLine(
    string Type,
    decimal Quantity,
    string Unit,
    [property: JsonNumberHandling(AmountJson.AsText)] decimal UnitPrice,
    [property: JsonNumberHandling(AmountJson.AsText)] decimal? ExclVat,
    decimal? VatRate,
    [property: JsonNumberHandling(AmountJson.AsText)] decimal? InclVat,
    DateTimeOffset From,
    DateTimeOffset To,
    int? Element);

/// <summary>A remark on a tariff, a session or a bill; the rule is a stable name.</summary>
public sealed record TariffNotice(string Rule, LocalizedText Text)
{
    internal static TariffNotice Of(string rule, string de, string en) => new(rule, new LocalizedText(de, en));
}

/// <summary>Amounts are text in JSON, so that no reader loses digits; they carry the places of their currency.</summary>
internal static class AmountJson
{
    public const JsonNumberHandling AsText = JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString;
}
