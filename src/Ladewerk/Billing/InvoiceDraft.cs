using Ladewerk.Billing.Subscriptions;
using Ladewerk.Billing.Templates;
using Ladewerk.Drivers;

namespace Ladewerk.Billing;

/// <summary>An invoice of one account and currency, decided, without a number yet.</summary>
/// <param name="Records">In the order in which they stand on it.</param>
/// <param name="Charges">Monthly fees, after the sessions.</param>
internal sealed record InvoiceDraft(BillingAccount Account, IReadOnlyList<ChargeDetailRecord> Records, IReadOnlyList<SubscriptionCharge> Charges, InvoiceContent Content)
{
    public InvoiceKind Kind => Content.Gross < 0m ? InvoiceKind.Correction : InvoiceKind.Invoice;

    /// <summary>The drafts of an account: one for each currency.</summary>
    public static IEnumerable<InvoiceDraft> Each(BillingAccount account, Supplier supplier, OpenItems open) =>
        open.Records.Select(r => r.Currency).Concat(open.Charges.Select(c => c.Currency)).Distinct(StringComparer.Ordinal)
            .Select(currency => Of(account, supplier, [.. open.Records.Where(r => r.Currency == currency)], [.. open.Charges.Where(c => c.Currency == currency)]));

    /// <param name="records">Of one currency, in any order. Those of a cost centre stand together.</param>
    /// <param name="charges">Of the same currency.</param>
    private static InvoiceDraft Of(BillingAccount account, Supplier supplier, IReadOnlyList<ChargeDetailRecord> records, IReadOnlyList<SubscriptionCharge> charges)
    {
        var ordered = records
            .OrderBy(r => r.CostCentre is null).ThenBy(r => r.CostCentre, StringComparer.Ordinal)
            .ThenBy(r => r.StartedAt).ThenBy(r => r.SessionId.Value).ThenBy(r => r.Revision).ThenBy(r => r.Kind)
            .ToList();
        List<SubscriptionCharge> fees = [.. charges.OrderBy(c => c.CostCentre is null).ThenBy(c => c.CostCentre, StringComparer.Ordinal).ThenBy(c => c.Month).ThenBy(c => c.ContractNumber, StringComparer.Ordinal).ThenBy(c => c.Item)];
        return new InvoiceDraft(account, ordered, fees, InvoiceContent.Of(ordered, fees, Parties.IsConsumer(account), Parties.TaxOf(account, supplier), InvoiceTexts.In(account.Language)));
    }

    /// <summary>The invoice with its number and lines.</summary>
    public Invoice Issue(InvoiceId id, IssueFacts facts, InvoiceNumber number, IReadOnlyList<PrecedingInvoice> preceding, Collecting? collecting)
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
            PeriodFrom = Records.Select(record => facts.LocalDate(record.StartedAt)).Concat(Charges.Select(charge => charge.FromDay)).Min(),
            PeriodTo = Records.Select(record => facts.LocalDate(record.EndedAt)).Concat(Charges.Select(charge => charge.ToDay)).Max(),
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
            Collecting = CollectedBy(collecting, facts),
            Supplier = facts.Supplier,
            Customer = Parties.CustomerOf(Account),
            SessionCount = Content.SessionCount,
            EnergyWh = Content.Energy,
            RunId = facts.RunId,
        };
        invoice.Lines.AddRange(Content.Lines.Select(line => LineOf(invoice, line)));
        return invoice;
    }

    /// <summary>A debit is made on the day that its announcement will name.</summary>
    private Collecting? CollectedBy(Collecting? way, IssueFacts facts) => way is null || Kind != InvoiceKind.Invoice || Content.Gross <= 0m ? null
        : way.From == CollectedFrom.SepaDebit ? way with { On = Sepa.DebitDay.Of(facts.Today, facts.Today.AddDays(Account.PaymentTermsDays), facts.Settings.PreNotificationDays) } : way;

    internal static InvoiceLine LineOf(Invoice invoice, DraftLine line) => new()
    {
        InvoiceId = invoice.Id,
        TenantId = invoice.TenantId,
        Position = line.Position,
        Item = line.Item,
        CdrId = line.Record?.Id,
        CostCentre = line.CostCentre,
        Description = line.Description,
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

/// <summary>What of an account waits for an invoice.</summary>
internal sealed record OpenItems(IReadOnlyList<ChargeDetailRecord> Records, IReadOnlyList<SubscriptionCharge> Charges)
{
    public bool IsEmpty => Records.Count == 0 && Charges.Count == 0;

    /// <summary>A price without a VAT rate is not a price at 0 %.</summary>
    public bool LacksVat => Records.Any(record => record.ExclVat is null || record.InclVat is null) || Charges.Any(charge => charge.InclVat is null);

    public decimal Gross => Records.Sum(record => record.InclVat ?? 0m) + Charges.Sum(charge => charge.InclVat ?? 0m);
}
