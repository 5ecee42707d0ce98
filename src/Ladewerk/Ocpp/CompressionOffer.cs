using System.Globalization;

namespace Ladewerk.Ocpp;

/// <summary>
/// What a station offers of permessage-deflate (RFC 7692 §7). An offer with a parameter that does not exist, stands twice or has a wrong value
/// must be declined (§7.1), and the next one looked at; a station that offers nonsense is likely to send it too (quirk Q7).
/// </summary>
internal static class CompressionOffer
{
    private const string Name = "permessage-deflate";

    /// <summary>The offers that may be agreed to, in the station's order, as a header has them; null: none.</summary>
    public static string? Sound(string? header)
    {
        var sound = (header ?? "").Split(',', StringSplitOptions.TrimEntries).Where(IsSound).ToList();
        return sound.Count == 0 ? null : string.Join(", ", sound);
    }

    private static bool IsSound(string offer)
    {
        var parts = offer.Split(';', StringSplitOptions.TrimEntries);
        var names = parts.Skip(1).Select(p => p.Split('=', 2)[0].Trim().ToLowerInvariant()).ToList();
        return parts[0].Equals(Name, StringComparison.OrdinalIgnoreCase) && names.Distinct(StringComparer.Ordinal).Count() == names.Count && parts.Skip(1).All(IsParameter);
    }

    private static bool IsParameter(string text)
    {
        var parts = text.Split('=', 2, StringSplitOptions.TrimEntries);
        var value = parts.Length == 2 ? parts[1].Trim('"') : null;
        return parts[0].ToLowerInvariant() switch
        {
            "server_no_context_takeover" or "client_no_context_takeover" => value is null,
            "client_max_window_bits" => value is null || IsWindow(value),
            "server_max_window_bits" => value is not null && IsWindow(value),
            _ => false,
        };
    }

    private static bool IsWindow(string value) => value.Length <= 2 && !value.StartsWith('0') && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var bits) && bits is >= 8 and <= 15;
}
