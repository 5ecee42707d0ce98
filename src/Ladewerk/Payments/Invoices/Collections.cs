using Ladewerk.Billing;
using Ladewerk.Billing.Dunning;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Payments.Disputes;
using Ladewerk.Stations.Files;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Payments.Invoices;

/// <summary>Finds and makes collections, and writes them down with what goes with them.</summary>
internal sealed class Collections(LadewerkDb db, TenantContext tenant, KeySafe safe, SiteAddress site, MarkCollecting mark, TimeProvider time)
{
    /// <summary>The hour of the operator's day from which money is taken.</summary>
    private static readonly TimeSpan From = TimeSpan.FromHours(6);

    /// <summary>The one of an invoice that an account pays; made where there is none.</summary>
    public async Task<InvoiceCollection> Of(Invoice invoice, CancellationToken ct)
    {
        if (await db.Set<InvoiceCollection>().SingleOrDefaultAsync(c => c.InvoiceId == invoice.Id, ct) is { } known)
        {
            return known;
        }

        var (link, now) = (LinkToken.New(), time.GetUtcNow());
        var address = safe.Close(site.Of($"/pay/invoice/{link.Text}?lang={invoice.Language}").ToString());
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into invoice_collection (invoice_id, tenant_id, billing_account_id, state, link_hash, link_sealed, created_at, updated_at)
            values ({invoice.Id.Value}, {tenant.Current.Value}, {invoice.BillingAccountId!.Value.Value}, 'open', {link.Hash}, {address}, {now}, {now}) on conflict do nothing
            """,
            ct);
        return await db.Set<InvoiceCollection>().SingleAsync(c => c.InvoiceId == invoice.Id, ct);
    }

    public Uri LinkOf(InvoiceCollection collection) => new(safe.Open(collection.LinkSealed));

    /// <summary>Writes it down together with its movements, all or nothing, in the transaction that there is or in its own; while its money is on the way, or a bank decides, nobody is reminded.</summary>
    /// <param name="more">Joins the transaction.</param>
    public async Task Save(InvoiceCollection collection, IReadOnlyList<Movement> movements, CancellationToken ct, Func<NpgsqlConnection, Task>? more = null)
    {
        collection.UpdatedAt = time.GetUtcNow();
        await using var transaction = db.Database.CurrentTransaction is null ? await db.Database.BeginTransactionAsync(ct) : null;
        await db.SaveChangesAsync(ct);
        await mark.Run(collection.InvoiceId, collection.State is CollectionState.Planned or CollectionState.Processing || await IsDisputed(collection.InvoiceId, ct), ct);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        foreach (var movement in movements)
        {
            await Ledger.Book(connection, collection.TenantId, movement, time.GetUtcNow(), ct);
        }

        if (more is not null)
        {
            await more(connection);
        }

        if (transaction is not null)
        {
            await transaction.CommitAsync(ct);
        }
    }

    /// <summary>Has it looked at by then, or sooner where something rang.</summary>
    public Task Due(InvoiceId id, DateTimeOffset at, CancellationToken ct) => db.Database.ExecuteSqlAsync($"update invoice_collection set due_at = least(due_at, {at}) where invoice_id = {id.Value}", ct);

    /// <summary>The operator's day.</summary>
    public async Task<DateOnly> Today(CancellationToken ct) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time.GetUtcNow(), await Zone(ct)).DateTime);

    /// <summary>The moment of a day from which money is taken; for today it has come.</summary>
    public async Task<DateTimeOffset> Begin(DateOnly day, CancellationToken ct)
    {
        if (day <= await Today(ct))
        {
            return time.GetUtcNow();
        }

        var zone = await Zone(ct);
        var local = day.ToDateTime(TimeOnly.FromTimeSpan(From));
        return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
    }

    /// <summary>Whether a bank decides on money that was taken for it.</summary>
    public Task<bool> IsDisputed(InvoiceId id, CancellationToken ct) => db.Set<PaymentDispute>()
        .AnyAsync(d => (d.State == DisputeState.New || d.State == DisputeState.Open || d.State == DisputeState.Review) && db.Set<InvoiceCharge>().Any(c => c.Id == d.ChargeId && c.InvoiceId == id), ct);

    private async Task<TimeZoneInfo> Zone(CancellationToken ct) =>
        TimeZoneInfo.FindSystemTimeZoneById(await db.Set<Tenant>().AsNoTracking().Where(t => t.Id == tenant.Current).Select(t => t.TimeZone).SingleAsync(ct));
}

/// <summary>The hosted page of an invoice, for reminders.</summary>
internal sealed class InvoicePayLinks(LadewerkDb db, Collections collections, IPaymentProviders providers) : IPayLinks
{
    public async Task<Uri?> Of(InvoiceId invoice, CancellationToken ct) =>
        await providers.Current(ct) is IContractProvider
        && await db.Set<Invoice>().AsNoTracking().SingleOrDefaultAsync(i => i.Id == invoice && i.Kind == InvoiceKind.Invoice && i.State == InvoiceState.Issued && i.BillingAccountId != null && i.SettledOn == null, ct) is { } owed
            ? collections.LinkOf(await collections.Of(owed, ct)) : null;
}

/// <summary>How charges of invoices are booked.</summary>
internal static class ChargeMovements
{
    /// <summary>As payments of invoices name the provider.</summary>
    public const string Source = "stripe";

    public static Movement Received(InvoiceCharge charge, FeeShare share) => Moved($"received:charge:{charge.Id:N}", charge, share);

    public static IEnumerable<Movement> Kept(InvoiceCharge charge) => charge.Fee is not { } fee ? []
        : [new Movement($"fee:charge:{charge.Id:N}", "fee", charge.Currency, [new(LedgerAccount.Fee, fee), new(LedgerAccount.Provider, -fee)]) { Invoice = charge.InvoiceId }];

    public static Movement GivenBack(InvoiceCharge charge, InvoiceRefund refund, FeeShare share) => Moved($"received:refund:{refund.Id:N}", charge, share) with { Invoice = refund.InvoiceId };

    public static Movement CameBack(InvoiceCharge charge, InvoiceRefund refund) => Moved($"received:refund:{refund.Id:N}:failed", charge, new FeeShare(refund.Amount, 0m)) with { Invoice = refund.InvoiceId };

    private static Movement Moved(string key, InvoiceCharge charge, FeeShare share) => new(
        key, "received", charge.Currency,
        [new(LedgerAccount.Provider, share.Invoice + share.Fees), new(LedgerAccount.Receivable, -share.Invoice), new(LedgerAccount.ReminderFee, -share.Fees)]) { Invoice = charge.InvoiceId };
}
