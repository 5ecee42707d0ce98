using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Sessions;

/// <summary>What a person decided on an odd session.</summary>
public enum ReviewDecision
{
    /// <summary>The values are right as they stand: bill them.</summary>
    Accept,

    /// <summary>Bill <see cref="SessionReviewRequest.EnergyWh"/> instead.</summary>
    Correct,

    /// <summary>Bill nothing.</summary>
    WriteOff,
}

/// <summary>A decision, with a note that says why.</summary>
public sealed record SessionReviewRequest(ReviewDecision Decision, string Note, WattHours? EnergyWh = null);

/// <summary>Closes the review of an ended session, and lets it be billed as decided.</summary>
public sealed class ReviewSession(LadewerkDb db, TenantContext tenant, AuditLog audit, TimeProvider time)
{
    /// <returns>False where there is no such session to review: unknown, still running, or reviewed already.</returns>
    public async Task<bool> Run(SessionId id, SessionReviewRequest request, string by, CancellationToken ct)
    {
        if (await db.Set<ChargingSession>().AsNoTracking().SingleOrDefaultAsync(s => s.Id == id, ct) is not { State: SessionState.Ended, NeedsReview: true } session)
        {
            return false;
        }

        var energy = request.Decision switch
        {
            ReviewDecision.Accept => session.EnergyWh,
            ReviewDecision.Correct => request.EnergyWh ?? session.EnergyWh,
            ReviewDecision.WriteOff => WattHours.Zero,
            _ => throw new ArgumentOutOfRangeException(nameof(request), request.Decision, null),
        };
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var decided = await db.Set<ChargingSession>().Where(s => s.Id == id && s.NeedsReview).ExecuteUpdateAsync(
            set => set.SetProperty(s => s.NeedsReview, false).SetProperty(s => s.EnergyWh, energy).SetProperty(s => s.ReviewNote, request.Note)
                .SetProperty(s => s.ReviewedAt, time.GetUtcNow()).SetProperty(s => s.ReviewedBy, by),
            ct);
        if (decided == 0)
        {
            return false;
        }

        audit.Record("session.reviewed", "session", id.Value.ToString(), new { session.EnergyWh, session.ReviewReasons }, request);
        await db.SaveChangesAsync(ct);
        if (request.Decision != ReviewDecision.WriteOff)
        {
            await Outbox.Publish((NpgsqlConnection)db.Database.GetDbConnection(), tenant.Current, new SessionEnded(id), ct);
        }

        await transaction.CommitAsync(ct);
        return true;
    }
}
