using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Billing;

/// <summary>What came of invoicing one account.</summary>
internal abstract record IssueResult
{
    /// <summary>One invoice per currency.</summary>
    public sealed record Issued(IReadOnlyList<Invoice> Invoices) : IssueResult;

    /// <summary>Nothing is open (any more).</summary>
    public sealed record Nothing : IssueResult;

    /// <summary>Another run works on the account right now.</summary>
    public sealed record Busy : IssueResult;

    /// <summary>The account cannot be invoiced before a person has put it right.</summary>
    public sealed record Skipped(SkippedAccount Account) : IssueResult;
}

/// <summary>Which records an invoice takes up.</summary>
/// <param name="From">Sessions that ended from here on; null: from the beginning.</param>
/// <param name="To">Sessions that ended before.</param>
internal sealed record IssueRange(DateTimeOffset? From, DateTimeOffset To);

/// <summary>
/// Invoices one billing account in one transaction: locks the account, claims its open records, writes lines and totals, takes the
/// number last, commits. A crash before the commit leaves nothing, not even a gap; running it again finds nothing open.
/// </summary>
internal sealed class IssueInvoice(LadewerkDb db, TenantContext tenantContext, TimeProvider time)
{
    /// <param name="wait">Wait for another run that has the account; otherwise <see cref="IssueResult.Busy"/>.</param>
    /// <exception cref="SupplierIncompleteException">The tenant's profile lacks what the law demands.</exception>
    public async Task<IssueResult> Run(BillingAccountId accountId, IssueRange range, Guid? runId, bool wait, CancellationToken ct)
    {
        var tenant = await db.Set<Tenant>().SingleAsync(t => t.Id == tenantContext.Current, ct);
        var supplier = Parties.SupplierOf(tenant);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await Lock(accountId, wait, ct) is not { } account)
        {
            return new IssueResult.Busy();
        }

        var records = await Claim(accountId, range, ct);
        if (Decide(account, records) is { } otherwise)
        {
            return otherwise;
        }

        var invoices = new List<Invoice>();
        foreach (var currency in records.GroupBy(record => record.Currency))
        {
            invoices.Add(await Issue(tenant, supplier, account, [.. currency], runId, ct));
        }

        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return new IssueResult.Issued(invoices);
    }

    /// <summary>Why these records make no invoice; null: they do.</summary>
    internal static IssueResult? Decide(BillingAccount account, IReadOnlyList<ChargeDetailRecord> records)
    {
        if (records.Count == 0)
        {
            return new IssueResult.Nothing();
        }

        // A price without a VAT rate is not a price at 0 %.
        if (records.Any(record => record.ExclVat is null || record.InclVat is null))
        {
            return new IssueResult.Skipped(new SkippedAccount(account.Id, account.Name, "vatMissing"));
        }

        return !Parties.CustomerOf(account).HasAddress && records.Sum(record => record.InclVat!.Value) > Parties.SmallAmount
            ? new IssueResult.Skipped(new SkippedAccount(account.Id, account.Name, "customerIncomplete"))
            : null;
    }

    /// <summary>Open records in a range, of all accounts or of one; locks nothing.</summary>
    internal static IQueryable<ChargeDetailRecord> Open(LadewerkDb db, IssueRange range, BillingAccountId? account)
    {
        var open = db.Set<ChargeDetailRecord>().AsNoTracking().Where(r => r.Billing == CdrBilling.Open && r.BillingAccountId != null && r.EndedAt < range.To);
        open = range.From is { } from ? open.Where(r => r.EndedAt >= from) : open;
        return account is { } only ? open.Where(r => r.BillingAccountId == only) : open;
    }

    private async Task<BillingAccount?> Lock(BillingAccountId id, bool wait, CancellationToken ct)
    {
        // "no key": foreign keys to the account, a session's for one, do not wait for us.
        var locked = wait
            ? db.Set<BillingAccount>().FromSql($"select * from billing_account where id = {id.Value} for no key update")
            : db.Set<BillingAccount>().FromSql($"select * from billing_account where id = {id.Value} for no key update skip locked");
        return await locked.SingleOrDefaultAsync(ct);
    }

    private Task<List<ChargeDetailRecord>> Claim(BillingAccountId accountId, IssueRange range, CancellationToken ct) =>
        db.Set<ChargeDetailRecord>()
            .FromSql($"""
                select * from charge_detail_record
                where billing = 'open' and billing_account_id = {accountId.Value} and ended_at < {range.To}
                  and ended_at >= coalesce({range.From}, '-infinity'::timestamptz)
                for update
                """)
            .OrderBy(r => r.StartedAt).ThenBy(r => r.SessionId).ThenBy(r => r.Revision).ThenBy(r => r.Kind)
            .ToListAsync(ct);

    private async Task<Invoice> Issue(
        Tenant tenant, Supplier supplier, BillingAccount account, ChargeDetailRecord[] records, Guid? runId, CancellationToken ct)
    {
        var content = InvoiceContent.Of(records, Parties.IsConsumer(account));
        var kind = content.Gross < 0m ? InvoiceKind.Correction : InvoiceKind.Invoice;
        var now = time.GetUtcNow();
        var zone = TimeZoneInfo.FindSystemTimeZoneById(tenant.TimeZone);
        var today = LocalDate(now, zone);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        var number = await InvoiceNumber.Take(connection, tenant.Id, kind, today.Year, ct);
        var invoice = new Invoice
        {
            TenantId = tenant.Id,
            Kind = kind,
            Number = number.Text(tenant.Profile.InvoicePrefix),
            Year = number.Year,
            Sequence = number.Sequence,
            BillingAccountId = account.Id,
            IssuedOn = today,
            IssuedAt = now,
            PeriodFrom = LocalDate(records.Min(record => record.StartedAt), zone),
            PeriodTo = LocalDate(records.Max(record => record.EndedAt), zone),
            DueOn = kind == InvoiceKind.Invoice ? today.AddDays(account.PaymentTermsDays) : null,
            Language = account.Language,
            TimeZone = tenant.TimeZone,
            Currency = content.Currency,
            Net = content.Net,
            Vat = content.Vat,
            Gross = content.Gross,
            VatLines = content.VatLines,
            Supplier = supplier,
            Customer = Parties.CustomerOf(account),
            SessionCount = content.SessionCount,
            EnergyWh = content.Energy,
            RunId = runId,
        };
        invoice.Lines.AddRange(content.Lines.Select(line => LineOf(invoice, line)));
        db.Add(invoice);
        foreach (var record in records)
        {
            record.Billing = CdrBilling.Invoiced;
            record.InvoiceId = invoice.Id;
        }

        await Outbox.Publish(connection, tenant.Id, new InvoiceIssued(invoice.Id), ct);
        return invoice;
    }

    private static InvoiceLine LineOf(Invoice invoice, DraftLine line) => new()
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

    private static DateOnly LocalDate(DateTimeOffset instant, TimeZoneInfo zone) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, zone).DateTime);
}
