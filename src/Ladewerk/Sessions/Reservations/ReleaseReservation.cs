using Ladewerk.Kernel;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions.Reservations;

/// <summary>What came of giving a reservation up.</summary>
internal enum Release
{
    /// <summary>It is cancelled; the station knows, or was never told of it.</summary>
    Done,

    /// <summary>It is cancelled; the station is told as soon as it can be reached.</summary>
    StationWaits,

    /// <summary>The station refused: it stays as it was.</summary>
    Refused,

    /// <summary>It had ended before.</summary>
    Over,

    /// <summary>No such reservation.</summary>
    Unknown,
}

/// <summary>Gives a reservation up, for an operator or for a driver.</summary>
internal sealed class ReleaseReservation(LadewerkDb db, TenantContext tenant, AuditLog audit, DeliverReservation deliver, StationRegistry registry, ReservationBoard board, TimeProvider time)
{
    /// <param name="force">Cancel it here even where the station refuses: it may not know it any more.</param>
    public async Task<Release> Run(ReservationId id, bool force, CancellationToken ct)
    {
        if (await db.Set<Reservation>().AsNoTracking().Include(r => r.Station).SingleOrDefaultAsync(r => r.Id == id, ct) is not { } reservation)
        {
            return Release.Unknown;
        }

        if (!reservation.IsOpen)
        {
            return Release.Over;
        }

        var mayKnow = reservation.State is not ReservationState.Planned || reservation.Attempts > 0;
        if (!mayKnow)
        {
            return await Cancel(reservation, tellsStation: false, ct) ? Release.Done : Release.Over;
        }

        if (!registry.IsOnline(reservation.StationId))
        {
            return await Cancel(reservation, tellsStation: true, ct) ? Release.StationWaits : Release.Over;
        }

        var isHeld = reservation.ConfirmedAt is not null;
        return await deliver.GiveUp(reservation, ct) switch
        {
            CommandResult.Answered { Status: "Accepted" } => await Cancel(reservation, tellsStation: false, CancellationToken.None) ? Release.Done : Release.Over,

            // It never said that it holds it: that it does not know it is what we want.
            CommandResult.Answered or CommandResult.Refused when force || !isHeld => await Cancel(reservation, tellsStation: false, CancellationToken.None) ? Release.Done : Release.Over,
            CommandResult.Answered or CommandResult.Refused or CommandResult.Invalid => Release.Refused,
            _ => await Cancel(reservation, tellsStation: true, CancellationToken.None) ? Release.StationWaits : Release.Over,
        };
    }

    private async Task<bool> Cancel(Reservation reservation, bool tellsStation, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var cancelled = await db.Set<Reservation>().Where(r => r.Id == reservation.Id && (r.State == ReservationState.Planned || r.State == ReservationState.Sent || r.State == ReservationState.Active)).ExecuteUpdateAsync(
            set => set.SetProperty(r => r.State, ReservationState.Cancelled).SetProperty(r => r.EndedAt, now).SetProperty(r => r.TellsStation, tellsStation)
                .SetProperty(r => r.DueAt, tellsStation ? now : (DateTimeOffset?)null).SetProperty(r => r.LeasedUntil, (DateTimeOffset?)null),
            ct);
        if (cancelled == 0)
        {
            return false;
        }

        audit.Record("reservation.cancelled", "reservation", reservation.Id.Value.ToString(), new { reservation.State }, new { stationKnows = !tellsStation });
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        await board.Refresh(reservation.StationId, CancellationToken.None);
        board.Tell(tenant.Current, reservation.Station!.Identity, reservation.Id, ReservationState.Cancelled);
        return true;
    }
}
