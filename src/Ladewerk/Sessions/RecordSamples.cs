using Ladewerk.Kernel;

namespace Ladewerk.Sessions;

/// <summary>Takes readings in. A reading sent again changes nothing; one that belongs to no session is kept for the station.</summary>
public sealed class RecordSamples(SessionLoader loader, SessionDirectory directory)
{
    /// <summary>Decides, and adds what must be written to <paramref name="change"/>; run the result once it is committed.</summary>
    /// <param name="station">Where.</param>
    /// <param name="connector">As the protocol counts; 0 is the station's own meter.</param>
    /// <param name="transactionId">What the station says; 0, negative or foreign numbers are matched by connector.</param>
    /// <param name="samples">In the order they came.</param>
    /// <param name="receivedAt">Our time.</param>
    /// <param name="change">What is written.</param>
    public async ValueTask<Action> Decide(
        StationSessions station, int connector, long? transactionId, IReadOnlyList<MeterSample> samples, DateTimeOffset receivedAt, Change change, CancellationToken ct)
    {
        var session = await Match(station, connector, transactionId, ct);
        if (session is null)
        {
            foreach (var sample in samples)
            {
                change.AddSample(station.Place, connector, null, receivedAt, station.Correct(sample.StationAt, receivedAt), sample);
            }

            return static () => { };
        }

        var taken = Take(station, session, samples, receivedAt, change);
        if (!session.IsActive && taken.Session.Energy != session.Energy)
        {
            taken = taken with { Session = EndSession.Write(station, taken.Session, change) };
        }

        return () =>
        {
            taken.Apply(station);
            directory.Changed(station, taken.Session);
        };
    }

    /// <summary>Folds readings into a session. Pure but for the rows added.</summary>
    internal static TakenSamples Take(StationSessions station, RunningSession session, IReadOnlyList<MeterSample> samples, DateTimeOffset receivedAt, Change change)
    {
        var points = new List<(long Key, TrailPoint Point)>(samples.Count);
        var next = session;
        foreach (var sample in samples)
        {
            if (session.Trail!.Contains(sample.Key) || points.Exists(p => p.Key == sample.Key))
            {
                continue;
            }

            var at = station.Correct(sample.StationAt, receivedAt);
            next = Fold(next, sample, at, station);
            points.Add((sample.Key, new TrailPoint(at, sample.Energy is null ? null : next.Energy.Value, sample.Power?.Value, next.Phase)));
            change.AddSample(station.Place, session.ConnectorNumber, next, receivedAt, at, sample);
        }

        return new TakenSamples(next, points);
    }

    private static RunningSession Fold(RunningSession session, MeterSample sample, DateTimeOffset at, StationSessions station)
    {
        var next = session;
        if (sample.Energy is { } reading)
        {
            var (register, finding) = station.Read(session.Register, session, reading, at);
            next = next with { Register = register };
            next = next.Found(finding, UnitCheck.Of(session, next, sample, at), session.EnergyFactor == station.Habits.Quirks.EnergyFactor ? null : ReviewReason.UnitMismatch);
        }

        if (session.LastSampleAt is { } last && at < last)
        {
            return next; // an old reading says nothing of now
        }

        var charging = session.Phase == SessionPhase.Starting && (next.Energy > session.Energy || sample.Power is { Value: > 0 });
        return next with
        {
            Power = sample.Power ?? next.Power,
            Soc = sample.Soc ?? next.Soc,
            LastSampleAt = at,
            Phase = charging ? SessionPhase.Charging : next.Phase,
        };
    }

    private async ValueTask<RunningSession?> Match(StationSessions station, int connector, long? transactionId, CancellationToken ct)
    {
        RunningSession? session = null;
        if (transactionId is > 0)
        {
            session = station.ByTransaction(transactionId.Value)
                ?? (station.IsWholeHistory ? null : await loader.ByTransaction(station, transactionId.Value, ct));
        }

        session ??= station.ActiveOn(connector) ?? (connector == 0 ? OnlyOne(station) : null);
        return session is { Trail: null } ? session with { Trail = await loader.Trail(session, ct) } : session;
    }

    private static RunningSession? OnlyOne(StationSessions station) => station.Active.Take(2).ToList() is [var only] && station.All.All(s => s.ConnectorNumber == only.ConnectorNumber) ? only : null;
}

/// <summary>A session after new readings.</summary>
internal sealed record TakenSamples(RunningSession Session, List<(long Key, TrailPoint Point)> Points)
{
    public void Apply(StationSessions station)
    {
        foreach (var (key, point) in Points)
        {
            Session.Trail!.Add(key, point);
        }

        station.Put(Session);
    }
}
