using Ladewerk.Billing.Subscriptions;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Billing;

/// <summary>What came of invoicing some accounts.</summary>
/// <param name="Skipped">Accounts that cannot be invoiced before a person has put them right.</param>
/// <param name="Busy">Accounts on which another run works right now.</param>
internal sealed record IssueBatch(IReadOnlyList<Invoice> Invoices, IReadOnlyList<SkippedAccount> Skipped, IReadOnlyList<BillingAccountId> Busy);

/// <summary>Which records an invoice takes up.</summary>
/// <param name="From">Sessions that ended from here on; null: from the beginning.</param>
/// <param name="To">Sessions that ended before.</param>
/// <param name="Session">This session alone.</param>
internal sealed record IssueRange(DateTimeOffset? From, DateTimeOffset To, SessionId? Session = null);

/// <summary>
/// Invoices some billing accounts in one transaction: locks the accounts, claims their open records, decides lines and totals, takes the
/// numbers, writes everything in bulk, commits. A crash before the commit leaves nothing, not even a gap; running it again finds nothing open.
/// </summary>
internal sealed class IssueInvoices(LadewerkDb db, TenantContext tenantContext, SaveBillingSettings settings, IEnumerable<ICollectsInvoices> collects, TimeProvider time)
{
    /// <param name="wait">Wait for another run that has an account; otherwise it is told as busy.</param>
    /// <exception cref="SupplierIncompleteException">The tenant's profile lacks what the law demands.</exception>
    public async Task<IssueBatch> Run(IReadOnlyList<BillingAccountId> ids, IssueRange range, Guid? runId, bool wait, CancellationToken ct)
    {
        var tenant = await db.Set<Tenant>().AsNoTracking().SingleAsync(t => t.Id == tenantContext.Current, ct);
        var issue = new IssueFacts(tenant, Parties.SupplierOf(tenant), runId, time.GetUtcNow()) { Settings = await settings.Current(ct) };
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var accounts = await Lock(ids, wait, ct);
        Guid[] locked = [.. accounts.Select(a => a.Id.Value)];
        var (open, fees) = ((await Claim(locked, range, ct)).ToLookup(record => record.BillingAccountId!.Value), (await ClaimFees(locked, range, ct)).ToLookup(charge => charge.BillingAccountId));
        var skipped = new List<SkippedAccount>();
        var drafts = new List<InvoiceDraft>();
        foreach (var account in accounts)
        {
            var items = new OpenItems([.. open[account.Id]], [.. fees[account.Id]]);
            if (Decide(account, issue.Supplier, items) is { } reason)
            {
                skipped.Add(new SkippedAccount(account.Id, account.Name, reason));
                continue;
            }

            drafts.AddRange(InvoiceDraft.Each(account, issue.Supplier, items));
        }

        var invoices = await Issue(issue, drafts, ct);
        await transaction.CommitAsync(ct);
        return new IssueBatch(invoices, skipped, [.. ids.Where(id => !locked.Contains(id.Value))]);
    }

    /// <summary>Why what is open makes no invoice; null: it does, or there is nothing.</summary>
    internal static string? Decide(BillingAccount account, Supplier supplier, OpenItems open)
    {
        if (open.IsEmpty || open.LacksVat)
        {
            return open.IsEmpty ? null : SkippedAccount.VatMissing;
        }

        var customer = Parties.CustomerOf(account);
        if (!customer.HasAddress && open.Gross > Parties.SmallAmount)
        {
            return SkippedAccount.CustomerIncomplete;
        }

        return customer.BuyerReference is not null && (!customer.HasAddress || Parties.MissingForXRechnung(supplier).Count > 0) ? SkippedAccount.EInvoiceIncomplete : null;
    }

    /// <summary>Records that wait for an invoice.</summary>
    internal static IQueryable<ChargeDetailRecord> Open(LadewerkDb db, IssueRange range, BillingAccountId? account)
    {
        var open = db.Set<ChargeDetailRecord>().AsNoTracking().Where(r => r.Billing == CdrBilling.Open && r.BillingAccountId != null && r.EndedAt < range.To);
        open = range.From is { } from ? open.Where(r => r.EndedAt >= from) : open;
        return account is { } only ? open.Where(r => r.BillingAccountId == only) : open;
    }

    /// <summary>Monthly fees that wait for an invoice.</summary>
    internal static IQueryable<SubscriptionCharge> OpenFees(LadewerkDb db, IssueRange range, BillingAccountId? account)
    {
        var open = db.Set<SubscriptionCharge>().AsNoTracking().Where(c => c.Billing == CdrBilling.Open && c.DueAt <= range.To);
        open = range.From is { } from ? open.Where(c => c.DueAt > from) : open;
        return account is { } only ? open.Where(c => c.BillingAccountId == only) : open;
    }

