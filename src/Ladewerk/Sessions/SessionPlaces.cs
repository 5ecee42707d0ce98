using Ladewerk.Kernel;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions;

/// <summary>Where a session took place, as it is now.</summary>
/// <param name="StationId">The station's identity.</param>
/// <param name="Station">What people call the station.</param>
/// <param name="EvseId">The EVSE-ID, or the station's identity and the EVSE's number where it has none.</param>
public sealed record PlaceFacts(string? Site, string? Street, string? PostalCode, string? City, string? Country, string StationId, string Station, string EvseId);

/// <summary>Names and addresses of the places of sessions, for who bills or reports them.</summary>
public sealed class SessionPlaces(LadewerkDb db)
{
    /// <summary>The place of a session of the scope's tenant.</summary>
    public async Task<PlaceFacts> Of(ChargingSession session, CancellationToken ct)
    {
        var station = await db.Set<ChargingStation>().AsNoTracking().SingleAsync(s => s.Id == session.StationId, ct);
        var site = await db.Set<Site>().AsNoTracking().SingleOrDefaultAsync(s => s.Id == session.SiteId, ct);
        var evseId = await db.Set<Evse>().Where(e => e.StationId == session.StationId && e.Number == session.EvseNumber).Select(e => e.EvseId).SingleOrDefaultAsync(ct);
        return new PlaceFacts(
            site?.Name, site?.Street, site?.PostalCode, site?.City, site?.Country, station.Identity, station.Name ?? station.Identity,
            evseId ?? $"{station.Identity}/{session.EvseNumber}");
    }
}
