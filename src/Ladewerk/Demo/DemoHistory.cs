using Ladewerk.Sessions;

namespace Ladewerk.Demo;

/// <summary>A reading of a past session.</summary>
internal readonly record struct PastReading(DateTimeOffset At, long EnergyWh, long PowerW, float? Soc, SessionPhase Phase);

/// <summary>A session that ended before the installation was demonstrated.</summary>
internal sealed record PastSession(
    DemoStation Station, int Point, DemoDriver Driver, DateTimeOffset StartedAt, DateTimeOffset EndedAt, long MeterStartWh, long EnergyWh, IReadOnlyList<PastReading> Readings);

/// <summary>Makes a plausible past: the same one every time, for the same day. Pure.</summary>
internal sealed class DemoHistory(Random random)
{
    private readonly Dictionary<string, List<(DateTimeOffset From, DateTimeOffset To)>> visits = [];

    /// <summary>Sessions of one charge point in time order, and its register at the end.</summary>
    public (IReadOnlyList<PastSession> Sessions, long MeterWh) Of(DemoStation station, int point, bool isFleet, DateTimeOffset from, DateTimeOffset to)
    {
        var sessions = new List<PastSession>();
        var meter = random.NextInt64(400_000, 4_000_000);
        for (var at = from + Pause(station, from); at < to; at += Pause(station, at))
        {
            var length = station.IsDc ? TimeSpan.FromMinutes(12 + random.Next(35)) : TimeSpan.FromMinutes(50 + random.Next(260));
            if (at + length > to || Driver(isFleet, at, at + length) is not { } driver)
            {
                continue;
            }

            var session = Session(station, point, driver, at, length, meter);
            sessions.Add(session);
            meter += session.EnergyWh;
            at = session.EndedAt;
        }

        return (sessions, meter);
    }

    // Long pauses at night, short ones at midday.
    private TimeSpan Pause(DemoStation station, DateTimeOffset at)
    {
        var hour = (at.UtcDateTime.Hour + 1) % 24;
        var demand = hour is >= 7 and < 20 ? 1.0 : hour is >= 20 and < 23 ? 0.5 : 0.15;
        return TimeSpan.FromHours((station.IsDc ? 3.5 : 6) / demand * (0.3 + (1.4 * random.NextDouble())));
    }

    private DemoDriver? Driver(bool isFleet, DateTimeOffset from, DateTimeOffset to)
    {
        var free = DemoPeople.Drivers
            .Where(d => d.Status == "accepted" && (!isFleet || d.Group == DemoPeople.StaffGroup || d.Company is not null))
            .Where(d => visits.GetValueOrDefault(d.Uid)?.Exists(v => v.From < to && v.To > from) != true)
            .ToList();
        if (free.Count == 0)
        {
            return null;
        }

        var driver = free[random.Next(free.Count)];
        if (!visits.TryGetValue(driver.Uid, out var known))
        {
            visits[driver.Uid] = known = [];
        }

        known.Add((from, to));
        return driver;
    }

    private PastSession Session(DemoStation station, int point, DemoDriver driver, DateTimeOffset start, TimeSpan length, long meter)
    {
        var end = start + length;
        var charging = length * (station.IsDc ? 0.97 : 0.55 + (0.45 * random.NextDouble()));
        var power = station.IsDc ? station.PowerW * (0.45 + (0.4 * random.NextDouble())) : Math.Min(station.PowerW, random.Next(4) switch { 0 => 3_680, 1 => 7_360, _ => 11_040 });
        var step = TimeSpan.FromMinutes(station.IsDc ? 2 : 10);
        var soc = 12 + random.Next(40);
        var energy = 0.0;
        var readings = new List<PastReading>();
        for (var at = start + step; at < end; at += step)
        {
            var done = (at - start) / charging;
            var now = done >= 1 ? 0 : power * (station.IsDc ? 1 - (0.7 * done) : Math.Min(1, 4 * (1.02 - done)));
            energy += now * step.TotalHours;
            readings.Add(new PastReading(at, (long)energy, (long)now, station.IsDc ? (float)Math.Min(99, Math.Round(soc + (energy / 700))) : null, now > 0 ? SessionPhase.Charging : SessionPhase.SuspendedByVehicle));
        }

        return new PastSession(station, point, driver, start, end, meter, (long)energy, readings);
    }
}
