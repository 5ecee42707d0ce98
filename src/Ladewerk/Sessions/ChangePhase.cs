using Ladewerk.Kernel;

namespace Ladewerk.Sessions;

/// <summary>The status of a connector says what its session does (OCPP 1.6 §4.9): charging, held by the vehicle or by the station, finishing.</summary>
public sealed class ChangePhase(SessionDirectory directory)
{
    /// <summary>Decides, and adds what must be written to <paramref name="change"/>; run the result once it is committed.</summary>
    /// <param name="station">Where.</param>
    /// <param name="connector">As the protocol counts.</param>
    /// <param name="phase">What the connector does now; null where its status says nothing of a session.</param>
    /// <param name="stationAt">When the station says it began; believed only where it is recent, because some repeat old times.</param>
    /// <param name="receivedAt">Our time.</param>
    /// <param name="change">What is written.</param>
    public Action Decide(StationSessions station, int connector, SessionPhase? phase, DateTimeOffset? stationAt, DateTimeOffset receivedAt, Change change)
    {
        if (phase is not { } next || station.ActiveOn(connector) is not { } session || session.Phase == next)
        {
            return static () => { };
        }

        var at = stationAt is { } said && said > receivedAt - TimeSpan.FromMinutes(5) && said <= receivedAt && said > session.StartedAt ? said : receivedAt;
        var changed = session with { Phase = next };
        var key = new StableHash().Add(at.UtcTicks).Add((int)next).Value;
        change.AddSample(station.Place, connector, changed, receivedAt, at, new MeterSample { StationAt = stationAt, Context = "Phase", Key = key });
        return () =>
        {
            changed.Trail?.Add(key, new TrailPoint(at, null, null, next));
            station.Put(changed);
            directory.Changed(station, changed);
        };
    }
}
