using Ladewerk.Drivers;
using Ladewerk.Kernel;

namespace Ladewerk.Billing;

/// <summary>An invoice of one account and currency, decided, without a number yet.</summary>
/// <param name="Records">In the order in which they stand on it.</param>
internal sealed record InvoiceDraft(BillingAccount Account, IReadOnlyList<ChargeDetailRecord> Records, InvoiceContent Content)
{
    public InvoiceKind Kind => Content.Gross < 0m ? InvoiceKind.Correction : InvoiceKind.Invoice;

    /// <param name="records">Of one currency, in any order. Those of a cost centre stand together.</param>
    public static InvoiceDraft Of(BillingAccount account, Supplier supplier, IReadOnlyList<ChargeDetailRecord> records)
    {
        var ordered = records
            .OrderBy(r => r.CostCentre is null).ThenBy(r => r.CostCentre, StringComparer.Ordinal)
            .ThenBy(r => r.StartedAt).ThenBy(r => r.SessionId.Value).ThenBy(r => r.Revision).ThenBy(r => r.Kind)
            .ToList();
        return new InvoiceDraft(account, ordered, InvoiceContent.Of(ordered, Parties.IsConsumer(account), Parties.TaxOf(account, supplier)));
    }

    /// <summary>The invoice with its number and lines.</summary>
    public Invoice Issue(InvoiceId id, IssueFacts facts, InvoiceNumber number, IReadOnlyList<PrecedingInvoice> preceding)
    {
        var invoice = new Invoice
        {
            Id = id,
            TenantId = facts.Tenant.Id,
            Kind = Kind,
            Number = number.Text(facts.Tenant.Profile.InvoicePrefix),
            Year = number.Year,
            Sequence = number.Sequence,
            BillingAccountId = Account.Id,
            IssuedOn = facts.Today,
            IssuedAt = facts.Now,
            PeriodFrom = facts.LocalDate(Records.Min(record => record.StartedAt)),
            PeriodTo = facts.LocalDate(Records.Max(record => record.EndedAt)),
            DueOn = Kind == InvoiceKind.Invoice ? facts.Today.AddDays(Account.PaymentTermsDays) : null,
            Language = Account.Language,
            TimeZone = facts.Tenant.TimeZone,
            Currency = Content.Currency,
            Net = Content.Net,
            Vat = Content.Vat,
            Gross = Content.Gross,
            VatLines = Content.VatLines,
            Preceding = preceding,
            Notes = facts.Settings.NotesIn(Account.Language),
            Supplier = facts.Supplier,
            Customer = Parties.CustomerOf(Account),
            SessionCount = Content.SessionCount,
            EnergyWh = Content.Energy,
            RunId = facts.RunId,
        };
        invoice.Lines.AddRange(Content.Lines.Select(line => LineOf(invoice, line)));
        return invoice;
    }

    internal static InvoiceLine LineOf(Invoice invoice, DraftLine line) => new()
    {
        InvoiceId = invoice.Id,
        TenantId = invoice.TenantId,
        Position = line.Position,
        Item = line.Item,
        CdrId = line.Record.Id,
        CostCentre = line.Record.CostCentre,
        Type = line.Type,
        Quantity = line.Quantity,
        Unit = line.Unit,
        UnitPrice = line.UnitPrice,
        VatRate = line.VatRate,
        Net = line.Net,
        Gross = line.Gross,
        FromAt = line.From,
        ToAt = line.To,
    };
}
