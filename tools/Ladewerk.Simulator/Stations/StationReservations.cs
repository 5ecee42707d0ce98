using Ladewerk.Ocpp.V16;

namespace Ladewerk.Simulator.Stations;

/// <summary>What is held for whom: connectors, and "any of them" (connector 0). OCPP 1.6 §5.2, §5.12.</summary>
internal sealed class StationReservations(StationModel station)
{
    private readonly List<Reservation> any = [];

    public ReservationStatus Reserve(ReserveNowRequest request)
    {
        if (request.ExpiryDate <= station.Now)
        {
            return ReservationStatus.Rejected;
        }

        var reservation = new Reservation(request.ReservationId, request.IdTag, request.ParentIdTag, request.ExpiryDate);
        return request.ConnectorId == 0 ? ReserveAny(reservation) : ReserveOne(request.ConnectorId, reservation);
    }

    /// <summary>False where no such reservation is held.</summary>
    public bool Cancel(int id)
    {
        var removed = any.RemoveAll(r => r.Id == id) > 0;
        foreach (var connector in station.Connectors.Where(c => c.Reservation?.Id == id))
        {
            connector.Reservation = null;
            removed = true;
        }

        return removed;
    }

    /// <summary>Whether a tag may start on a connector: it is not held for another one, and enough stay for those who reserved any.</summary>
    public bool IsFreeFor(ConnectorModel connector, string idTag, string? group)
    {
        if (connector.Reservation is { } held && !Suits(held, idTag, group))
        {
            return false;
        }

        var others = any.Count(r => !Suits(r, idTag, group));
        return others == 0 || connector.Reservation is not null || station.Connectors.Count(c => c != connector && c.IsFree) >= others;
    }

    /// <summary>The reservation that a tag uses up by starting on a connector; null: none.</summary>
    public int? Use(ConnectorModel connector, string idTag, string? group)
    {
        var used = connector.Reservation ?? any.Find(r => Suits(r, idTag, group));
        if (used is not null)
        {
            Cancel(used.Id);
        }

        return used?.Id;
    }

    public void Expire()
    {
        any.RemoveAll(r => r.ExpiresAt <= station.Now);
        foreach (var connector in station.Connectors)
        {
            connector.Reservation = connector.Reservation?.ExpiresAt <= station.Now ? null : connector.Reservation;
        }
    }

    private ReservationStatus ReserveOne(int number, Reservation reservation)
    {
        if (number < 0 || number > station.Connectors.Count)
        {
            return ReservationStatus.Rejected;
        }

        var connector = station.Connector(number);
        switch (connector.Status)
        {
            case ChargePointStatus.Faulted:
                return ReservationStatus.Faulted;
            case ChargePointStatus.Unavailable:
                return ReservationStatus.Unavailable;
            case ChargePointStatus.Available:
            case ChargePointStatus.Reserved when connector.Reservation?.Id == reservation.Id:
                Cancel(reservation.Id); // one of the same id is replaced
                connector.Reservation = reservation;
                return ReservationStatus.Accepted;
            default:
                return ReservationStatus.Occupied;
        }
    }

    private ReservationStatus ReserveAny(Reservation reservation)
    {
        if (!station.Configuration.IsOn("ReserveConnectorZeroSupported"))
        {
            return ReservationStatus.Rejected;
        }

        if (station.Connectors.All(c => !c.IsUsable))
        {
            return station.Connectors.Any(c => c.IsInoperative) ? ReservationStatus.Unavailable : ReservationStatus.Faulted;
        }

        if (station.Connectors.Count(c => c.IsFree) <= any.Count(r => r.Id != reservation.Id))
        {
            return ReservationStatus.Occupied;
        }

        Cancel(reservation.Id);
        any.Add(reservation);
        return ReservationStatus.Accepted;
    }

    private static bool Suits(Reservation reservation, string idTag, string? group) =>
        string.Equals(reservation.IdTag, idTag, StringComparison.OrdinalIgnoreCase) || (group is not null && string.Equals(reservation.ParentIdTag, group, StringComparison.OrdinalIgnoreCase));
}
