using Ladewerk.Kernel;
using Ladewerk.Stations;
using Ladewerk.Stations.Quirks;

namespace Ladewerk.Sessions;

/// <summary>Where sessions happen: what the station's row says.</summary>
public sealed record SessionPlace(TenantId TenantId, StationId StationId, string Identity, SiteId? SiteId, string TimeZone)
{
    /// <summary>The site's.</summary>
    internal TimeZoneInfo Zone { get; } = TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out var zone) ? zone : TimeZoneInfo.Utc;

    /// <summary>When the month began at the site.</summary>
    internal DateTimeOffset MonthOf(DateTimeOffset now) => Drivers.Contracts.WeekPlan.MonthOf(now, Zone);
}

/// <summary>What one EVSE is, for the sessions on it.</summary>
public sealed record SessionOutlet(int EvseNumber, string? EvseId, Watts? MaxPower, string? ConnectorType);

/// <summary>
/// The sessions of one station in memory: the running ones and the last that ended. Owned by the station's only writer; it changes
/// when a message is committed, by the outcome's <c>Apply</c>, and is loaded anew when a commit fails.
/// </summary>
public sealed class StationSessions(SessionPlace place, IReadOnlyDictionary<int, SessionOutlet> outlets, StationHabits habits, bool isWholeHistory)
{
    /// <summary>Ended sessions that are remembered.</summary>
    internal const int Remembered = 20;

    /// <summary>What an EVSE of unknown power may deliver at most.</summary>
    internal static readonly Watts Unbounded = new(1_000_000);

    private readonly List<RunningSession> sessions = [];

    public SessionPlace Place { get; } = place;

    /// <summary>The last token that was refused here, so that a driver who tries again at once is noted once.</summary>
    internal (string Key, AuthorisationReason Reason, DateTimeOffset At)? LastRefusal { get; set; }

    /// <summary>What running costs follow where a tariff follows the market.</summary>
    public Tariffs.Market.LiveMarket? Market { get; init; }

    /// <summary>How the station must be taken.</summary>
    public StationHabits Habits { get; } = habits;

    /// <summary>Whether <see cref="All"/> is everything that ever was; else an unknown session may still be in the database.</summary>
    public bool IsWholeHistory { get; private set; } = isWholeHistory;

    /// <summary>In the order in which they became known.</summary>
    public IReadOnlyList<RunningSession> All => sessions;

    public IEnumerable<RunningSession> Active => sessions.Where(s => s.IsActive);

    public RunningSession? ByTransaction(long transactionId) => sessions.Find(s => s.TransactionId == transactionId);

    public RunningSession? ByStartKey(long startKey) => sessions.Find(s => s.StartKey == startKey);

    public RunningSession? ActiveOn(int connector) => sessions.FindLast(s => s.IsActive && s.ConnectorNumber == connector);

    public SessionOutlet? Outlet(int connector) => outlets.GetValueOrDefault(connector);

    public Watts MaxPower(int connector) => Outlet(connector)?.MaxPower ?? Unbounded;

    /// <summary>How many EVSEs neither are this one nor have a session; null where the station's EVSEs are not known.</summary>
    internal int? FreeBeside(int evse) => outlets.Count == 0
        ? null
        : outlets.Values.Select(o => o.EvseNumber).Distinct().Count(number => number != evse && !sessions.Exists(s => s.IsActive && s.EvseNumber == number));

    /// <summary>The same station with nothing remembered yet.</summary>
    internal StationSessions Empty(bool isWholeHistory) => new(Place, outlets, Habits, isWholeHistory) { Market = Market };

    /// <summary>The time that a timestamp of this station stands for; ours where its clock is not to be believed.</summary>
    public DateTimeOffset Correct(DateTimeOffset? stationAt, DateTimeOffset receivedAt)
    {
        if (!Habits.Quirks.IgnoreClock)
        {
            return StationClock.Correct(stationAt, receivedAt);
        }

        Habits.Count(QuirkSwitch.IgnoreClock);
        return receivedAt;
    }

    internal void Put(RunningSession next)
    {
        var at = sessions.FindIndex(s => s.Id == next.Id);
        if (at >= 0)
        {
            sessions[at] = next;
            return;
        }

        sessions.Add(next);
        if (sessions.Count > Remembered && sessions.FindIndex(s => !s.IsActive) is var oldest and >= 0)
        {
            sessions.RemoveAt(oldest);
            IsWholeHistory = false;
        }
    }
}
