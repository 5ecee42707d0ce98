using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Payments;

/// <summary>A payment as the API shows it.</summary>
/// <param name="Evse">EVSE-ID, or the station's own number.</param>
/// <param name="Held">What was or is held.</param>
/// <param name="Price">Gross, of the charge detail record; null while there is none.</param>
public sealed record PaymentView(
    PaymentId Id, string StationId, string Evse, PaymentState State, PaymentOutcome? Outcome, Money Held, Money? Price, Money Captured, Money Refunded, Money? Fee, Guid? SessionId, Guid? CdrId,
    string? ProviderId, string? LastError, DateTimeOffset CreatedAt, DateTimeOffset? HeldAt, DateTimeOffset? FinishedAt)
{
    /// <summary>The card reader at which it was paid; null: the provider's page.</summary>
    public Guid? TerminalId { get; init; }

    /// <summary>The last four digits of the card, where it was given at a reader, for 90 days.</summary>
    public string? CardLast4 { get; init; }
}

/// <summary>A refund as the API shows it.</summary>
public sealed record RefundView(Guid Id, Money Amount, RefundState State, string? Reason, string AskedBy, DateTimeOffset AskedAt, DateTimeOffset? DoneAt, string? LastError);

/// <summary>What happened to a payment.</summary>
public sealed record PaymentDetail(PaymentView Payment, IReadOnlyList<RefundView> Refunds, IReadOnlyList<LedgerRow> Ledger, IReadOnlyList<PaymentEventView> Events);

/// <summary>An event of the provider.</summary>
public sealed record PaymentEventView(string EventId, string Type, DateTimeOffset ReceivedAt);

/// <summary>A line of the ledger.</summary>
/// <param name="Amount">Debit positive, credit negative.</param>
public sealed record LedgerRow(Guid BookingId, string Kind, string Account, Money Amount, DateTimeOffset BookedAt, Guid? PaymentId, Guid? InvoiceId, Guid? CdrId);

/// <summary>What stands in an account.</summary>
public sealed record LedgerBalance(string Account, Money Balance);

/// <summary>A reconciliation as the API shows it.</summary>
/// <param name="Matched">Movements that agree.</param>
public sealed record ReconciliationView(DateOnly Day, ReconciliationState State, int Movements, int Matched, IReadOnlyList<Difference> Differences, string? Error, DateTimeOffset FromAt, DateTimeOffset ToAt, DateTimeOffset? FinishedAt);

/// <summary>Reads payments and the ledger.</summary>
internal sealed class FindPayments(LadewerkDb db, NpgsqlDataSource data, TenantContext tenant)
{
    public async Task<Page<PaymentView>> List(string? state, int? limit, string? cursor, CancellationToken ct)
    {
        var count = Paging.Limit(limit);
        // That a reader asked a car and nobody paid there is its own page's to tell.
        var payments = db.Set<Payment>().AsNoTracking().Where(p => p.TerminalId == null || p.HeldAt != null || p.State == PaymentState.Opened);
        payments = Enum.TryParse<PaymentState>(state, true, out var wanted) ? payments.Where(p => p.State == wanted) : payments;
        if (Paging.Decode(cursor) is { } key && key.Split('|') is [var ticks, var last] && long.TryParse(ticks, System.Globalization.CultureInfo.InvariantCulture, out var at) && Guid.TryParse(last, out var id))
        {
            payments = payments.Where(p => EF.Functions.LessThan(ValueTuple.Create(p.CreatedAt, p.Id), ValueTuple.Create(new DateTimeOffset(at, TimeSpan.Zero), new PaymentId(id))));
        }

        var rows = await payments.OrderByDescending(p => p.CreatedAt).ThenByDescending(p => p.Id).Take(count + 1)
            .Join(db.Set<ChargingStation>(), p => p.StationId, s => s.Id, (p, s) => new { Payment = p, s.Identity }).ToListAsync(ct);
        return Paging.Of([.. rows.OrderByDescending(r => r.Payment.CreatedAt).ThenByDescending(r => r.Payment.Id.Value).Select(r => Of(r.Payment, r.Identity))], count, p => FormattableString.Invariant($"{p.CreatedAt.UtcTicks}|{p.Id.Value}"));
    }

