using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Receipts;

/// <summary>A signed value came for a transaction that the station's open sessions do not know.</summary>
public sealed record StraySignedValue(StationId StationId, long TransactionId) : IEvent
{
    public static string Type => "straySignedValue";
}

/// <summary>Has the session judged and billed anew to which the value belongs, where it has ended.</summary>
internal sealed class JudgeAgain(LadewerkDb db, TenantContext tenant) : IConsumer<StraySignedValue>
{
    public async Task Consume(StraySignedValue e, CancellationToken ct)
    {
        var id = await db.Set<ChargingSession>().Where(s => s.StationId == e.StationId && s.TransactionId == e.TransactionId && s.State == SessionState.Ended).Select(s => (SessionId?)s.Id).FirstOrDefaultAsync(ct);
        if (id is not { } session)
        {
            return; // one that still runs is judged at its end, of an unknown one nothing is billed
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await Outbox.Publish((NpgsqlConnection)db.Database.GetDbConnection(), tenant.Current, new SessionEnded(session), ct);
        await transaction.CommitAsync(ct);
    }
}
