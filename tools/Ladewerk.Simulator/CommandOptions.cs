using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Ladewerk.Simulator.Quirks;

namespace Ladewerk.Simulator;

/// <summary>Options of more than one command.</summary>
internal static class CommandOptions
{
    public static Option<Uri?> Address(string name, string description, bool required = false) => new(name)
    {
        Description = description,
        Required = required,
        CustomParser = result => Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var uri) ? uri : Fail<Uri>(result, $"{name} wants an address such as http://127.0.0.1:8080"),
    };

    public static Option<TimeSpan> Duration(string name, string description, TimeSpan otherwise) => new(name)
    {
        Description = $"{description} (500ms, 60s, 5m, 1h)",
        DefaultValueFactory = _ => otherwise,
        CustomParser = result => TryParseDuration(result.Tokens[0].Value, out var duration) ? duration : Fail<TimeSpan>(result, $"{name} wants a duration such as 60s or 5m"),
    };

    public static Option<string?> Key() => new("--key")
    {
        Description = "API key; LADEWERK_API_KEY when absent",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("LADEWERK_API_KEY"),
    };

    /// <summary>Reads a list of habits.</summary>
    public static QuirkModes? Quirks(ArgumentResult result)
    {
        try
        {
            return QuirkModes.Parse(string.Join(',', result.Tokens.Select(t => t.Value)));
        }
        catch (FormatException unknown)
        {
            return Fail<QuirkModes>(result, unknown.Message);
        }
    }

    /// <summary>Reads a number with ms, s, m or h behind it; seconds when there is nothing.</summary>
    public static bool TryParseDuration(string text, out TimeSpan duration)
    {
        var (number, unit) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.Ordinal) => (text[..^2], TimeSpan.FromMilliseconds(1)),
            _ when text.EndsWith('s') => (text[..^1], TimeSpan.FromSeconds(1)),
            _ when text.EndsWith('m') => (text[..^1], TimeSpan.FromMinutes(1)),
            _ when text.EndsWith('h') => (text[..^1], TimeSpan.FromHours(1)),
            _ => (text, TimeSpan.FromSeconds(1)),
        };
        var isNumber = double.TryParse(number, CultureInfo.InvariantCulture, out var value) && value is >= 0 and < 1e9;
        duration = isNumber ? value * unit : default;
        return isNumber;
    }

    private static T? Fail<T>(ArgumentResult result, string message)
    {
        result.AddError(message);
        return default;
    }
}
