using Ladewerk.Kernel;
using Ladewerk.Kernel.Text;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Payments.Terminals;

/// <summary>
/// Takes a payment at a card reader to the held card, or to nothing. The order keeps money safe: the provider's payment is made first and its id
/// stored, only then is the reader asked; so one that was lost in a crash can hold nothing, and one that holds something is known.
/// </summary>
internal sealed partial class AtTheTerminal(
    LadewerkDb db, NpgsqlDataSource data, IPaymentTerminals terminals, PaymentAccounts accounts, SettlePayment settle, TimeProvider time, ILogger<AtTheTerminal> logger)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(4), Soon = TimeSpan.FromSeconds(2), Later = TimeSpan.FromMinutes(1);

    private DateTimeOffset Now => time.GetUtcNow();

    /// <returns>When to look again; null: something has happened, or nothing more does.</returns>
    public async Task<DateTimeOffset?> Run(Payment payment, IPaymentProvider provider, CancellationToken ct)
    {
        var offer = await db.Set<TerminalOffer>().SingleAsync(o => o.PaymentId == payment.Id, ct);
        var reader = await db.Set<PaymentTerminal>().SingleAsync(t => t.Id == offer.TerminalId, ct);
        if (await terminals.Of(reader.Provider, ct) is not { } terminal)
        {
            return Now + Later;
        }

        var point = await data.First($"select {PointStates.Sql} from terminal_offer p where p.payment_id = $2", r => r.GetString(0), ct, Now, payment.Id.Value) ?? PointStates.Away;
        var at = new Place(payment, offer, reader, provider, terminal, point);
        try
        {
            return offer.State switch
            {
                OfferState.Queued => await InTheQueue(at, ct),
                OfferState.Offered => await AtTheReader(at, ct),
                _ => await End(at, offer.Ending ?? OfferEnding.TimedOut, ct),
            };
        }
        catch (PaymentProviderException) when (offer.State != OfferState.Over && offer.Until + Later < Now)
        {
            // The provider refuses for good, or is away for long: the payment is tried on, the reader is for others.
            (offer.State, offer.Ending, offer.EndedAt) = (OfferState.Over, OfferEnding.TimedOut, Now);
            await db.SaveChangesAsync(ct);
            throw;
        }
    }

    private sealed record Place(Payment Payment, TerminalOffer Offer, PaymentTerminal Reader, IPaymentProvider Provider, IPaymentTerminal Terminal, string Point);

    private async Task<DateTimeOffset?> InTheQueue(Place at, CancellationToken ct)
    {
        // After a turn at the reader that ended while it could not be reached.
        if (at.Payment.IntentId is not null && await Held(at, ct) is { } moved)
        {
            return moved.Next;
        }

        if (OfferRules.Over(at.Offer, at.Point, at.Reader.RemovedAt is not null, Now) is { } ending)
        {
            return await End(at, ending, ct);
        }

        if (!await Claim(at.Offer, ct))
        {
            return Now + Soon;
        }

        await db.Entry(at.Offer).ReloadAsync(ct);
        return await AtTheReader(at, ct);
    }

    /// <summary>Takes the reader, where nobody has it and nobody is to have it first: who chose it goes before who merely plugged in.</summary>
    private async Task<bool> Claim(TerminalOffer offer, CancellationToken ct)
    {
        try
        {
            return await data.Run(
                """
                update terminal_offer set state = 'offered', offered_at = $3
                where payment_id = $1 and state = 'queued' and not exists (select from terminal_offer o where o.terminal_id = $2 and o.state = 'offered')
                  and payment_id = (select o.payment_id from terminal_offer o where o.terminal_id = $2 and o.state = 'queued' order by o.origin = 'plug', o.queued_at, o.payment_id limit 1)
                """,
                ct, offer.PaymentId.Value, offer.TerminalId.Value, Now) > 0;
        }
        catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return false; // in this very moment, by another
        }
    }

    private async Task<DateTimeOffset?> AtTheReader(Place at, CancellationToken ct)
    {
        var (payment, offer) = (at.Payment, at.Offer);
        if (payment.IntentId is not { } intent)
        {
            payment.IntentId = intent = await at.Terminal.Prepare(Wish(at), ct);
            await db.SaveChangesAsync(CancellationToken.None);
        }

        // The reader first: a card that it has accepted is held by the time that the payment is read.
        var sight = await at.Terminal.State(at.Reader.ReaderId, intent, ct);
        if (await Held(at, ct) is { } moved)
        {
            return moved.Next;
        }

        var facts = new OfferFacts(sight, at.Point, at.Reader.RemovedAt is not null, await OthersWait(offer, ct), Now);
        var (step, ending) = OfferRules.Next(offer, facts);
        return step switch
        {
            OfferStep.End => await End(at, ending!.Value, ct),
            OfferStep.Yield => await Yield(at, ct),
            OfferStep.Ask => await Ask(at, ct),
            _ => Now + Look,
        };
    }

    /// <summary>Has the reader ask. The round is stored first: asked again after a crash, with the same number, it is the same request.</summary>
    private async Task<DateTimeOffset?> Ask(Place at, CancellationToken ct)
    {
        at.Offer.Round++;
        await db.SaveChangesAsync(ct);
        var sight = await at.Terminal.Offer(Wish(at), at.Payment.IntentId!, at.Offer.Round, ct);
        LogAsked(at.Payment.Id, at.Reader.Id, at.Offer.Round, sight);
        return sight == OfferSight.Offline ? await End(at, OfferEnding.Offline, ct) : Now + (sight == OfferSight.Waiting ? Look : Soon);
    }

    /// <summary>Goes back into the queue, so that the next one has the reader.</summary>
    private async Task<DateTimeOffset?> Yield(Place at, CancellationToken ct)
    {
        if (!await at.Terminal.Withdraw(at.Reader.ReaderId, at.Payment.IntentId!, ct))
        {
            return Now + Soon;
        }

        if (await Held(at, ct) is { } moved)
        {
            return moved.Next;
        }

        (at.Offer.State, at.Offer.QueuedAt, at.Offer.OfferedAt) = (OfferState.Queued, Now, null);
        await db.SaveChangesAsync(ct);
        await Next(at.Offer.TerminalId, ct);
        return Now + Soon;
    }

    /// <summary>Moves on where the card is held, or where the provider has given the payment up; null: neither.</summary>
    private async Task<Moved?> Held(Place at, CancellationToken ct)
    {
        var now = await at.Provider.Find(at.Payment.IntentId!, ct);
        switch (now.State)
        {
            case ProviderState.Held:
                var payment = at.Payment;
                (payment.State, payment.HeldAt, payment.Hold, payment.CanIncrement, payment.CardLast4) = (PaymentState.Held, Now, now.Held.Amount, now.CanIncrease && (await accounts.Settings(ct)).Increment, now.CardLast4);
                (at.Offer.State, at.Offer.Ending, at.Offer.EndedAt) = (OfferState.Over, null, Now);
                await db.SaveChangesAsync(ct);
                await Next(at.Offer.TerminalId, ct);
                return new Moved(null);
            case ProviderState.Processing:
                return new Moved(Now + Soon);
            case ProviderState.Cancelled:
                return new Moved(await Release(at, OfferEnding.Cancelled, ct));
            default:
                return null;
        }
    }

    private readonly record struct Moved(DateTimeOffset? Next);

    /// <summary>Nothing comes of it: the reader asks no more, and what a card may have been held for in this moment is looked at once more.</summary>
    private async Task<DateTimeOffset?> End(Place at, OfferEnding ending, CancellationToken ct)
    {
        if (at.Payment.IntentId is { } intent)
        {
            if (!await at.Terminal.Withdraw(at.Reader.ReaderId, intent, ct))
            {
                return Now + Soon;
            }

            if (await Held(at, ct) is { } moved)
            {
                return moved.Next;
            }
        }

        if (ending == OfferEnding.Offline)
        {
            at.Reader.Online = false;
        }

        return await Release(at, ending, ct);
    }

    private async Task<DateTimeOffset?> Release(Place at, OfferEnding ending, CancellationToken ct)
    {
        // Stored together with the payment's end: a reader is never kept by a payment that is over.
        (at.Offer.State, at.Offer.Ending, at.Offer.EndedAt) = (OfferState.Over, ending, Now);
        var next = await settle.Release(at.Payment, at.Provider, PaymentOutcome.Abandoned, ct);
        LogEnded(at.Payment.Id, at.Reader.Id, ending);
        await Next(at.Offer.TerminalId, ct);
        return next;
    }

    private static CardOffer Wish(Place at) =>
        new(at.Payment.Id.Value, at.Reader.ReaderId, at.Payment.Of(at.Payment.Hold), Texts.In(at.Payment.Language, "payments.hold.title", at.Payment.Evse));

    private Task<bool> OthersWait(TerminalOffer offer, CancellationToken ct) => db.Set<TerminalOffer>().AnyAsync(o => o.TerminalId == offer.TerminalId && o.State == OfferState.Queued, ct);

    /// <summary>Whoever waits longest is looked at now.</summary>
    private async Task Next(TerminalId terminal, CancellationToken ct) => await db.Database.ExecuteSqlAsync(
        $"""
        update payment set due_at = {Now} where id = (
          select o.payment_id from terminal_offer o where o.terminal_id = {terminal.Value} and o.state = 'queued' order by o.origin = 'plug', o.queued_at, o.payment_id limit 1)
        """,
        ct);

    [LoggerMessage(LogLevel.Information, "Terminal {TerminalId} asks for a card for payment {PaymentId}, round {Round}: {Sight}")]
    private partial void LogAsked(PaymentId paymentId, TerminalId terminalId, int round, OfferSight sight);

    [LoggerMessage(LogLevel.Information, "Terminal {TerminalId} got no card for payment {PaymentId}: {Ending}")]
    private partial void LogEnded(PaymentId paymentId, TerminalId terminalId, OfferEnding ending);
}
