using Ladewerk.Kernel;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions;

/// <summary>What a session's price depends on, read from its row and its readings.</summary>
public sealed class PricingFacts(LadewerkDb db, SessionLoader loader, TimeProvider time)
{
    /// <summary>The facts of a session of the scope's tenant.</summary>
    /// <exception cref="InvalidOperationException">There is no such session.</exception>
    public async Task<PricingSession> Of(SessionId id, CancellationToken ct) =>
        Of(await db.Set<ChargingSession>().AsNoTracking().SingleAsync(s => s.Id == id, ct), await loader.Points(id, ct), await Group(id, ct));

    /// <summary>The same for a session at hand.</summary>
    public async Task<PricingSession> Of(ChargingSession session, CancellationToken ct) => Of(session, await loader.Points(session.Id, ct), await Group(session.Id, ct));

    private PricingSession Of(ChargingSession session, SampleTrail trail, string? group)
    {
        var end = session.EndedAt ?? time.GetUtcNow();
        return new PricingSession
        {
            Start = session.StartedAt,
            End = end < session.StartedAt ? session.StartedAt : end,
            Periods = PricingPeriods.Of(session.StartedAt, end, session.EnergyWh.Value, trail.Points),
            UserGroups = group is null ? [] : [group],
        };
    }

    private Task<string?> Group(SessionId id, CancellationToken ct) =>
        (from s in db.Set<ChargingSession>()
         join t in db.Set<Drivers.IdToken>() on s.IdTokenId equals t.Id
         where s.Id == id
         select t.GroupId).SingleOrDefaultAsync(ct);
}
