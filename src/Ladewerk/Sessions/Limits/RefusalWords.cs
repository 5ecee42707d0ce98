using System.Globalization;
using System.Text.Json;
using Ladewerk.Kernel.Text;

namespace Ladewerk.Sessions.Limits;

/// <summary>A no in plain words: for the driver at the station, and for the operator who is asked why.</summary>
public static class RefusalWords
{
    /// <summary>What the driver is told.</summary>
    /// <param name="reason">As <see cref="AuthorisationReason"/>, in camelCase.</param>
    /// <param name="until">When it would be a yes; null: nobody knows.</param>
    /// <param name="language">de or en.</param>
    public static string ForDriver(string reason, DateTimeOffset? until, TimeZoneInfo zone, string language) =>
        Texts.In(language, "sessions.refused." + reason, When(until, zone, language));

    /// <inheritdoc cref="ForDriver(string, DateTimeOffset?, TimeZoneInfo, string)"/>
    public static string ForDriver(Authorisation decision, TimeZoneInfo zone, string language) =>
        ForDriver(JsonNamingPolicy.CamelCase.ConvertName(decision.Reason.ToString()), decision.Until, zone, language);

    /// <summary>What the operator is told.</summary>
    public static string ForOperator(string reason, string language) => Texts.In(language, $"sessions.refused.{reason}.what");

    private static string When(DateTimeOffset? until, TimeZoneInfo zone, string language)
    {
        if (until is not { } at)
        {
            return Texts.In(language, "sessions.refused.soon");
        }

        var local = TimeZoneInfo.ConvertTime(at, zone);
        return Texts.In(
            language, "sessions.refused.at", local.ToString(language == "de" ? "dd.MM.yyyy" : "d MMM yyyy", CultureInfo.InvariantCulture), local.ToString("HH:mm", CultureInfo.InvariantCulture));
    }
}
