using System.Globalization;

namespace Ladewerk.Simulator;

/// <summary>Durations as people type them: 500ms, 60s, 5m, 1h; a bare number is seconds.</summary>
internal static class Durations
{
    /// <exception cref="FormatException">It is none.</exception>
    public static TimeSpan Parse(string text)
    {
        var (number, unit) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.Ordinal) => (text[..^2], TimeSpan.FromMilliseconds(1)),
            _ when text.EndsWith('s') => (text[..^1], TimeSpan.FromSeconds(1)),
            _ when text.EndsWith('m') => (text[..^1], TimeSpan.FromMinutes(1)),
            _ when text.EndsWith('h') => (text[..^1], TimeSpan.FromHours(1)),
            _ => (text, TimeSpan.FromSeconds(1)),
        };
        return double.Parse(number, CultureInfo.InvariantCulture) * unit;
    }
}
