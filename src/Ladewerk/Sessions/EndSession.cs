using System.Buffers.Binary;
using System.Text.Json;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Ladewerk.Stations.Quirks;

namespace Ladewerk.Sessions;

/// <summary>A station says that a session has ended.</summary>
/// <param name="TransactionId">Ours, or 0, negative or foreign numbers of stations that lost it.</param>
/// <param name="IdToken">Who stopped it; may be missing.</param>
/// <param name="MeterStop">Register at the end.</param>
/// <param name="Reason">As the station says; null is Local.</param>
/// <param name="StationAt">The station's time.</param>
/// <param name="ReceivedAt">Our time.</param>
/// <param name="Samples">Readings that came with the stop.</param>
/// <param name="Raw">The message as it came, for the review of a stop that nothing matches.</param>
public sealed record SessionStop(
    long TransactionId,
    string? IdToken,
    WattHours MeterStop,
    string? Reason,
    DateTimeOffset StationAt,
    DateTimeOffset ReceivedAt,
    IReadOnlyList<MeterSample> Samples,
    ReadOnlyMemory<byte> Raw);

/// <summary>The ended session, or null where none matches; and what to do once the change is committed.</summary>
public sealed record StopOutcome(RunningSession? Session, Authorisation? StopToken, Action Apply);

/// <summary>
/// Ends a session. The same stop sent again changes nothing. A stop that matches no session is acknowledged (else the station repeats it
/// for ever) and kept for review; it never ends another session.
/// </summary>
public sealed class EndSession(Authorise authorise, SessionLoader loader, SessionDirectory directory)
{
    /// <summary>Decides, and adds what must be written to <paramref name="change"/>.</summary>
    public async Task<StopOutcome> Decide(StationSessions station, SessionStop stop, Change change, CancellationToken ct)
    {
        var stopToken = string.IsNullOrWhiteSpace(stop.IdToken) ? null : await authorise.Decide(station, stop.IdToken, TokenUse.Stop, ct);
        var (session, isMatched) = await Match(station, stop, stopToken?.Token?.Key, ct);
        if (session is null)
        {
            KeepForReview(station, stop, change);
            return new StopOutcome(null, stopToken, static () => { });
        }

        session = session.Trail is null ? session with { Trail = await loader.Trail(session, ct) } : session;
        var taken = RecordSamples.Take(station, session, stop.Samples, stop.ReceivedAt, change);
        if (!session.IsActive && session.StopReason != "Forgotten" && taken.Session.Energy == session.Energy && IsSame(session, stop))
        {
            return new StopOutcome(session, stopToken, () => taken.Apply(station)); // sent again
        }

        var ended = Write(station, End(station, taken.Session, stop, isMatched), change);
        return new StopOutcome(ended, stopToken, () =>
        {
            (taken with { Session = ended }).Apply(station);
            directory.Ended(station, ended);
        });
    }

    /// <summary>Adds the rows of an ended session, and the event by which it is billed unless a person must look first.</summary>
    internal static RunningSession Write(StationSessions station, RunningSession ended, Change change)
    {
        var cost = ended.KeepsCost ? SessionPrice.Of(ended, station.Outlet(ended.ConnectorNumber), ended.EndedAt ?? ended.StartedAt, station.Market) : null;
        change.Add(SessionTables.End, cost is null ? ended : ended with { CostSoFar = cost.InclVat ?? cost.ExclVat });
        if (ended.Findings.Count == 0)
        {
            change.Publish(station.Place.TenantId, new SessionEnded(ended.Id));
        }

        return ended;
    }

