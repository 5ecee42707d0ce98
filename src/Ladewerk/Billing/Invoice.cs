using System.Text.Json.Serialization;
using Ladewerk.Drivers;
using Ladewerk.Kernel;

namespace Ladewerk.Billing;

[JsonConverter(typeof(TypedIdJson<InvoiceId>))]
public readonly record struct InvoiceId(Guid Value) : ITypedId<InvoiceId>
{
    public static InvoiceId From(Guid value) => new(value);

    public static InvoiceId New() => new(Guid.CreateVersion7());
}

/// <summary>What a document is; each kind counts its own numbers.</summary>
public enum InvoiceKind
{
    /// <summary>Rechnung (UNTDID 1001: 380).</summary>
    Invoice,

    /// <summary>Rechnungskorrektur: what corrections give back is more than what is charged (384).</summary>
    Correction,

    /// <summary>Stornorechnung: takes one invoice back in full (384).</summary>
    Cancellation,

    /// <summary>Kleinbetragsrechnung of a session without an account (§33 UStDV): names no customer.</summary>
    Receipt,

    /// <summary>Gutschrift im Sinne des §14 Abs. 2 UStG: the operator settles what another has supplied to it (389).</summary>
    SelfBilling,
}

/// <summary>Whether an invoice still holds.</summary>
public enum InvoiceState
{
    Issued,

    /// <summary>A cancellation invoice takes it back.</summary>
    Cancelled,
}

/// <summary>Whether the PDF has been made.</summary>
public enum DocumentState
{
    Pending,
    Ready,

    /// <summary>The renderer failed; it is tried again and the reason is shown.</summary>
    Failed,
}

/// <summary>Supplier in full, as it was at issue (§14 Abs. 4 Nr. 1 and 2 UStG).</summary>
public sealed record Supplier(
    string Name, string Street, string PostalCode, string City, string Country, string? VatId, string? TaxNumber, string DisplayName)
{
    public string? Email { get; init; }
    public string? Phone { get; init; }
    public string? Website { get; init; }
    public string? RegisterEntry { get; init; }
    public string? ManagingDirector { get; init; }
    public string? BankName { get; init; }
    public string? Iban { get; init; }
    public string? Bic { get; init; }
}

/// <summary>Customer in full, as it was at issue (§14 Abs. 4 Nr. 1 UStG).</summary>
public sealed record Customer(string Name, string? Company, string? Street, string? PostalCode, string? City, string Country)
{
    public string? VatId { get; init; }
    public string? Email { get; init; }
    public string? CustomerNumber { get; init; }

    /// <summary>Leitweg-ID or what else the buyer wants to read (EN 16931 BT-10); set: the invoice is an XRechnung.</summary>
    public string? BuyerReference { get; init; }

    /// <summary>EN 16931 BT-49, with the code of its scheme.</summary>
    public string? ElectronicAddress { get; init; }
    public string? ElectronicScheme { get; init; }

    /// <summary>The first line of the address.</summary>
    [JsonIgnore]
    public string Addressee => Company ?? Name;

    /// <summary>Street, postal code and city are known.</summary>
    [JsonIgnore]
    public bool HasAddress => !string.IsNullOrWhiteSpace(Street) && !string.IsNullOrWhiteSpace(PostalCode) && !string.IsNullOrWhiteSpace(City);
}

/// <summary>The amounts of one VAT rate (§14 Abs. 4 Nr. 7 and 8 UStG).</summary>
/// <param name="Rate">Percent.</param>
/// <param name="Category">UNCL 5305: S standard, Z zero rated, E exempt, AE reverse charge, K intra-Community, G export, O outside the scope.</param>
public sealed record VatLine(decimal Rate, string Category, decimal Net, decimal Vat, decimal Gross)
{
    /// <summary>Why there is no tax, in the invoice's language (§14 Abs. 4 Nr. 8 UStG); null where there is.</summary>
    public string? Reason { get; init; }

    /// <summary>The same as a code of the VATEX list.</summary>
    public string? ReasonCode { get; init; }
}

/// <summary>An earlier document that a correction belongs to (EN 16931 BT-25 and BT-26).</summary>
public sealed record PrecedingInvoice(string Number, DateOnly IssuedOn);

/// <summary>An issued invoice. Its content never changes; <see cref="State"/> and the document's state do.</summary>
public sealed class Invoice : ITenantOwned
{
    public InvoiceId Id { get; init; } = InvoiceId.New();
    public required TenantId TenantId { get; init; }
    public required InvoiceKind Kind { get; init; }

    /// <summary>Gapless per tenant, kind and year, such as <c>2026-R-000017</c>.</summary>
    public required string Number { get; init; }
    public required int Year { get; init; }
    public required int Sequence { get; init; }
    /// <summary>Who pays; null on receipts and statements.</summary>
    public BillingAccountId? BillingAccountId { get; init; }

