using Ladewerk.Drivers;
using Ladewerk.Drivers.Privacy;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions;

/// <summary>Nobody is forgotten while they charge: the end of the session still has to find whose it is.</summary>
internal sealed class HoldsRunningSessions(LadewerkDb db) : IHoldsPerson
{
    public async Task<string?> WaitsFor(DriverId driver, BillingAccountId? payer, CancellationToken ct) =>
        await db.Set<ChargingSession>().AnyAsync(s => s.DriverId == driver && s.State == SessionState.Active, ct) ? "session" : null;
}