    private static RunningSession End(StationSessions station, RunningSession session, SessionStop stop, bool isMatched)
    {
        var (endedAt, clock) = EndTime(station, session, stop);
        var (register, finding) = station.Stop(session, stop.MeterStop, endedAt);
        return (session with
        {
            Register = register,
            EndedAt = endedAt,
            MeterStop = stop.MeterStop,
            Phase = SessionPhase.Ended,
            StopReason = stop.Reason ?? "Local", // OCPP 1.6 §4.10: may be omitted when Local
            StopToken = stop.IdToken,
            Findings = [.. session.Findings.Where(f => f != ReviewReason.NoStop)],
        }).Found(finding, clock, isMatched ? ReviewReason.MatchedStop : null, session.EnergyFactor == station.Habits.Quirks.EnergyFactor ? null : ReviewReason.UnitMismatch);
    }

    /// <summary>The end by the station's clock; where that cannot be true, by ours, or by the time that passed on a clock that was never set.</summary>
    private static (DateTimeOffset At, string? Finding) EndTime(StationSessions station, RunningSession session, SessionStop stop)
    {
        var at = station.Correct(stop.StationAt, stop.ReceivedAt);
        var startUsable = session.StationStartedAt == session.StartedAt;
        var stopUsable = at == stop.StationAt;
        if (startUsable && stopUsable)
        {
            return at >= session.StartedAt ? (at, null) : (session.LastSampleAt is { } last && last > session.StartedAt ? last : session.StartedAt, ReviewReason.ClockJump);
        }

        if (startUsable != stopUsable || session.StationStartedAt is not { } stationStart)
        {
            return (at >= session.StartedAt ? at : session.StartedAt, ReviewReason.ClockJump);
        }

        // Never set, but running: the station's difference must agree with ours.
        var lasted = stop.StationAt - stationStart;
        return (at - session.StartedAt - lasted).Duration() < TimeSpan.FromMinutes(2) ? (at, null) : (at >= session.StartedAt ? at : session.StartedAt, ReviewReason.ClockJump);
    }

    /// <summary>
    /// By our transaction id. Where the station sends 0 or less (it never learned the id, or lost it), by the only running session that
    /// fits; a positive id that is none of ours matches nothing, unless the station is known to number its transactions itself.
    /// </summary>
    private async ValueTask<(RunningSession? Session, bool IsMatched)> Match(StationSessions station, SessionStop stop, string? tokenKey, CancellationToken ct)
    {
        if (stop.TransactionId > 0)
        {
            var known = station.ByTransaction(stop.TransactionId) ?? (station.IsWholeHistory ? null : await loader.ByTransaction(station, stop.TransactionId, ct));
            if (known is not null || !station.Habits.Quirks.OwnTransactionIds)
            {
                return (known, false);
            }

            station.Habits.Count(QuirkSwitch.OwnTransactionIds);
        }

        var key = tokenKey ?? (string.IsNullOrWhiteSpace(stop.IdToken) ? null : IdTokenUid.Key(stop.IdToken));
        var fitting = station.Active.Where(s => stop.MeterStop >= s.MeterStart && (key is null || s.IdTokenKey == key)).Take(2).ToList();
        if (fitting is [var only])
        {
            return (only, true);
        }

        // The same stop again: the session it ended is not active any more.
        return (station.All.LastOrDefault(s => !s.IsActive && IsSame(s, stop)), false);
    }

    private static bool IsSame(RunningSession session, SessionStop stop) =>
        session.MeterStop == stop.MeterStop && (session.StopReason ?? "Local") == (stop.Reason ?? "Local");

    private static void KeepForReview(StationSessions station, SessionStop stop, Change change)
    {
        var detail = JsonSerializer.Serialize(new { stop.TransactionId, meterStopWh = stop.MeterStop.Value, stop.Reason, at = stop.StationAt }, Columns.Json);
        var id = ReviewId(station.Place.StationId, stop.Raw.Span); // the same stop again is the same item
        change.Add(SessionTables.Review, new(id, station.Place.TenantId, station.Place.StationId, null, "unknownTransaction", stop.ReceivedAt, detail));
    }

    private static Guid ReviewId(StationId station, ReadOnlySpan<byte> raw)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, new StableHash().Add(station.Value.ToByteArray()).Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], new StableHash().Add(raw).Value);
        return new Guid(bytes);
    }
}
