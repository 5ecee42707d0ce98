namespace Ladewerk.Sessions.Reservations;

/// <summary>Settings under <c>Reservations</c>.</summary>
public sealed class ReservationsOptions
{
    /// <summary>How long before its start a planned reservation is sent to the station.</summary>
    public TimeSpan Lead { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long after its start a planned reservation is still tried where the station cannot take it yet.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Between two tries.</summary>
    public TimeSpan Retry { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a station may settle after a connect or a restart before it is told anything.</summary>
    public TimeSpan Settle { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How often due reservations are looked for.</summary>
    public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest that an EVSE is held for somebody.</summary>
    public TimeSpan LongestHold { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How far ahead reservations are taken.</summary>
    public TimeSpan Horizon { get; set; } = TimeSpan.FromDays(90);
}