    /// <summary>What is collected by itself, of each account.</summary>
    private async Task<Dictionary<BillingAccountId, Collecting>> Ways(IssueFacts issue, List<InvoiceDraft> drafts, CancellationToken ct)
    {
        BillingAccountId[] accounts = [.. drafts.Select(d => d.Account.Id).Distinct()];
        var all = new Dictionary<BillingAccountId, Collecting>();
        foreach (var way in accounts.Length > 0 ? collects : [])
        {
            foreach (var (account, known) in await way.Of(accounts, issue.Today, ct))
            {
                all[account] = known;
            }
        }

        return all;
    }

    private async Task<List<Invoice>> Issue(IssueFacts issue, List<InvoiceDraft> drafts, CancellationToken ct)
    {
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        var preceding = await Preceding.Of(connection, drafts.SelectMany(d => d.Records), drafts.SelectMany(d => d.Charges), ct);
        var collecting = await Ways(issue, drafts, ct);
        var issued = new List<(Invoice Invoice, InvoiceDraft Draft)>(drafts.Count);
        // Made within a millisecond, ids come in any order; lists are in theirs, and shall be in that of the numbers.
        var ids = new Queue<InvoiceId>(drafts.Select(_ => InvoiceId.New()).OrderBy(id => id.Value.ToString("N"), StringComparer.Ordinal));
        foreach (var kind in drafts.GroupBy(draft => draft.Kind))
        {
            var number = await InvoiceNumber.Take(connection, issue.Tenant.Id, kind.Key, issue.Today.Year, kind.Count(), ct);
            foreach (var draft in kind)
            {
                issued.Add((draft.Issue(ids.Dequeue(), issue, number, preceding.For(draft.Records, draft.Charges), collecting.GetValueOrDefault(draft.Account.Id)), draft));
                number = number.Next;
            }
        }

        if (issued.Count > 0)
        {
            await WriteInvoices.Run(connection, issued, ct);
        }

        return issued.ConvertAll(i => i.Invoice);
    }

    // "no key": foreign keys to the account, a session's for one, do not wait for us. In the order of ids, so that two batches cannot block each other.
    private async Task<List<BillingAccount>> Lock(IReadOnlyList<BillingAccountId> ids, bool wait, CancellationToken ct)
    {
        var keys = ids.Select(id => id.Value).ToArray();
        var locked = wait
            ? db.Set<BillingAccount>().FromSql($"select * from billing_account where id = any({keys}) order by id for no key update")
            : db.Set<BillingAccount>().FromSql($"select * from billing_account where id = any({keys}) order by id for no key update skip locked");
        return await locked.AsNoTracking().ToListAsync(ct);
    }

    private Task<List<ChargeDetailRecord>> Claim(Guid[] accounts, IssueRange range, CancellationToken ct) =>
        db.Set<ChargeDetailRecord>()
            .FromSql($"""
                select * from charge_detail_record
                where billing = 'open' and billing_account_id = any({accounts}) and ended_at < {range.To}
                  and ended_at >= coalesce({range.From}, '-infinity'::timestamptz)
                  and ({range.Session == null} or session_id = {range.Session.GetValueOrDefault().Value})
                for update
                """)
            .AsNoTracking()
            .ToListAsync(ct);

    private async Task<List<SubscriptionCharge>> ClaimFees(Guid[] accounts, IssueRange range, CancellationToken ct) => range.Session is not null
        ? []
        : await db.Set<SubscriptionCharge>()
            .FromSql($"""
                select * from subscription_charge
                where billing = 'open' and billing_account_id = any({accounts}) and due_at <= {range.To} and due_at > coalesce({range.From}, '-infinity'::timestamptz)
                for update
                """)
            .AsNoTracking()
            .ToListAsync(ct);
}

/// <summary>What all invoices of one transaction have in common.</summary>
internal sealed record IssueFacts(Tenant Tenant, Supplier Supplier, Guid? RunId, DateTimeOffset Now)
{
    public TimeZoneInfo Zone { get; } = TimeZoneInfo.FindSystemTimeZoneById(Tenant.TimeZone);

    public BillingSettings Settings { get; init; } = new();

    public DateOnly Today => LocalDate(Now);

    public DateOnly LocalDate(DateTimeOffset instant) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, Zone).DateTime);
}
