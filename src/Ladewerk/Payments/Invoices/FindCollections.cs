using Ladewerk.Billing;
using Ladewerk.Billing.Dunning;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Payments.Disputes;
using Ladewerk.Payments.Methods;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.Invoices;

/// <summary>How the money of an invoice comes in, as the API shows it.</summary>
/// <param name="Owed">With the reminder fees.</param>
/// <param name="Fees">Reminder fees that are owed beside the invoice.</param>
/// <param name="CollectOn">The day of the next try.</param>
/// <param name="Fault">Why the last try failed, in the provider's word.</param>
public sealed record CollectionView(
    InvoiceId InvoiceId, string InvoiceNumber, BillingAccountId BillingAccountId, string Customer, CollectionState State, Money Gross, Money Owed, Money Fees, DateOnly? DueOn, DateOnly? CollectOn, int Tries, string? Fault,
    string? LastError, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <summary>A try to take the money, as the API shows it.</summary>
/// <param name="Method">Null where the payer paid on the provider's page.</param>
/// <param name="ProviderId">The provider's id of the payment.</param>
public sealed record ChargeView(Guid Id, int Number, ChargeWay Way, PaymentMethodView? Method, Money Amount, ChargeState State, string? Fault, Money? Fee, Money Refunded, string? ProviderId, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt);

/// <summary>A collection in full.</summary>
public sealed record CollectionDetail(CollectionView Collection, IReadOnlyList<ChargeView> Charges, IReadOnlyList<DisputeView> Disputes);

/// <summary>Reads collections.</summary>
internal sealed class FindCollections(LadewerkDb db, FindDisputes disputes, ReminderFees reminders)
{
    public async Task<Page<CollectionView>> List(CollectionState? state, BillingAccountId? account, int? limit, string? cursor, CancellationToken ct)
    {
        var count = Paging.Limit(limit);
        var found = db.Set<InvoiceCollection>().AsNoTracking().Where(c => (state == null || c.State == state) && (account == null || c.BillingAccountId == account));
        if (Paging.Decode(cursor) is { } key && key.Split('|') is [var ticks, var last] && long.TryParse(ticks, System.Globalization.CultureInfo.InvariantCulture, out var at) && Guid.TryParse(last, out var id))
        {
            found = found.Where(c => EF.Functions.LessThan(ValueTuple.Create(c.CreatedAt, c.InvoiceId), ValueTuple.Create(new DateTimeOffset(at, TimeSpan.Zero), new InvoiceId(id))));
        }

        var rows = await found.OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.InvoiceId).Take(count + 1).Join(db.Set<Invoice>(), c => c.InvoiceId, i => i.Id, (c, i) => new { Collection = c, Invoice = i }).ToListAsync(ct);
        var fees = await reminders.Of([.. rows.Select(r => r.Invoice.Id)], ct);
        return Paging.Of(
            [.. rows.Select(r => Of(r.Collection, r.Invoice, fees.GetValueOrDefault(r.Invoice.Id, FeesOf.None))).OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.InvoiceId.Value)], count, c => FormattableString.Invariant($"{c.CreatedAt.UtcTicks}|{c.InvoiceId.Value}"));
    }

    public async Task<CollectionDetail?> One(InvoiceId id, CancellationToken ct)
    {
        var found = await db.Set<InvoiceCollection>().AsNoTracking().Where(c => c.InvoiceId == id).Join(db.Set<Invoice>(), c => c.InvoiceId, i => i.Id, (c, i) => new { Collection = c, Invoice = i }).SingleOrDefaultAsync(ct);
        if (found is null)
        {
            return null;
        }

        var charges = await db.Set<InvoiceCharge>().AsNoTracking().Where(c => c.InvoiceId == id).OrderByDescending(c => c.Number).ToListAsync(ct);
        var methods = await db.Set<PaymentMethod>().AsNoTracking().Where(m => m.BillingAccountId == found.Collection.BillingAccountId).ToDictionaryAsync(m => m.Id, ct);
        return new CollectionDetail(Of(found.Collection, found.Invoice, await reminders.Of(id, ct)), [.. charges.Select(Charge)], await disputes.Of(id, ct));

        ChargeView Charge(InvoiceCharge c) => new(
            c.Id, c.Number, c.Way, c.MethodId is { } method && methods.TryGetValue(method, out var used) ? FindMethods.Of(used) : null, c.Of(c.Amount), c.State, c.Fault, c.Fee is { } fee ? c.Of(fee) : null, c.Of(c.Refunded),
            c.IntentId, c.CreatedAt, c.FinishedAt);
    }

    /// <summary>By state, how many.</summary>
    public Task<Dictionary<CollectionState, int>> Count(CancellationToken ct) => db.Set<InvoiceCollection>().GroupBy(c => c.State).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, ct);

    private static CollectionView Of(InvoiceCollection c, Invoice i, FeesOf fees) => new(
        i.Id, i.Number, c.BillingAccountId, i.Customer.Addressee, c.State, new Money(i.Gross, i.Currency), new Money(i.State == InvoiceState.Cancelled ? 0 : Math.Max(0, i.Gross - i.Paid) + fees.Owed, i.Currency), new Money(fees.Owed, i.Currency), i.DueOn, c.CollectOn, c.Tries, c.Fault,
        c.LastError, c.CreatedAt, c.UpdatedAt);
}

