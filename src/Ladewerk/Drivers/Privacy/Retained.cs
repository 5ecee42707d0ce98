namespace Ladewerk.Drivers.Privacy;

/// <summary>What an erasure leaves, and why. docs/data-retention.md says it to people; a test holds the two and the database together.</summary>
internal static class Retained
{
    /// <summary>Columns that may still name a person whose data were erased.</summary>
    public static readonly IReadOnlyDictionary<string, string> Columns = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["invoice.customer"] = "§147 AO, §14b UStG: invoices, unchanged, for eight years",
        ["invoice.supplier"] = "§147 AO, §14b UStG: statements to employees, unchanged, for eight years",
        ["invoice_document.content"] = "§147 AO, §14b UStG: invoices, unchanged, for eight years",
        ["signed_value.raw"] = "MessEG §33: what was billed can be proven only by what the meter signed, unchanged, for as long as the invoice is kept",
        ["sync_item.body"] = "§147 AO: an invoice on its way to another system, as it was issued; 90 days from then",
        ["sync_item.url"] = "§147 AO: an invoice on its way to another system, where its address names the customer; 90 days from then",
        ["local_list_entry.id_token"] = "until the station has confirmed its new local list",
    };

    /// <summary>Tables that are never changed: records of the books, and what names nobody.</summary>
    public static readonly IReadOnlySet<string> Tables = new HashSet<string>(StringComparer.Ordinal)
    {
        "charge_detail_record", "invoice", "invoice_line", "invoice_document", "number_series", "invoice_payment", "local_list_entry", "tenant", "schema_migration", "commit_mark", "data_protection_key", "meter_sample", "site_scope_rule", "signed_value", "session_proof", "meter_key", "subscription_charge", "invoice_template", "invoice_look", "sync_item",
    };
}

/// <summary>Whoever must come to an end before a person can be forgotten: a running session, a bill that is not written yet.</summary>
public interface IHoldsPerson
{
    /// <summary>What it waits for, as <c>drivers.privacy.waits.{word}</c> says it; null: nothing.</summary>
    Task<string?> WaitsFor(DriverId driver, BillingAccountId? payer, CancellationToken ct);
}

/// <summary>Whoever keeps what a search for names does not find: copies in the words of another system, the last digits of a card.</summary>
public interface IErasesPerson
{
    /// <summary>May be called again after a crash.</summary>
    /// <param name="payer">Their billing account, where it is nobody else's.</param>
    /// <returns>Rows that were changed.</returns>
    Task<long> Erase(DriverId driver, BillingAccountId? payer, CancellationToken ct);
}
