using Ladewerk.Drivers.Vouchers;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Sessions.App;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments;

/// <summary>
/// Takes a payment one step further, as far as it goes now: from the held card to the start, the session, and the money. It asks the provider what is
/// before it acts and gives each call a key of the payment's own, so that it may be run at any time, any number of times, and after a crash at any point.
/// </summary>
internal sealed partial class AdvancePayment(
    LadewerkDb db, IPaymentProviders providers, PaymentAccounts accounts, PaidStarts starts, PaidPoint point, SettlePayment settle, Terminals.AtTheTerminal terminal, TimeProvider time, ILogger<AdvancePayment> logger)
{
    /// <summary>How long the provider's page is open: a little longer than the shortest time that Stripe allows one.</summary>
    public static readonly TimeSpan PageHolds = TimeSpan.FromMinutes(35);

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(20), Soon = TimeSpan.FromSeconds(5), Later = TimeSpan.FromMinutes(1);

    // Who has not seen their session begin by then has left.
    private static readonly TimeSpan StartIsWorthIt = TimeSpan.FromMinutes(10);

    public async Task Run(PaymentId id, CancellationToken ct)
    {
        if (await db.Set<Payment>().SingleOrDefaultAsync(p => p.Id == id, ct) is not { } payment)
        {
            return;
        }

        try
        {
            var next = await providers.Current(ct) is { } provider ? await Steps(payment, provider, ct) : Now + Later;
            await Rest(id, next, null, ct);
        }
        catch (PaymentProviderException failed)
        {
            LogFailed(id, failed.Fault, failed.Code);
            await Rest(id, Now + PaymentRules.Rest(payment.Attempts), failed.Message, ct);
        }
    }

    private DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Steps until something must be waited for.</summary>
    /// <returns>Until when; null: for nothing.</returns>
    private async Task<DateTimeOffset?> Steps(Payment payment, IPaymentProvider provider, CancellationToken ct)
    {
        while (true)
        {
            var before = payment.State;
            var next = before switch
            {
                PaymentState.Opened => payment.TerminalId is null ? await AtThePage(payment, provider, ct) : await terminal.Run(payment, provider, ct),
                PaymentState.Held => await Start(payment, provider, ct),
                PaymentState.Starting => await AwaitTheCar(payment, provider, ct),
                PaymentState.Charging => await Charge(payment, provider, ct),
                PaymentState.Captured or PaymentState.Released => await settle.Afterwards(payment, provider, ct),
                _ => throw new ArgumentOutOfRangeException(nameof(payment), before, "No such state."),
            };
            if (payment.State == before)
            {
                return next;
            }

            LogMoved(payment.Id, payment.State);
        }
    }

    private async Task<DateTimeOffset?> AtThePage(Payment payment, IPaymentProvider provider, CancellationToken ct)
    {
        var isOver = Now >= payment.CreatedAt + PageHolds;
        if (payment.CheckoutId is not { } checkout)
        {
            // It was never opened, so nobody can pay there.
            return isOver ? await settle.Release(payment, provider, PaymentOutcome.Abandoned, ct) : payment.CreatedAt + PageHolds;
        }

        var page = isOver ? await provider.ClosePage(checkout, ct) : await provider.Page(checkout, ct);
        payment.IntentId ??= page.IntentId;
        payment.Email ??= page.Email;
        if (page.State == HoldPageState.Expired || (page.State == HoldPageState.Open && isOver))
        {
            return await settle.Release(payment, provider, PaymentOutcome.Abandoned, ct);
        }

        if (page.State == HoldPageState.Open || payment.IntentId is not { } intent)
        {
            await db.SaveChangesAsync(ct);
            return Now + Look;
        }

        var held = await provider.Find(intent, ct);
        if (held.State == ProviderState.Cancelled)
        {
            return await settle.Release(payment, provider, PaymentOutcome.Abandoned, ct);
        }

        if (held.State == ProviderState.Held)
        {
            (payment.State, payment.HeldAt, payment.Hold, payment.CanIncrement) = (PaymentState.Held, Now, held.Held.Amount, held.CanIncrease);
        }

        await db.SaveChangesAsync(ct);
        return Now + Look;
    }

    private async Task<DateTimeOffset?> Start(Payment payment, IPaymentProvider provider, CancellationToken ct)
    {
        payment.IdToken = await starts.Open(payment.Id.Value, payment.Of(payment.Hold), payment.Evse, Now + StartIsWorthIt + StartIsWorthIt, ct);
        if (await starts.Session(payment.Id.Value, ct) is null && await NotStarted(payment, ct) is { } outcome)
        {
            // What begins in this very moment counts; after this nothing can begin any more.
            await starts.Close(payment.Id.Value, ct);
            if (await starts.Session(payment.Id.Value, ct) is null)
            {
                return await settle.Release(payment, provider, outcome, ct);
            }
        }

        payment.State = PaymentState.Starting;
        payment.StartBefore = Now + (await accounts.Settings(ct)).StartWithin;
        await db.SaveChangesAsync(CancellationToken.None); // the station has been asked
        return null;
    }

    /// <summary>Asks the station; why not, or null where it said yes.</summary>
    private async Task<PaymentOutcome?> NotStarted(Payment payment, CancellationToken ct) =>
        payment.HeldAt + StartIsWorthIt < Now ? PaymentOutcome.NotStarted : await point.Start(payment, ct);

    private async Task<DateTimeOffset?> AwaitTheCar(Payment payment, IPaymentProvider provider, CancellationToken ct)
    {
        var session = await starts.Session(payment.Id.Value, ct);
        if (session is null && payment.StartBefore <= Now)
        {
            await starts.Close(payment.Id.Value, ct);
            session = await starts.Session(payment.Id.Value, ct);
            if (session is null)
            {
                return await settle.Release(payment, provider, PaymentOutcome.NotStarted, ct);
            }
        }

        if (session is { } begun)
        {
            (payment.SessionId, payment.State) = (new SessionId(begun), PaymentState.Charging);
            await db.SaveChangesAsync(ct);
        }

        return payment.StartBefore < Now + Soon ? payment.StartBefore : Now + Soon;
    }

    private async Task<DateTimeOffset?> Charge(Payment payment, IPaymentProvider provider, CancellationToken ct)
    {
        var session = await db.Set<ChargingSession>().AsNoTracking().SingleAsync(s => s.Id == payment.SessionId, ct);
        if (session.State == SessionState.Active)
        {
            await HoldMore(payment, await CostSoFar(session.Id, ct), provider, ct);
            return Now + Look;
        }

        await settle.Run(payment, session, provider, ct);
        return Now + Later;
    }

    private Task<decimal> CostSoFar(SessionId session, CancellationToken ct) =>
        db.Database.SqlQuery<decimal>($"select coalesce(cost_total, 0) as \"Value\" from charging_session where id = {session.Value}").SingleAsync(ct);

    private async Task HoldMore(Payment payment, decimal cost, IPaymentProvider provider, CancellationToken ct)
    {
        var settings = await accounts.Settings(ct);
        if (PaymentRules.More(settings.Increment, payment.CanIncrement, cost, payment.Hold, settings.HoldAmount) is not { } total)
        {
            return;
        }

        try
        {
            var held = await provider.Increase(payment.IntentId!, payment.Of(total), FormattableString.Invariant($"ladewerk-{payment.Id.Value:N}-hold-{total}"), ct);
            payment.Hold = held.Held.Amount;
        }
        catch (PaymentProviderException refused) when (refused.Fault is ProviderFault.Declined or ProviderFault.Invalid or ProviderFault.State)
        {
            LogNoMore(payment.Id, refused.Code);
            payment.CanIncrement = false;
        }

        await db.SaveChangesAsync(ct);
        await starts.Raise(payment.Id.Value, payment.Hold, ct);
    }

    /// <summary>Gives the payment back until it is due; what has rung meanwhile is due at once.</summary>
    private async Task Rest(PaymentId id, DateTimeOffset? next, string? error, CancellationToken ct) => await db.Database.ExecuteSqlAsync(
        $"""
        update payment set lease_until = null, due_at = least(due_at, {next}), last_error = {error}, attempts = case when {error}::text is null then 0 else attempts + 1 end
        where id = {id.Value}
        """,
        ct);

    [LoggerMessage(LogLevel.Information, "Payment {PaymentId} is {State} now")]
    private partial void LogMoved(PaymentId paymentId, PaymentState state);

    [LoggerMessage(LogLevel.Warning, "Payment {PaymentId} waits for the provider: {Fault} ({Code})")]
    private partial void LogFailed(PaymentId paymentId, ProviderFault fault, string? code);

    [LoggerMessage(LogLevel.Information, "No more can be held for payment {PaymentId} ({Code}): its session ends at what is held")]
    private partial void LogNoMore(PaymentId paymentId, string? code);
}