    public async Task<PaymentDetail?> One(PaymentId id, CancellationToken ct)
    {
        var found = await db.Set<Payment>().AsNoTracking().Where(p => p.Id == id).Join(db.Set<ChargingStation>(), p => p.StationId, s => s.Id, (p, s) => new { Payment = p, s.Identity }).SingleOrDefaultAsync(ct);
        if (found is not { Payment: var payment })
        {
            return null;
        }

        var refunds = await db.Set<PaymentRefund>().AsNoTracking().Where(r => r.PaymentId == id).OrderBy(r => r.AskedAt).ToListAsync(ct);
        var events = await data.Rows(
            "select event_id, type, received_at from payment_event where tenant_id = $1 and payment_id = $2 order by received_at",
            r => new PaymentEventView(r.GetString(0), r.GetString(1), r.GetFieldValue<DateTimeOffset>(2)), ct, tenant.Current.Value, id.Value);
        return new PaymentDetail(
            Of(payment, found.Identity), [.. refunds.Select(r => new RefundView(r.Id, payment.Of(r.Amount), r.State, r.Reason, r.AskedBy, r.AskedAt, r.DoneAt, r.LastError))],
            await Lines("and b.payment_id = $2", 100, id.Value, ct), events);
    }

    /// <summary>What stands in each account, by currency.</summary>
    public Task<List<LedgerBalance>> Balances(CancellationToken ct) => data.Rows(
        "select account, currency, sum(amount) from ledger_entry where tenant_id = $1 group by account, currency order by currency, account",
        r => new LedgerBalance(r.GetString(0), new Money(r.GetDecimal(2), r.GetString(1))), ct, tenant.Current.Value);

    /// <summary>The newest first.</summary>
    public async Task<IReadOnlyList<ReconciliationView>> Reconciliations(CancellationToken ct) =>
        [.. (await db.Set<PaymentReconciliation>().AsNoTracking().OrderByDescending(r => r.Day).Take(60).ToListAsync(ct)).Select(Of)];

    public static ReconciliationView Of(PaymentReconciliation r) => new(r.Day, r.State, r.Movements, r.Matched, r.Findings, r.Error, r.FromAt, r.ToAt, r.FinishedAt);

    /// <summary>Lines of the ledger, the newest first.</summary>
    /// <param name="which">A further condition on bookings <c>b</c>; $2 is what it is of.</param>
    internal Task<List<LedgerRow>> Lines(string which, int count, Guid? of, CancellationToken ct) => data.Rows(
        $"""
        select b.id, b.kind, e.account, e.amount, e.currency, b.booked_at, b.payment_id, b.invoice_id, b.cdr_id
        from ledger_booking b join ledger_entry e on e.booking_id = b.id where b.tenant_id = $1 {which} order by b.booked_at desc, b.id desc, e.position limit $3
        """,
        r => new LedgerRow(r.GetGuid(0), r.GetString(1), r.GetString(2), new Money(r.GetDecimal(3), r.GetString(4)), r.GetFieldValue<DateTimeOffset>(5), r.Maybe<Guid>(6), r.Maybe<Guid>(7), r.Maybe<Guid>(8)),
        ct, tenant.Current.Value, of, count);

    internal static PaymentView Of(Payment p, string station) => new(
        p.Id, station, p.Evse, p.State, p.Outcome, p.Of(p.Hold), p.Price is { } price ? p.Of(price) : null, p.Of(p.Captured), p.Of(p.Refunded), p.Fee is { } fee ? p.Of(fee) : null,
        p.SessionId?.Value, p.CdrId?.Value, p.IntentId, p.LastError, p.CreatedAt, p.HeldAt, p.FinishedAt)
    {
        TerminalId = p.TerminalId?.Value, CardLast4 = p.CardLast4,
    };
}
