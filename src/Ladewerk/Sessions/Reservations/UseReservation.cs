using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Microsoft.Extensions.Options;

namespace Ladewerk.Sessions.Reservations;

/// <summary>What the start of a session means for the station's reservations. Asks the database only for a reservation that the station names and nobody holds open any more.</summary>
internal sealed class UseReservation(ReservationBoard board, IOptions<ReservationsOptions> options)
{
    /// <summary>The authorisation, refused where the connector is held for somebody else; and the reservation that the session uses up.</summary>
    public async ValueTask<(Authorisation Authorisation, HeldReservation? Used)> Decide(StationSessions station, SessionStart start, Authorisation authorisation, CancellationToken ct)
    {
        var open = board.At(station.Place.StationId);
        if ((open.Count == 0 && start.ReservationNumber is null) || authorisation.Status != AuthorisationStatus.Accepted)
        {
            return (authorisation, null);
        }

        var token = authorisation.Token?.Key ?? IdTokenUid.Key(start.IdToken);
        var group = authorisation.Token?.GroupId;
        var evse = station.Outlet(start.ConnectorNumber)?.EvseNumber ?? start.ConnectorNumber;
        var at = StationClock.Correct(start.StationAt, start.ReceivedAt);
        var verdict = ReservationRules.OnStart(open, new(start.ConnectorNumber, evse, token, group, start.ReservationNumber, at, station.FreeBeside(evse)), options.Value.Lead);
        if (verdict is { Fulfilled: null, IsTaken: false } && start.ReservationNumber is { } number && number > 0 && open.All(r => r.Number != number))
        {
            // A start from the time when the station was offline: the reservation was thought to have passed unused.
            return (authorisation, await board.Late(station.Place.StationId, number, token, group, ct));
        }

        return verdict.IsTaken ? (authorisation with { Status = AuthorisationStatus.Reserved, Reason = AuthorisationReason.Reserved }, null) : (authorisation, verdict.Fulfilled);
    }

    /// <summary>Adds what must be written.</summary>
    public static void Write(HeldReservation? used, RunningSession session, Change change)
    {
        if (used is not null)
        {
            change.Add(ReservationTables.Fulfilled, new(used.Id, session.Id, session.StartedAt));
        }
    }

    /// <summary>The change is committed.</summary>
    public void Used(StationSessions station, HeldReservation? used)
    {
        if (used is not null)
        {
            board.Fulfilled(station.Place, used.Id);
        }
    }
}
