using Ladewerk.Billing;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Payments.Invoices;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Payments.Disputes;

/// <summary>A dispute as the API shows it.</summary>
/// <param name="Reason">In the provider's word, such as <c>fraudulent</c> or <c>insufficient_funds</c>.</param>
/// <param name="Withdrawn">What is gone from our balance now.</param>
/// <param name="AnswerUntil">Until when the provider takes evidence.</param>
/// <param name="PaymentId">A guest's payment, or <paramref name="InvoiceId"/> with its number.</param>
public sealed record DisputeView(
    Guid Id, string ProviderId, DisputeState State, string? Reason, Money? Amount, Money? Withdrawn, Money? Fee, DateTimeOffset? AnswerUntil, PaymentId? PaymentId, InvoiceId? InvoiceId, string? InvoiceNumber,
    DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt, string? LastError);

/// <summary>Reads disputes.</summary>
internal sealed class FindDisputes(LadewerkDb db, NpgsqlDataSource data, TenantContext tenant)
{
    public async Task<Page<DisputeView>> List(bool? open, int? limit, string? cursor, CancellationToken ct)
    {
        var count = Paging.Limit(limit);
        var disputes = db.Set<PaymentDispute>().AsNoTracking();
        disputes = open switch { true => disputes.Where(d => d.ClosedAt == null), false => disputes.Where(d => d.ClosedAt != null), null => disputes };
        if (Paging.Decode(cursor) is { } key && key.Split('|') is [var ticks, var last] && long.TryParse(ticks, System.Globalization.CultureInfo.InvariantCulture, out var at) && Guid.TryParse(last, out var id))
        {
            disputes = disputes.Where(d => EF.Functions.LessThan(ValueTuple.Create(d.OpenedAt, d.Id), ValueTuple.Create(new DateTimeOffset(at, TimeSpan.Zero), id)));
        }

        var rows = await disputes.OrderByDescending(d => d.OpenedAt).ThenByDescending(d => d.Id).Take(count + 1).ToListAsync(ct);
        return Paging.Of(await Views(rows, ct), count, d => FormattableString.Invariant($"{d.OpenedAt.UtcTicks}|{d.Id}"));
    }

    public async Task<DisputeView?> One(Guid id, CancellationToken ct) => (await Views(await db.Set<PaymentDispute>().AsNoTracking().Where(d => d.Id == id).ToListAsync(ct), ct)).SingleOrDefault();

    /// <summary>Of an invoice, the newest first.</summary>
    public async Task<IReadOnlyList<DisputeView>> Of(InvoiceId invoice, CancellationToken ct) => await Views(
        await db.Set<PaymentDispute>().AsNoTracking().Where(d => db.Set<InvoiceCharge>().Any(c => c.Id == d.ChargeId && c.InvoiceId == invoice)).OrderByDescending(d => d.OpenedAt).ToListAsync(ct), ct);

    /// <summary>How many wait for an answer or a decision; on a connection of its own, beside a page that reads.</summary>
    public Task<long> Undecided(CancellationToken ct) => data.First("select count(*) from payment_dispute where tenant_id = $1 and closed_at is null", r => r.GetInt64(0), ct, tenant.Current.Value);

    private async Task<List<DisputeView>> Views(List<PaymentDispute> rows, CancellationToken ct)
    {
        var charges = rows.Where(d => d.ChargeId is not null).Select(d => d.ChargeId!.Value).ToList();
        var invoices = await db.Set<InvoiceCharge>().Where(c => charges.Contains(c.Id)).Join(db.Set<Invoice>(), c => c.InvoiceId, i => i.Id, (c, i) => new { Charge = c.Id, i.Id, i.Number }).ToDictionaryAsync(x => x.Charge, ct);
        return
        [
            .. rows.Select(d =>
            {
                var invoice = d.ChargeId is { } charge ? invoices.GetValueOrDefault(charge) : null;
                Money? Of(decimal? amount) => amount is { } known && d.Currency is { } currency ? new Money(known, currency) : null;
                return new DisputeView(d.Id, d.ProviderId, d.State, d.Reason, Of(d.Amount), Of(d.Withdrawn), Of(d.Fee), d.AnswerUntil, d.PaymentId, invoice?.Id, invoice?.Number, d.OpenedAt, d.ClosedAt, d.LastError);
            }),
        ];
    }
}

/// <summary><c>/disputes</c></summary>
internal static class DisputesApi
{
    public static void MapDisputes(this RouteGroupBuilder api)
    {
        var disputes = api.MapGroup("/disputes").OfModule(Module.Billing).RequirePermission(Permission.BillingRead).WithTags("Payments");
        disputes.MapGet("/", async (FindDisputes find, CancellationToken ct, bool? open = null, int? limit = null, string? cursor = null) => TypedResults.Ok(await find.List(open, limit, cursor, ct)))
            .WithSummary("Payments that were disputed or came back, newest first");
        disputes.MapGet("/{id:guid}", One).WithSummary("One dispute");
    }

    private static async Task<Results<Ok<DisputeView>, ProblemHttpResult>> One(Guid id, FindDisputes find, CancellationToken ct) =>
        await find.One(id, ct) is { } found ? TypedResults.Ok(found) : Problems.NotFound("dispute");
}
