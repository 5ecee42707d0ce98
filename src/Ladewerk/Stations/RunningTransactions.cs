namespace Ladewerk.Stations;

/// <summary>Port to whoever knows sessions: remote stop may name the session instead of the transaction.</summary>
public interface IRunningTransactions
{
    /// <summary>The OCPP transaction of an active session at this station; null where there is none.</summary>
    Task<long?> Find(StationId station, Guid sessionId, CancellationToken ct);
}
