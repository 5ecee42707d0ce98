using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Ladewerk.Sessions.Reservations;

/// <summary>What to hold, for whom, how long.</summary>
/// <param name="StationId">Identity.</param>
/// <param name="EvseId">The EVSE's number within the station; absent, with no connector either: any of the station's.</param>
/// <param name="ConnectorId">The connector as the station's protocol counts; 0: any.</param>
/// <param name="IdToken">Who may use it; absent: the driver's badge.</param>
/// <param name="DriverId">The driver, where no token is given.</param>
/// <param name="StartsAt">Absent: now.</param>
/// <param name="ExpiresAt">When the hold ends; or <paramref name="DurationMinutes"/>.</param>
public sealed record NewReservation(
    string StationId, int? EvseId = null, int? ConnectorId = null, string? IdToken = null, DriverId? DriverId = null,
    DateTimeOffset? StartsAt = null, DateTimeOffset? ExpiresAt = null, int? DurationMinutes = null, string? Note = null);

/// <summary>What came of a wish.</summary>
public abstract record ReservationOutcome
{
    /// <summary>It is kept; one that begins now has been sent, and <see cref="Reservation.State"/> says what the station answered.</summary>
    public sealed record Made(ReservationId Id) : ReservationOutcome;

    /// <summary>Wrong by field.</summary>
    public sealed record Faulty(Faults Faults) : ReservationOutcome;

    /// <summary>Something is reserved at that time already.</summary>
    /// <param name="Problem">Problem type: reservation-overlap or token-reserved.</param>
    /// <param name="With">The first one in the way.</param>
    public sealed record Overlap(string Problem, Reservation With) : ReservationOutcome;
}

