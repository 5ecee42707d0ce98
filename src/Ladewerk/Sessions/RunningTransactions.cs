using Ladewerk.Kernel;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions;

/// <summary>The transaction behind a session, for a remote stop.</summary>
internal sealed class RunningTransactions(LadewerkDb db) : IRunningTransactions
{
    public Task<long?> Find(StationId station, Guid sessionId, CancellationToken ct) => db.Set<ChargingSession>()
        .Where(s => s.Id == new SessionId(sessionId) && s.StationId == station && s.State == SessionState.Active)
        .Select(s => (long?)s.TransactionId).SingleOrDefaultAsync(ct);
}
