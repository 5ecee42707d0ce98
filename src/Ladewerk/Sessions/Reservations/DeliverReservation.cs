using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Ladewerk.Sessions.Reservations;

/// <summary>What follows from the station's answer to a reservation.</summary>
/// <param name="TellsStation">It has to be sent again.</param>
internal readonly record struct Delivered(ReservationState State, string? Answer, string? Reason, DateTimeOffset DueAt, bool TellsStation);

/// <summary>
/// Takes a reservation one step on: sends it to its station, tells it that it was given up, or ends it when its time is over. What is about
/// to be sent is stored first, and sent again under the same number when the answer was lost: a station replaces a reservation of a
/// number that it knows (OCPP 1.6 §5.12), so a second sending changes nothing.
/// </summary>
internal sealed class DeliverReservation(
    LadewerkDb db, TenantContext tenant, SendCommand send, StationRegistry registry, KnownAbilities abilities, ReservationBoard board, TimeProvider time, IOptions<ReservationsOptions> options)
{
    private const int ErrorAttempts = 3;

    /// <summary>How long a taken reservation is hidden from other workers: longer than a station may take to answer.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    /// <summary>Does what is due. Does nothing to one that has been used up or ended meanwhile.</summary>
    public async Task Run(ReservationId id, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (await db.Set<Reservation>().AsNoTracking().Include(r => r.Station).ThenInclude(s => s!.Connectors).SingleOrDefaultAsync(r => r.Id == id, ct) is not { } reservation)
        {
            return;
        }

        if (reservation is { State: ReservationState.Cancelled, TellsStation: true })
        {
            await GiveUp(reservation, ct);
        }
        else if (reservation.IsOpen && reservation.ExpiresAt <= now)
        {
            await End(reservation, now, ct);
        }
        else if (reservation.IsOpen && !registry.IsOnline(reservation.StationId))
        {
            await Store(reservation, After(reservation, new CommandResult.Offline(), now, options.Value), now, ct);
        }
        else if (reservation.IsOpen)
        {
            await Send(reservation, now, ct);
        }
    }

    /// <summary>Tells the station that a cancelled reservation is not needed any more; what it says is kept.</summary>
    public async Task<CommandResult> GiveUp(Reservation reservation, CancellationToken ct)
    {
        var result = await send.Run(reservation.Station!, new Stations.CancelReservation(reservation.Number), CancellationToken.None);
        var now = time.GetUtcNow();
        var isKnown = result is CommandResult.Answered or CommandResult.Refused or CommandResult.Invalid;
        var isOver = isKnown || reservation.ExpiresAt <= now;
        var answer = Word(result);
        await db.Set<Reservation>().Where(r => r.Id == reservation.Id).ExecuteUpdateAsync(
            set => set.SetProperty(r => r.CancelAnswer, r => answer ?? r.CancelAnswer)
                .SetProperty(r => r.TellsStation, r => r.State == ReservationState.Cancelled ? !isOver : r.TellsStation)
                .SetProperty(r => r.DueAt, r => r.State == ReservationState.Cancelled ? isOver ? null : now + options.Value.Retry : r.DueAt)
                .SetProperty(r => r.LeasedUntil, (DateTimeOffset?)null),
            CancellationToken.None);
        return result;
    }

    /// <summary>What the station's answer means. Pure.</summary>
    public static Delivered After(Reservation reservation, CommandResult result, DateTimeOffset now, ReservationsOptions options)
    {
        var wasHeld = reservation.ConfirmedAt is not null;
        var again = wasHeld ? ReservationState.Active : ReservationState.Sent;
        var mayWait = wasHeld || (reservation.StartsAt > reservation.CreatedAt && now < reservation.StartsAt + options.Patience);
        return result switch
        {
            CommandResult.Answered { Status: "Accepted" } => new(ReservationState.Active, "Accepted", null, reservation.ExpiresAt, false),

            // The station holds reservations, but cannot hold this one now: it may when the vehicle that is there has left.
            CommandResult.Answered { Status: not "Rejected" and var word } when mayWait =>
                new(wasHeld ? ReservationState.Active : ReservationState.Planned, word, ReservationReason.Of(word), now + options.Retry, true),
            CommandResult.Answered answered => new(ReservationState.Rejected, answered.Status, ReservationReason.Of(answered.Status), now, false),
            CommandResult.Offline when reservation.State is ReservationState.Planned => new(ReservationState.Planned, reservation.Answer, ReservationReason.Offline, now, true),
            CommandResult.Offline => new(again, reservation.Answer, ReservationReason.Offline, now + options.Retry, true),
            CommandResult.TimedOut => new(again, reservation.Answer, ReservationReason.Timeout, now + options.Retry, true),
            CommandResult.Refused { Code: "NotSupported" or "NotImplemented" } refused => new(ReservationState.Rejected, refused.Code, ReservationReason.NotSupported, now, false),
            CommandResult.Refused refused when reservation.Attempts < ErrorAttempts => new(again, refused.Code, ReservationReason.Error, now + options.Retry, true),
            CommandResult.Refused refused => new(ReservationState.Rejected, refused.Code, ReservationReason.Error, now, false),
            CommandResult.Invalid => new(ReservationState.Rejected, null, ReservationReason.Error, now, false),
            _ => throw new ArgumentOutOfRangeException(nameof(result), result, "No such outcome."),
        };
    }

    private async Task Send(Reservation reservation, DateTimeOffset now, CancellationToken ct)
    {
        var connector = await ChooseConnector(reservation, ct);
        if (connector is null)
        {
            await Store(reservation, After(reservation, new CommandResult.Answered("Occupied", default), now, options.Value), now, ct);
            return;
        }

        var sent = reservation.ConfirmedAt is null ? ReservationState.Sent : reservation.State;
        var begun = await db.Set<Reservation>().Where(r => r.Id == reservation.Id && r.State == reservation.State).ExecuteUpdateAsync(
            set => set.SetProperty(r => r.State, sent).SetProperty(r => r.SentAt, now).SetProperty(r => r.SentConnector, connector)
                .SetProperty(r => r.Attempts, r => r.Attempts + 1).SetProperty(r => r.LeasedUntil, now + Lease).SetProperty(r => r.DueAt, now + options.Value.Retry),
            ct);
        if (begun == 0)
        {
            return; // used up or given up in this very moment
        }

        (reservation.State, reservation.SentAt, reservation.Attempts) = (sent, now, reservation.Attempts + 1);
        // Whoever asked may hang up: what the station says is kept all the same. The call has its own time-out, and ends with the socket.
        var result = await send.Run(
            reservation.Station!, new Stations.Reserve(reservation.Number, connector.Value, reservation.IdToken, reservation.ExpiresAt, reservation.GroupId), CancellationToken.None);
        var answered = time.GetUtcNow();
        await Store(reservation, After(reservation, result, answered, options.Value), answered, CancellationToken.None);
    }

    /// <summary>0 is "any" where the station can hold that; else a free connector that nobody else has reserved. Null: there is none.</summary>
    private async Task<int?> ChooseConnector(Reservation reservation, CancellationToken ct)
    {
        if (reservation.ConnectorNumber > 0 || (await abilities.Of(reservation.Station!, ct)).ReservesAny != false)
        {
            return reservation.ConnectorNumber;
        }

        var taken = await db.Set<Reservation>().Where(r =>
            r.StationId == reservation.StationId && r.Id != reservation.Id && (r.State == ReservationState.Active || r.State == ReservationState.Sent)).Select(r => r.SentConnector).ToListAsync(ct);
        return reservation.SentConnector is > 0 and var former
            ? former
            : reservation.Station!.Connectors.OrderBy(c => c.WireNumber).FirstOrDefault(c => c.Status == "Available" && !taken.Contains(c.WireNumber))?.WireNumber;
    }

    private async Task End(Reservation reservation, DateTimeOffset now, CancellationToken ct)
    {
        var state = reservation.State == ReservationState.Active ? ReservationState.NoShow : ReservationState.Expired;
        await db.Set<Reservation>().Where(r => r.Id == reservation.Id && r.State == reservation.State).ExecuteUpdateAsync(
            set => set.SetProperty(r => r.State, state).SetProperty(r => r.EndedAt, now).SetProperty(r => r.DueAt, (DateTimeOffset?)null)
                .SetProperty(r => r.LeasedUntil, (DateTimeOffset?)null).SetProperty(r => r.TellsStation, false),
            ct);
        await Publish(reservation, state);
    }

    private async Task Store(Reservation reservation, Delivered next, DateTimeOffset now, CancellationToken ct)
    {
        var isEnded = next.State == ReservationState.Rejected;
        var isConfirmed = next is { State: ReservationState.Active, TellsStation: false };
        var due = isEnded ? null : next.DueAt < reservation.ExpiresAt ? next.DueAt : (DateTimeOffset?)reservation.ExpiresAt;
        await db.Set<Reservation>().Where(r => r.Id == reservation.Id && r.State == reservation.State).ExecuteUpdateAsync(
            set => set.SetProperty(r => r.State, next.State).SetProperty(r => r.Answer, next.Answer).SetProperty(r => r.Reason, next.Reason)
                .SetProperty(r => r.ConfirmedAt, r => isConfirmed ? now : r.ConfirmedAt).SetProperty(r => r.EndedAt, r => isEnded ? now : r.EndedAt)
                .SetProperty(r => r.TellsStation, next.TellsStation).SetProperty(r => r.DueAt, due).SetProperty(r => r.LeasedUntil, (DateTimeOffset?)null),
            ct);
        await Publish(reservation, next.State);
    }

    private async Task Publish(Reservation reservation, ReservationState state)
    {
        await board.Refresh(reservation.StationId, CancellationToken.None);
        board.Tell(tenant.Current, reservation.Station!.Identity, reservation.Id, state);
    }

    private static string? Word(CommandResult result) => result switch
    {
        CommandResult.Answered answered => answered.Status,
        CommandResult.Refused refused => refused.Code,
        _ => null,
    };
}
