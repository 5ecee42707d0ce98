using System.Globalization;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing;

/// <summary>Which sessions to invoice.</summary>
/// <param name="From">Sessions that ended from here on: a time (RFC 3339) or a date in the tenant's zone. Absent: from the beginning.</param>
/// <param name="To">Sessions that ended before this time, or up to the end of this date. Absent: until now.</param>
/// <param name="BillingAccountId">Only this account.</param>
/// <param name="DryRun">Only say what would be invoiced.</param>
public sealed record RunRequest(string? From = null, string? To = null, Guid? BillingAccountId = null, bool DryRun = false);

/// <summary>What a run would issue for one account.</summary>
public sealed record PreviewItem(BillingAccountId BillingAccountId, string Name, int Sessions, WattHours EnergyWh, Money ExclVat, Money Vat, Money InclVat);

/// <summary>What a run would do now; nothing is stored.</summary>
/// <param name="Items">The first 500 invoices.</param>
public sealed record RunPreview(bool DryRun, int Invoices, IReadOnlyList<RunTotal> Totals, IReadOnlyList<PreviewItem> Items, IReadOnlyList<SkippedAccount> Skipped);

/// <summary>What came of the wish for a run.</summary>
internal abstract record StartResult
{
    public sealed record Started(InvoiceRun Run) : StartResult;

    public sealed record Invalid(IDictionary<string, string[]> Errors) : StartResult;

    /// <summary>The tenant's profile lacks these fields, without which the law allows no invoice.</summary>
    public sealed record SupplierIncomplete(IReadOnlyList<string> Missing) : StartResult;
}

/// <summary>Stores the order for a run, or says what it would do.</summary>
internal sealed class StartInvoiceRun(LadewerkDb db, TenantContext tenantContext, Actor actor, AuditLog audit, TimeProvider time)
{
    private const int PreviewItems = 500;

    /// <summary>Who asked for a run that nobody asked for.</summary>
    internal const string Schedule = "schedule";

    public async Task<StartResult> Run(RunRequest request, CancellationToken ct)
    {
        var tenant = await db.Set<Tenant>().SingleAsync(t => t.Id == tenantContext.Current, ct);
        if (Parties.MissingOf(tenant.Profile) is { Count: > 0 } missing)
        {
            return new StartResult.SupplierIncomplete(missing);
        }

        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        var range = RangeOf(request, tenant, errors);
        if (request.BillingAccountId is { } account && !await db.Set<BillingAccount>().AnyAsync(a => a.Id == new BillingAccountId(account), ct))
        {
            errors["billingAccountId"] = ["No such billing account."];
        }

        if (errors.Count > 0)
        {
            return new StartResult.Invalid(errors);
        }

        var run = new InvoiceRun
        {
            TenantId = tenant.Id,
            FromAt = range.From,
            ToAt = range.To,
            BillingAccountId = request.BillingAccountId is { } id ? new BillingAccountId(id) : null,
            RequestedBy = actor.Name,
            CreatedAt = time.GetUtcNow(),
        };
        if (!request.DryRun)
        {
            db.Add(run);
            audit.Record("invoices.run", "invoiceRun", run.Id.ToString(), after: request);
            await db.SaveChangesAsync(ct);
        }

        return new StartResult.Started(run);
    }

    /// <summary>The order for the run of a month, by schedule; null where there is one already, or the operator's details are incomplete.</summary>
    public async Task<Guid?> ForMonth(DateOnly month, CancellationToken ct)
    {
        var tenant = await db.Set<Tenant>().AsNoTracking().SingleAsync(t => t.Id == tenantContext.Current, ct);
        if (Parties.MissingOf(tenant.Profile).Count > 0 || await db.Set<InvoiceRun>().AnyAsync(r => r.ForMonth == month, ct))
        {
            return null;
        }

        var end = month.AddMonths(1).ToDateTime(TimeOnly.MinValue);
        var (id, to) = (Guid.CreateVersion7(), new DateTimeOffset(end, TimeZoneInfo.FindSystemTimeZoneById(tenant.TimeZone).GetUtcOffset(end)).ToUniversalTime());
        var added = await db.Database.ExecuteSqlAsync(
            $"""
            insert into invoice_run (id, tenant_id, to_at, for_month, state, created_at, requested_by) values ({id}, {tenant.Id.Value}, {to}, {month}, 'waiting', {time.GetUtcNow()}, {Schedule})
            on conflict do nothing
            """,
            ct);
        return added == 1 ? id : null;
    }

