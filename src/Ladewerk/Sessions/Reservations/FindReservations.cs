using System.Globalization;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions.Reservations;

/// <summary>A reservation as the API shows it.</summary>
/// <param name="StationId">The station's identity.</param>
/// <param name="Number">Its id towards the station.</param>
/// <param name="EvseId">The EVSE's number within the station; null: any.</param>
/// <param name="ConnectorId">The connector as the station's protocol counts; null: any.</param>
/// <param name="Answer">The station's last word on it.</param>
/// <param name="Reason">Why it stands as it does: stationOffline, stationTimeout, stationError, notSupported, occupied, faulted, unavailable, rejected; null while all is well.</param>
/// <param name="Explanation">The same as a sentence.</param>
/// <param name="CancelAnswer">The station's word on giving it up.</param>
/// <param name="StationKnows">Whether nothing is left to be told to the station.</param>
/// <param name="SessionId">The session that used it.</param>
public sealed record ReservationView(
    ReservationId Id, string StationId, int Number, int? EvseId, int? ConnectorId, string IdToken, string? GroupId, DriverId? DriverId, string? DriverName, DateTimeOffset StartsAt, DateTimeOffset ExpiresAt,
    ReservationState State, string? Answer, string? Reason, string? Explanation, string? CancelAnswer, bool StationKnows, SessionId? SessionId, string? Note, string RequestedBy,
    DateTimeOffset CreatedAt, DateTimeOffset? SentAt, DateTimeOffset? ConfirmedAt, DateTimeOffset? EndedAt, int Attempts);

/// <summary>Which reservations; all optional, all must hold.</summary>
/// <param name="From">Those that last beyond.</param>
/// <param name="To">Those that begin before.</param>
public sealed record ReservationFilter(string? StationId, Guid? DriverId, DateTimeOffset? From, DateTimeOffset? To, ReservationState? State);

/// <summary>How often a driver did not come.</summary>
public sealed record NoShows(DriverId DriverId, string DriverName, int Count, DateTimeOffset LastAt);

/// <summary>Reads reservations.</summary>
internal sealed class FindReservations(LadewerkDb db)
{
    public async Task<Page<ReservationView>> List(ReservationFilter filter, int limit, string? cursor, CancellationToken ct)
    {
        var found = db.Set<Reservation>().AsNoTracking().Include(r => r.Station).Include(r => r.Driver).AsQueryable();
        if (filter.StationId is { } identity)
        {
            var key = StationIdentity.Key(identity);
            found = found.Where(r => r.Station!.IdentityKey == key);
        }

        found = filter.DriverId is { } driver ? found.Where(r => r.DriverId == new DriverId(driver)) : found;
        found = filter.State is { } state ? found.Where(r => r.State == state) : found;
        found = filter.From is { } from ? found.Where(r => r.ExpiresAt > from.ToUniversalTime()) : found;
        found = filter.To is { } to ? found.Where(r => r.StartsAt < to.ToUniversalTime()) : found;
        if (Paging.Decode(cursor)?.Split('|') is [var ticks, var id] && long.TryParse(ticks, CultureInfo.InvariantCulture, out var at) && Guid.TryParse(id, out var last))
        {
            var (startsAt, lastId) = (new DateTimeOffset(at, TimeSpan.Zero), new ReservationId(last));
            found = found.Where(r => EF.Functions.LessThan(ValueTuple.Create(r.StartsAt, r.Id), ValueTuple.Create(startsAt, lastId)));
        }

        var rows = await found.OrderByDescending(r => r.StartsAt).ThenByDescending(r => r.Id).Take(limit + 1).ToListAsync(ct);
        return Paging.Of([.. rows.Select(View)], limit, r => string.Create(CultureInfo.InvariantCulture, $"{r.StartsAt.UtcTicks}|{r.Id.Value}"));
    }

    public async Task<ReservationView?> Find(ReservationId id, CancellationToken ct) =>
        await db.Set<Reservation>().AsNoTracking().Include(r => r.Station).Include(r => r.Driver).SingleOrDefaultAsync(r => r.Id == id, ct) is { } found ? View(found) : null;

    /// <summary>Drivers who did not come since, the most often first.</summary>
    public Task<List<NoShows>> NoShows(DateTimeOffset since, int limit, CancellationToken ct) =>
        db.Set<Reservation>().Where(r => r.State == ReservationState.NoShow && r.DriverId != null && r.ExpiresAt >= since.ToUniversalTime())
            .GroupBy(r => new { r.DriverId, r.Driver!.Name })
            .Select(g => new { g.Key.DriverId, g.Key.Name, Count = g.Count(), Last = g.Max(r => r.ExpiresAt) })
            .OrderByDescending(g => g.Count).Take(limit)
            .Select(g => new NoShows(g.DriverId!.Value, g.Name, g.Count, g.Last)).ToListAsync(ct);

    private static ReservationView View(Reservation r) => new(
        r.Id, r.Station!.Identity, r.Number, r.EvseNumber, r.ConnectorNumber == 0 ? null : r.ConnectorNumber, r.IdToken, r.GroupId, r.DriverId, r.Driver?.Name, r.StartsAt, r.ExpiresAt,
        r.State, r.Answer, r.Reason, Explain(r.Reason), r.CancelAnswer, !r.TellsStation, r.SessionId, r.Note, r.RequestedBy, r.CreatedAt, r.SentAt, r.ConfirmedAt, r.EndedAt, r.Attempts);

    private static string? Explain(string? reason) => reason is null ? null : Kernel.Text.Texts.In("en", "reservations.reason." + reason);
}