    /// <summary>The site host to whom a statement goes.</summary>
    public Guid? OrganisationId { get; init; }

    /// <summary>The employee to whom a statement goes.</summary>
    public DriverId? DriverId { get; init; }

    /// <summary>The invoice that a cancellation takes back.</summary>
    public InvoiceId? CancelsId { get; init; }

    /// <summary>Why it was cancelled, in the words of who did it.</summary>
    public string? Reason { get; init; }
    public required DateOnly IssuedOn { get; init; }
    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>Period of supply (§14 Abs. 4 Nr. 6 UStG), in the tenant's zone, both ends included.</summary>
    public required DateOnly PeriodFrom { get; init; }
    public required DateOnly PeriodTo { get; init; }
    public DateOnly? DueOn { get; init; }

    /// <summary>de or en.</summary>
    public required string Language { get; init; }

    /// <summary>IANA zone of its dates.</summary>
    public required string TimeZone { get; init; }
    public required string Currency { get; init; }
    public required decimal Net { get; init; }
    public required decimal Vat { get; init; }
    public required decimal Gross { get; init; }
    public required IReadOnlyList<VatLine> VatLines { get; init; }

    /// <summary>Documents that this one corrects, or stands in for after they were cancelled.</summary>
    public IReadOnlyList<PrecedingInvoice> Preceding { get; init; } = [];

    /// <summary>Sentences that stand on it, in its language.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>How it will be collected; null: it is to be transferred.</summary>
    public Collecting? Collecting { get; init; }
    public required Supplier Supplier { get; init; }
    public required Customer Customer { get; init; }
    public required int SessionCount { get; init; }
    public required WattHours EnergyWh { get; init; }
    public Guid? RunId { get; init; }

    /// <summary>The month of a statement.</summary>
    public DateOnly? ForMonth { get; init; }
    public InvoiceState State { get; set; }
    public DocumentState DocumentState { get; set; }
    public string? DocumentError { get; set; }

    /// <summary>What came in for it so far.</summary>
    public decimal Paid { get; set; }

    /// <summary>When it was paid in full.</summary>
    public DateOnly? SettledOn { get; set; }

    /// <summary>How many reminders went out.</summary>
    public int DunningLevel { get; set; }
    public DateOnly? DunnedOn { get; set; }

    /// <summary>Somebody has said that no reminder shall go out.</summary>
    public bool DunningHold { get; set; }
    public DateTimeOffset? MailedAt { get; set; }
    public List<InvoiceLine> Lines { get; init; } = [];
}

/// <summary>One amount of one session.</summary>
public sealed class InvoiceLine : ITenantOwned
{
    public required InvoiceId InvoiceId { get; init; }

    /// <summary>The session's number on the invoice, from 1.</summary>
    public required int Position { get; init; }

    /// <summary>The amount's number within the session, from 1.</summary>
    public required int Item { get; init; }
    public required TenantId TenantId { get; init; }
    /// <summary>The session's record; null where the line is no session's.</summary>
    public CdrId? CdrId { get; init; }
    public string? CostCentre { get; init; }

    /// <summary>What it is, in the invoice's language, where <see cref="Type"/> does not say it.</summary>
    public string? Description { get; init; }

    /// <summary>As <see cref="Tariffs.CostLine.Type"/>.</summary>
    public required string Type { get; init; }
    public required decimal Quantity { get; init; }

    /// <summary>kWh, min or session; empty for caps and limits.</summary>
    public required string Unit { get; init; }

    /// <summary>Net per unit, six places; the amounts come from the unrounded price.</summary>
    public required decimal UnitPrice { get; init; }

    /// <summary>Percent.</summary>
    public required decimal VatRate { get; init; }

    /// <summary>All lines of a rate add up to the rate's net amount.</summary>
    public required decimal Net { get; init; }

    /// <summary>All lines of a rate add up to the rate's gross amount.</summary>
    public required decimal Gross { get; init; }
    public required DateTimeOffset FromAt { get; init; }
    public required DateTimeOffset ToAt { get; init; }
}

/// <summary>A file of an invoice: made once, then served the same ever after.</summary>
public sealed class InvoiceDocument : ITenantOwned
{
    public const string Pdf = "pdf";
    public const string Xml = "xml";

    public required InvoiceId InvoiceId { get; init; }

    /// <summary>pdf or xml.</summary>
    public required string Format { get; init; }
    public required TenantId TenantId { get; init; }
    public required string FileName { get; init; }
    public required string ContentType { get; init; }
    public required byte[] Content { get; init; }
    public required byte[] Sha256 { get; init; }

    /// <summary>Digest of the template and the look that made it; null on XML, which has none.</summary>
    public string? Template { get; init; }

    /// <summary>The page that was printed, without its looks, compressed; null on XML.</summary>
    public byte[]? Source { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}
