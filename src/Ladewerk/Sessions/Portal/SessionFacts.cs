using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Sessions.Portal;

/// <summary>What the session page shows beside the session itself.</summary>
public sealed record SessionFacts(string? Site, string? EvseId, string? Driver, string? Tariff, long? MaxPowerW, string? Contract = null)
{
    /// <summary>Names behind the session's ids.</summary>
    internal static async Task<SessionFacts> Read(NpgsqlDataSource data, Guid session, CancellationToken ct) => await data.First(
        """
        select t.name, e.evse_id, d.name, f.name, e.max_power_w, c.name
        from charging_session g
        left join site t on t.id = g.site_id
        left join evse e on e.station_id = g.station_id and e.number = g.evse_number
        left join driver d on d.id = coalesce(g.noted_driver_id, g.driver_id)
        left join tariff f on f.id = g.tariff_id
        left join contract c on c.id = g.contract_id
        where g.id = $1
        """,
        r => new SessionFacts(r.Get<string>(0), r.Get<string>(1), r.Get<string>(2), r.Get<string>(3), r.Maybe<long>(4), r.Get<string>(5)),
        ct,
        session) ?? throw new InvalidOperationException("There is no such session.");
}

/// <summary>Something that happened while a session ran.</summary>
public sealed record TimelineEntry(DateTimeOffset At, string Tone, string Icon, string Text);

/// <summary>What readings say of a session as a whole.</summary>
/// <param name="AverageW">Over the time in which it charged.</param>
/// <param name="ChargedUntil">When it last drew power worth the name; null where it never did.</param>
public sealed record Curve(long? AverageW, long? PeakW, DateTimeOffset? ChargedUntil)
{
    // Below this a vehicle keeps its electronics awake but does not charge.
    private const long Drawing = 100;

    /// <summary>Derived from readings in time order.</summary>
    public static Curve Of(ChargingSession session, WattHours energy, IReadOnlyList<SampleView> samples)
    {
        var drawn = samples.Where(s => s.PowerW > Drawing).ToList();
        if (drawn.Count == 0)
        {
            return new Curve(null, null, null);
        }

        var until = drawn[^1].At;
        var hours = (decimal)(until - session.StartedAt).TotalHours;
        return new Curve(hours > 0.01m ? (long)(energy.Value / hours) : null, drawn.Max(s => s.PowerW), until);
    }
}
