namespace Ladewerk.Stations.Quirks;

/// <summary>What a station does to the number of a badge (quirk Q22). Pure.</summary>
public static class BadgeHabits
{
    /// <summary>The number that was on the badge.</summary>
    public static string Meant(this StationHabits habits, string uid)
    {
        if (habits.Quirks.IsPlain)
        {
            return uid;
        }

        var said = habits.Quirks.Said;
        var meant = uid.Trim();
        if (said.IdTokenSuffix is { Length: > 0 } suffix && meant.IndexOf(suffix, StringComparison.OrdinalIgnoreCase) is > 0 and var at)
        {
            meant = meant[..at];
            habits.Count(QuirkSwitch.IdTokenSuffix);
        }

        if (said.IdTokenReversed == true && meant.Length % 2 == 0 && meant.All(char.IsAsciiHexDigit))
        {
            meant = Convert.ToHexString([.. Convert.FromHexString(meant).Reverse()]);
            habits.Count(QuirkSwitch.IdTokenReversed);
        }

        return meant;
    }
}