/// <summary><c>/invoice-collections</c></summary>
internal static class CollectionsApi
{
    public static void MapInvoiceCollections(this RouteGroupBuilder api)
    {
        var collections = api.MapGroup("/invoice-collections").OfModule(Module.Billing).WithTags("Payments");
        collections.MapGet("/", List).RequirePermission(Permission.BillingRead).WithSummary("Invoices that are collected from cards and by SEPA debit, newest first");
        collections.MapGet("/{invoiceId:guid}", One).RequirePermission(Permission.BillingRead).WithSummary("How the money of one invoice comes in, with each try and each dispute");
        collections.MapPost("/{invoiceId:guid}", Plan).RequirePermission(Permission.BillingWrite).WithSummary("Collect an invoice now: a card at once, a debit after its announcement");
    }

    private static async Task<Ok<Page<CollectionView>>> List(FindCollections find, CancellationToken ct, Named<CollectionState>? state = null, Guid? billingAccountId = null, int? limit = null, string? cursor = null) =>
        TypedResults.Ok(await find.List(state?.Value, billingAccountId is { } account ? new BillingAccountId(account) : null, limit, cursor, ct));

    private static async Task<Results<Ok<CollectionDetail>, ProblemHttpResult>> One(Guid invoiceId, FindCollections find, CancellationToken ct) =>
        await find.One(new InvoiceId(invoiceId), ct) is { } found ? TypedResults.Ok(found) : Problems.NotFound("collection");

    private static async Task<Results<Accepted<CollectionDetail>, ProblemHttpResult>> Plan(Guid invoiceId, PlanCollection plan, FindCollections find, CancellationToken ct) =>
        await plan.Run(new InvoiceId(invoiceId), isAsked: true, ct) switch
        {
            PlanResult.Planned => TypedResults.Accepted($"/api/v1/invoice-collections/{invoiceId}", await find.One(new InvoiceId(invoiceId), ct)),
            PlanResult.NoMethod => Problems.Conflict("no-payment-method", "The billing account has given no card and no mandate that holds."),
            PlanResult.NotOwed => Problems.Conflict("nothing-owed", "Nothing is owed for it."),
            PlanResult.UnderWay => Problems.Conflict("collection-under-way", "Its money is on the way."),
            PlanResult.Off => Problems.Conflict("no-payment-provider", "No payment provider is set up."),
            _ => Problems.NotFound("invoice"),
        };
}
