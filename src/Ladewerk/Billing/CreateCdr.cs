using Ladewerk.Kernel;
using Ladewerk.Receipts;
using Ladewerk.Sessions;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing;

/// <summary>
/// Prices an ended session by the tariff version that was frozen at its start and records the result. A session that waits for a
/// person's review, or that must be proven and is not, gets no record; the decision is told as <see cref="SessionEnded"/> again. May run any number of times.
/// </summary>
internal sealed partial class CreateCdr(LadewerkDb db, PriceSession price, RecordCdr record, JudgeSession judge, LiveFeed live, ILogger<CreateCdr> logger)
    : IConsumer<SessionEnded>
{
    /// <summary>The session has no tariff: it is not free by accident, a person must say which one holds.</summary>
    public const string NoTariff = "noTariff";

    public async Task Consume(SessionEnded e, CancellationToken ct)
    {
        var session = await db.Set<ChargingSession>().AsNoTracking().SingleOrDefaultAsync(s => s.Id == e.SessionId, ct);
        if (session is not { State: SessionState.Ended, EndedAt: not null } || (await judge.Run(session, ct)).IsHeld || session.NeedsReview)
        {
            LogNotYet(e.SessionId);
            return;
        }

        if (await price.Run(session, ct) is not { } priced)
        {
            await SendToReview(session, ct);
            return;
        }

        if (await record.Run(session, priced, ct) is { Count: > 0 } added)
        {
            LogRecorded(session.Id, added[^1].Id);
            live.Publish(session.TenantId, "cdr", new { sessionId = session.Id, kind = added[^1].Kind });
        }
    }

    private async Task SendToReview(ChargingSession session, CancellationToken ct)
    {
        LogNoTariff(session.Id);
        await db.Database.ExecuteSqlAsync(
            $"""
            update charging_session set needs_review = true, review_reasons = array_append(array_remove(review_reasons, {NoTariff}), {NoTariff})
            where id = {session.Id.Value}
            """,
            ct);
    }

    [LoggerMessage(LogLevel.Debug, "Session {SessionId} still runs or waits for review: no charge detail record yet")]
    private partial void LogNotYet(SessionId sessionId);

    [LoggerMessage(LogLevel.Warning, "Session {SessionId} has no tariff and goes to review")]
    private partial void LogNoTariff(SessionId sessionId);

    [LoggerMessage(LogLevel.Debug, "Session {SessionId} is recorded as {CdrId}")]
    private partial void LogRecorded(SessionId sessionId, CdrId cdrId);
}
