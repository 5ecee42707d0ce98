namespace Ladewerk.Stations.Quirks;

/// <summary>Says a command so that a station with habits takes it (quirks Q21, Q25, Q26). Pure but for the counts.</summary>
public static class CommandHabits
{
    private const decimal Volts = 230;
    private const int Phases = 3;

    /// <summary>The command as this station takes it.</summary>
    public static Command Meant(this StationHabits habits, Command command) => habits.Quirks.IsPlain ? command : command switch
    {
        RemoteStart { ConnectorNumber: { } number } c => c with { ConnectorNumber = habits.Wire(number) },
        Unlock c => c with { ConnectorNumber = habits.Wire(c.ConnectorNumber) },
        ChangeAvailability { ConnectorNumber: { } number } c => c with { ConnectorNumber = habits.Wire(number) },
        TriggerMessage { ConnectorNumber: { } number } c => c with { ConnectorNumber = habits.Wire(number) },
        Reserve c => c with { ConnectorNumber = habits.Wire(c.ConnectorNumber) },
        ClearChargingProfile { ConnectorNumber: { } number } c => c with { ConnectorNumber = habits.Wire(number) },
        GetCompositeSchedule c => habits.Unit(c with { ConnectorNumber = habits.Wire(c.ConnectorNumber) }),
        SetChargingProfile c => habits.Profile(c with { ConnectorNumber = habits.Wire(c.ConnectorNumber) }),
        GetConfiguration { Keys.Count: > 0 } c => c with { Keys = [.. c.Keys.Select(habits.Key)] },
        ChangeConfiguration c => c with { Key = habits.Key(c.Key), Value = habits.Value(c.Value) },
        _ => command,
    };

    /// <summary>The station's number of a connector; 0 is the station itself and stays.</summary>
    public static int Wire(this StationHabits habits, int connector)
    {
        var wire = connector == 0 ? 0 : habits.Quirks.ToWire(connector);
        habits.Count(QuirkSwitch.ConnectorMap, wire != connector);
        return wire;
    }

    private static string Key(this StationHabits habits, string key)
    {
        foreach (var (standard, own) in habits.Quirks.Said.ConfigurationNames ?? NoNames)
        {
            if (string.Equals(standard, key, StringComparison.OrdinalIgnoreCase))
            {
                habits.Count(QuirkSwitch.ConfigurationNames);
                return own;
            }
        }

        return key;
    }

    private static string Value(this StationHabits habits, string value)
    {
        if (habits.Quirks.Said.QuotedLists != true || !value.Contains(',', StringComparison.Ordinal) || value.StartsWith('"'))
        {
            return value;
        }

        habits.Count(QuirkSwitch.QuotedLists);
        return $"\"{value}\"";
    }

    private static SetChargingProfile Profile(this StationHabits habits, SetChargingProfile profile)
    {
        var said = habits.Quirks.Said;
        var adapted = profile;
        if (said.MaxStackLevel is { } most && adapted.StackLevel > most)
        {
            habits.Count(QuirkSwitch.MaxStackLevel);
            adapted = adapted with { StackLevel = most };
        }

        if (said.LimitUnit is { } unit && adapted.InWatts != (unit == LimitUnit.Watts))
        {
            habits.Count(QuirkSwitch.LimitUnit);
            adapted = InUnit(adapted, unit);
        }

        if (said.MinimumLimitA is { } least)
        {
            var floor = adapted.InWatts ? least * Volts * Phases : least;
            habits.Count(QuirkSwitch.MinimumLimitA, adapted.Periods.Any(p => p.Limit < floor));
            adapted = adapted with { Periods = [.. adapted.Periods.Select(p => p with { Limit = Math.Max(p.Limit, floor) })] };
        }

        return adapted;
    }

    private static SetChargingProfile InUnit(SetChargingProfile profile, LimitUnit unit) => profile with
    {
        InWatts = unit == LimitUnit.Watts,
        Periods =
        [
            .. profile.Periods.Select(p =>
            {
                var voltage = Volts * (p.Phases ?? Phases);
                return p with { Limit = decimal.Round(unit == LimitUnit.Watts ? p.Limit * voltage : p.Limit / voltage, 1, MidpointRounding.ToZero) };
            }),
        ],
    };

    private static GetCompositeSchedule Unit(this StationHabits habits, GetCompositeSchedule command) => habits.Quirks.Said.LimitUnit is { } unit && command.InWatts is not null
        ? command with { InWatts = unit == LimitUnit.Watts }
        : command;

    private static readonly Dictionary<string, string> NoNames = [];
}
