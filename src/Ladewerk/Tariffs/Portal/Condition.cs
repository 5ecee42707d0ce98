namespace Ladewerk.Tariffs.Portal;

/// <summary>A kind of condition that a building block may have: its key in forms, its icon, the key of its word.</summary>
public sealed record Condition(string Key, string Icon, Func<Restrictions, bool> IsIn)
{
    public static readonly IReadOnlyList<Condition> All =
    [
        new("days", "calendar-week", r => r.DayOfWeek is { Count: > 0 }),
        new("time", "clock", r => r.StartTime is not null || r.EndTime is not null),
        new("dates", "calendar", r => r.StartDate is not null || r.EndDate is not null),
        new("holidays", "calendar-time", r => r.Holidays is not null),
        new("kwh", "battery-charging", r => r.MinKwh is not null || r.MaxKwh is not null),
        new("duration", "hourglass", r => r.MinDuration is not null || r.MaxDuration is not null),
        new("power", "gauge", r => r.MinPower is not null || r.MaxPower is not null),
        new("current", "adjustments", r => r.MinCurrent is not null || r.MaxCurrent is not null),
        new("evsePower", "charging-pile", r => r.MinEvsePower is not null || r.MaxEvsePower is not null),
        new("connectors", "plug", r => r.ConnectorTypes is not null),
        new("groups", "users", r => r.UserGroups is not null),
        new("contracts", "file-certificate", r => r.Contracts is not null),
        new("vehicles", "car", r => r.VehicleClasses is not null),
        new("firstTime", "user-plus", r => r.FirstTimeUser is not null),
        new("reservation", "calendar-time", r => r.Reservation is not null),
    ];

    public string Text => "tariffs.condition." + Key;

    public static Condition Of(string key) => All.First(condition => condition.Key == key);
}