    /// <summary>What the run would issue now.</summary>
    public async Task<RunPreview> Preview(InvoiceRun run, CancellationToken ct)
    {
        var open = await IssueInvoices.Open(db, new IssueRange(run.FromAt, run.ToAt), run.BillingAccountId).OrderBy(r => r.StartedAt).ToListAsync(ct);
        var supplier = Parties.SupplierOf(await db.Set<Tenant>().AsNoTracking().SingleAsync(t => t.Id == tenantContext.Current, ct));
        var fees = await IssueInvoices.OpenFees(db, new IssueRange(run.FromAt, run.ToAt), run.BillingAccountId).ToListAsync(ct);
        var ids = open.Select(r => r.BillingAccountId!.Value).Concat(fees.Select(c => c.BillingAccountId)).Distinct().ToList();
        var accounts = await db.Set<BillingAccount>().AsNoTracking().Where(a => ids.Contains(a.Id)).ToDictionaryAsync(a => a.Id, ct);
        var items = new List<PreviewItem>();
        var skipped = new List<SkippedAccount>();
        var (records, charges) = (open.ToLookup(r => r.BillingAccountId!.Value), fees.ToLookup(c => c.BillingAccountId));
        foreach (var account in ids.Select(id => accounts[id]))
        {
            var own = new OpenItems([.. records[account.Id]], [.. charges[account.Id]]);
            if (IssueInvoices.Decide(account, supplier, own) is { } reason)
            {
                skipped.Add(new SkippedAccount(account.Id, account.Name, reason));
                continue;
            }

            items.AddRange(InvoiceDraft.Each(account, supplier, own).Select(draft => ItemOf(account, draft.Content)));
        }

        var totals = items.GroupBy(i => i.InclVat.Currency)
            .Select(c => new RunTotal(c.Select(i => i.ExclVat).Aggregate((a, b) => a + b), c.Select(i => i.Vat).Aggregate((a, b) => a + b), c.Select(i => i.InclVat).Aggregate((a, b) => a + b)));
        return new RunPreview(true, items.Count, [.. totals], [.. items.Take(PreviewItems)], skipped);
    }

    private static PreviewItem ItemOf(BillingAccount account, InvoiceContent content) => new(
        account.Id, account.Company ?? account.Name, content.SessionCount, content.Energy,
        new Money(content.Net, content.Currency), new Money(content.Vat, content.Currency), new Money(content.Gross, content.Currency));

    private IssueRange RangeOf(RunRequest request, Tenant tenant, Dictionary<string, string[]> errors)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(tenant.TimeZone);
        var now = time.GetUtcNow();
        var from = Instant(request.From, "from", 0, zone, errors);
        var to = Instant(request.To, "to", 1, zone, errors) ?? now;
        if (from >= to)
        {
            errors["to"] = ["Must be after \"from\"."];
        }

        return new IssueRange(from, to);
    }

    /// <summary>A time, or the midnight of a date (plus days) in the tenant's zone.</summary>
    private static DateTimeOffset? Instant(string? text, string field, int days, TimeZoneInfo zone, Dictionary<string, string[]> errors)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            var midnight = date.AddDays(days).ToDateTime(TimeOnly.MinValue);
            return new DateTimeOffset(midnight, zone.GetUtcOffset(midnight)).ToUniversalTime();
        }

        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant))
        {
            return instant.ToUniversalTime();
        }

        errors[field] = ["Must be a time (RFC 3339) or a date (yyyy-MM-dd)."];
        return null;
    }
}
