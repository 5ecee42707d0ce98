using System.Text.Json.Serialization;
using Ladewerk.Drivers;

namespace Ladewerk.Billing;

/// <summary>What an invoice is collected from.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CollectedFrom>))]
public enum CollectedFrom
{
    Card,

    /// <summary>A SEPA core direct debit; the payment provider makes it in its own name.</summary>
    SepaDebit,
}

/// <summary>How an invoice will be collected, as it was known when it was issued. The payer must transfer nothing.</summary>
/// <param name="Last4">The last characters of the card or account: no more is known here.</param>
/// <param name="Mandate">Reference of the SEPA mandate.</param>
/// <param name="On">Not before this day; null: at once.</param>
public sealed record Collecting(CollectedFrom From, string Last4, string? Mandate, DateOnly? On);

/// <summary>Says of billing accounts what their invoices are collected from; whoever collects answers.</summary>
internal interface ICollectsInvoices
{
    /// <returns>Those from which it is collected by itself; a debit's day is left open.</returns>
    Task<IReadOnlyDictionary<BillingAccountId, Collecting>> Of(IReadOnlyCollection<BillingAccountId> accounts, DateOnly today, CancellationToken ct);
}
