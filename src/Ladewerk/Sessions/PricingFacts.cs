using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions;

/// <summary>What a session's price depends on, read from its row and its readings.</summary>
public sealed class PricingFacts(LadewerkDb db, SessionLoader loader, TimeProvider time)
{
    /// <summary>The facts of a session of the scope's tenant.</summary>
    /// <exception cref="InvalidOperationException">There is no such session.</exception>
    public async Task<PricingSession> Of(SessionId id, CancellationToken ct) =>
        await Of(await db.Set<ChargingSession>().AsNoTracking().SingleAsync(s => s.Id == id, ct), ct);

    /// <summary>The same for a session at hand.</summary>
    public async Task<PricingSession> Of(ChargingSession session, CancellationToken ct)
    {
        var trail = await loader.Points(session.Id, ct);
        var token = session.IdTokenId is { } tokenId ? await db.Set<IdToken>().AsNoTracking().SingleOrDefaultAsync(t => t.Id == tokenId, ct) : null;
        var connector = await db.Set<Connector>().AsNoTracking().SingleOrDefaultAsync(c => c.StationId == session.StationId && c.WireNumber == session.ConnectorNumber, ct);
        var evse = await db.Set<Evse>().AsNoTracking().SingleOrDefaultAsync(e => e.StationId == session.StationId && e.Number == session.EvseNumber, ct);
        var end = session.EndedAt ?? time.GetUtcNow();
        return new PricingSession
        {
            Start = session.StartedAt,
            End = end < session.StartedAt ? session.StartedAt : end,
            Periods = PricingPeriods.Of(session.StartedAt, end, session.EnergyWh.Value, trail.Points),
            UserGroups = token?.GroupId is { } group ? [group] : [],
            Contract = token?.ContractId?.ToString(),
            ConnectorType = connector?.Type,
            EvsePowerKw = evse?.MaxPowerW?.Value / 1000m,
        };
    }
}