/// <summary>
/// Makes a reservation, for an operator or for a driver. What overlaps is refused here, so that two people are never promised one EVSE; what
/// stands at the EVSE now is for the station to say. Its price is not here: tariffs price a reservation by OCPI's restriction.
/// </summary>
internal sealed class MakeReservation(
    LadewerkDb db, TenantContext tenant, Actor actor, AuditLog audit, DeliverReservation deliver, ReservationBoard board, KnownAbilities abilities, TimeProvider time,
    IOptions<ReservationsOptions> options)
{
    private sealed record Holder(IdToken Token, DriverId? Driver);

    private sealed record Place(ChargingStation Station, int? Evse, int Connector, int Evses);

    public async Task<ReservationOutcome> Run(NewReservation wish, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var faults = new Faults().Short("note", wish.Note, 500);
        var (from, to) = Span(wish, now, faults);
        var place = await FindPlace(wish, faults, ct);
        var holder = await FindHolder(wish, from, faults, ct);
        if (faults.Any || place is null || holder is null)
        {
            return new ReservationOutcome.Faulty(faults);
        }

        var isNow = from - now <= options.Value.Lead;
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtextextended('reservation', 0) # hashtextextended({place.Station.Id.Value.ToString()}, 1))", ct); // one at a time for each station
        if (await Overlap(place, holder, new ReservedTime(place.Evse, from, to), ct) is { } overlap)
        {
            return overlap;
        }

        var made = new Reservation
        {
            TenantId = tenant.Current,
            StationId = place.Station.Id,
            Number = 1 + (await db.Set<Reservation>().Where(r => r.StationId == place.Station.Id).MaxAsync(r => (int?)r.Number, ct) ?? 0),
            EvseNumber = place.Evse,
            ConnectorNumber = place.Connector,
            IdToken = holder.Token.Uid,
            IdTokenKey = holder.Token.UidKey,
            IdTokenId = holder.Token.Id,
            GroupId = holder.Token.GroupId,
            DriverId = holder.Driver,
            StartsAt = from,
            ExpiresAt = to,
            State = ReservationState.Planned,
            Note = string.IsNullOrWhiteSpace(wish.Note) ? null : wish.Note.Trim(),
            RequestedBy = actor.Name,
            CreatedAt = now,
            TellsStation = true,
            DueAt = from - options.Value.Lead,
            LeasedUntil = isNow ? now + DeliverReservation.Lease : null, // this request sends it itself
        };
        db.Add(made);
        audit.Record("reservation.made", "reservation", made.Id.Value.ToString(), after: new { station = place.Station.Identity, made.EvseNumber, token = IdTokenUid.Masked(made.IdToken), made.DriverId, made.StartsAt, made.ExpiresAt });
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        await board.Refresh(place.Station.Id, CancellationToken.None);
        board.Tell(tenant.Current, place.Station.Identity, made.Id, made.State);
        if (isNow)
        {
            await deliver.Run(made.Id, ct);
        }

        return new ReservationOutcome.Made(made.Id);
    }

    private (DateTimeOffset From, DateTimeOffset To) Span(NewReservation wish, DateTimeOffset now, Faults faults)
    {
        var from = wish.StartsAt?.ToUniversalTime() is { } start && start > now ? start : now;
        var to = wish.ExpiresAt?.ToUniversalTime() ?? from.AddMinutes(Math.Clamp(wish.DurationMinutes ?? 0, 0, 100_000));
        faults.Unless(wish.ExpiresAt is not null || wish.DurationMinutes is not null, "expiresAt", "Required, or durationMinutes.")
            .Unless(wish.StartsAt is null || wish.StartsAt > now - TimeSpan.FromMinutes(5), "startsAt", "In the past.")
            .Unless(from <= now + options.Value.Horizon, "startsAt", $"At most {options.Value.Horizon.TotalDays:0} days ahead.");
        if (!faults.Errors.ContainsKey("expiresAt"))
        {
            faults.Unless(to > from, "expiresAt", "After the start.").Unless(to - from <= options.Value.LongestHold, "expiresAt", $"At most {options.Value.LongestHold.TotalHours:0} hours after the start.");
        }

        return (from, to);
    }

    private async Task<Place?> FindPlace(NewReservation wish, Faults faults, CancellationToken ct)
    {
        var key = StationIdentity.Key(wish.StationId ?? "");
        var station = await db.Set<ChargingStation>().AsNoTracking().Include(s => s.Connectors).SingleOrDefaultAsync(s => s.IdentityKey == key && s.RemovedAt == null, ct);
        if (station is null)
        {
            faults.Add("stationId", "No such station.");
            return null;
        }

        faults.Unless((await abilities.Of(station, ct)).Reserves != false, "stationId", "This station takes no reservations.");
        var connectors = station.Connectors.OrderBy(c => c.WireNumber).ToList();
        var evses = connectors.Select(c => c.EvseNumber).Distinct().Count();
        var wanted = wish.ConnectorId is > 0 and var number ? connectors.Find(c => c.WireNumber == number)
            : wish.EvseId is { } evse ? connectors.Find(c => c.EvseNumber == evse)
            : evses == 1 ? connectors[0] // the only one is any
            : null;
        faults.Unless(wanted is not null || wish.ConnectorId is null or 0, "connectorId", "No such connector.").Unless(wanted is not null || wish.EvseId is null, "evseId", "No such EVSE.");
        return new Place(station, wanted?.EvseNumber, wanted?.WireNumber ?? 0, evses);
    }

    private async Task<Holder?> FindHolder(NewReservation wish, DateTimeOffset from, Faults faults, CancellationToken ct)
    {
        IdToken? token;
        if (!string.IsNullOrWhiteSpace(wish.IdToken))
        {
            var key = IdTokenUid.Key(wish.IdToken);
            token = await db.Set<IdToken>().AsNoTracking().SingleOrDefaultAsync(t => t.UidKey == key, ct);
            faults.Unless(token is not null, "idToken", "No such id token.");
        }
        else if (wish.DriverId is { } driver)
        {
            token = await db.Set<IdToken>().AsNoTracking().Where(t => t.DriverId == driver && t.Status == IdTokenStatus.Accepted).OrderByDescending(t => t.CreatedAt).FirstOrDefaultAsync(ct);
            faults.Unless(token is not null, "driverId", "No such driver, or no badge that may charge.");
        }
        else
        {
            faults.Add("idToken", "Required, or driverId.");
            return null;
        }

        if (token is null)
        {
            return null;
        }

        var blocked = token.DriverId is { } owner && await db.Set<Driver>().AnyAsync(d => d.Id == owner && d.Status != "active", ct);
        faults.Unless(token.Status == IdTokenStatus.Accepted && !blocked, "idToken", "This id token may not charge.")
            .Unless((token.ValidUntil is null || token.ValidUntil > from) && (token.ValidFrom is null || token.ValidFrom <= from), "idToken", "This id token may not charge then.");
        return new Holder(token, token.DriverId);
    }

    private async Task<ReservationOutcome.Overlap?> Overlap(Place place, Holder holder, ReservedTime wish, CancellationToken ct)
    {
        var open = db.Set<Reservation>().AsNoTracking().Where(r =>
            (r.State == ReservationState.Planned || r.State == ReservationState.Sent || r.State == ReservationState.Active) && r.StartsAt < wish.To && r.ExpiresAt > wish.From);
        var here = await open.Where(r => r.StationId == place.Station.Id).OrderBy(r => r.StartsAt).ToListAsync(ct);
        if (!ReservationRules.HasRoom([.. here.Select(r => new ReservedTime(r.EvseNumber, r.StartsAt, r.ExpiresAt))], wish, place.Evses))
        {
            return new ReservationOutcome.Overlap("reservation-overlap", here.Find(r => wish.EvseNumber is null || r.EvseNumber == wish.EvseNumber) ?? here[0]);
        }

        var same = await open.Where(r => r.IdTokenKey == holder.Token.UidKey).OrderBy(r => r.StartsAt).ToListAsync(ct);
        return ReservationRules.TokenIsFree(holder.Token, same.Count) ? null : new ReservationOutcome.Overlap("token-reserved", same[0]);
    }
}
