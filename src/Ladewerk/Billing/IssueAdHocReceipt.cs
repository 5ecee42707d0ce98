using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Billing;

/// <summary>What came of the wish for a receipt.</summary>
internal abstract record ReceiptResult
{
    /// <summary>The receipt; the same one when asked again.</summary>
    public sealed record Issued(InvoiceId Receipt, string Number) : ReceiptResult;

    /// <summary>The tenant has no such record.</summary>
    public sealed record NotFound : ReceiptResult;

    /// <summary>Somebody has an account for it, or there is nothing to pay.</summary>
    public sealed record NothingToIssue : ReceiptResult;

    /// <summary>More than a small amount: the law wants the customer's name and address (§14 Abs. 4 Nr. 1 UStG).</summary>
    public sealed record NeedsCustomer : ReceiptResult;
}

/// <summary>
/// Issues the receipt for a session that was paid on the spot, without an account: an invoice over a small amount, which needs no customer
/// (§33 UStDV). One per record, however often it is asked for.
/// </summary>
internal sealed class IssueAdHocReceipt(LadewerkDb db, TenantContext tenantContext, TimeProvider time)
{
    /// <param name="language">de or en; null: the tenant's.</param>
    /// <param name="customer">Who paid, where that is known; a must above <see cref="Parties.SmallAmount"/>.</param>
    /// <exception cref="SupplierIncompleteException">The tenant's profile lacks what the law demands.</exception>
    public async Task<ReceiptResult> Run(CdrId id, string? language, Customer? customer, CancellationToken ct)
    {
        var tenant = await db.Set<Tenant>().AsNoTracking().SingleAsync(t => t.Id == tenantContext.Current, ct);
        var facts = new IssueFacts(tenant, Parties.SupplierOf(tenant), null, time.GetUtcNow());
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var record = await db.Set<ChargeDetailRecord>().FromSql($"select * from charge_detail_record where id = {id.Value} for update").SingleOrDefaultAsync(ct);
        if (record is null)
        {
            return new ReceiptResult.NotFound();
        }

        if (record.InvoiceId is { } earlier)
        {
            return new ReceiptResult.Issued(earlier, await db.Set<Invoice>().Where(i => i.Id == earlier).Select(i => i.Number).SingleAsync(ct));
        }

        if (record.BillingAccountId is not null || record.InclVat is not > 0m || record.ExclVat is null)
        {
            return new ReceiptResult.NothingToIssue();
        }

        if (record.InclVat > Parties.SmallAmount && customer is not { HasAddress: true })
        {
            return new ReceiptResult.NeedsCustomer();
        }

        var receipt = await Issue(facts, record, language ?? tenant.Language, customer, ct);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return new ReceiptResult.Issued(receipt.Id, receipt.Number);
    }

    private async Task<Invoice> Issue(IssueFacts facts, ChargeDetailRecord record, string language, Customer? customer, CancellationToken ct)
    {
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        var content = InvoiceContent.Of([record], consumer: true, VatDecision.AsPriced);
        var preceding = (await Preceding.Of(connection, [record], ct)).For([record]);
        var number = await InvoiceNumber.Take(connection, facts.Tenant.Id, InvoiceKind.Receipt, facts.Today.Year, ct);
        var receipt = new Invoice
        {
            TenantId = facts.Tenant.Id,
            Kind = InvoiceKind.Receipt,
            Number = number.Text(facts.Tenant.Profile.InvoicePrefix),
            Year = number.Year,
            Sequence = number.Sequence,
            IssuedOn = facts.Today,
            IssuedAt = facts.Now,
            PeriodFrom = facts.LocalDate(record.StartedAt),
            PeriodTo = facts.LocalDate(record.EndedAt),
            Language = language == "en" ? "en" : "de",
            TimeZone = facts.Tenant.TimeZone,
            Currency = content.Currency,
            Net = content.Net,
            Vat = content.Vat,
            Gross = content.Gross,
            VatLines = content.VatLines,
            Preceding = preceding,
            Supplier = facts.Supplier,
            Customer = customer ?? new Customer("", null, null, null, null, facts.Tenant.Country),
            SessionCount = content.SessionCount,
            EnergyWh = content.Energy,
        };
        receipt.Lines.AddRange(content.Lines.Select(line => InvoiceDraft.LineOf(receipt, line)));
        db.Add(receipt);
        record.Billing = CdrBilling.Invoiced;
        record.InvoiceId = receipt.Id;
        await Outbox.Publish(connection, facts.Tenant.Id, new InvoiceIssued(receipt.Id), ct);
        return receipt;
    }
}
