using System.Globalization;
using System.Text.RegularExpressions;
using Ladewerk.Kernel.Text;

namespace Ladewerk.Portal;

/// <summary>A field of a plain form.</summary>
/// <param name="Name">As the form sends it, and as faults name it.</param>
/// <param name="Label">Shown above it.</param>
/// <param name="Value">What stands in it.</param>
/// <param name="Kind">An input's type: text, email, number, date, password; textarea; or select where there are options.</param>
public sealed record FormField(string Name, string Label, string? Value = null, string Kind = "text")
{
    public IReadOnlyList<(string Value, string Text)>? Options { get; init; }
    public string? Hint { get; init; }
    public bool Required { get; init; }
    public bool Wide { get; init; }

    /// <summary>Where suggestions for what is being typed are fetched, as options; the text itself must do without them.</summary>
    public string? Suggest { get; init; }
}

/// <summary>The API's faults, which are English, in the reader's language.</summary>
public static partial class FaultWords
{
    /// <summary>By field, each in words of ours.</summary>
    public static IReadOnlyDictionary<string, string[]> Say(IDictionary<string, string[]> faults) =>
        faults.ToDictionary(f => f.Key, f => f.Value.Select(Say).Distinct(StringComparer.Ordinal).ToArray(), StringComparer.Ordinal);

    /// <summary>One fault in words of ours.</summary>
    public static string Say(string fault) => Range().Match(fault) is { Success: true } range ? Texts.In(Texts.Language, "portal.fault.range", Number(range, "a"), Number(range, "b"))
        : Least().Match(fault) is { Success: true } least ? Texts.In(Texts.Language, "portal.fault.least", Number(least, "a"))
        : Texts.In(Texts.Language, Key(fault));

    private static string Key(string fault) => fault switch
    {
        "Required." => "portal.fault.missing",
        "Not a number." => "portal.fault.number",
        _ when fault.Contains("already", StringComparison.Ordinal) => "portal.fault.taken",
        _ when fault.StartsWith("Passwords must be", StringComparison.Ordinal) => "portal.fault.password",
        _ when fault.EndsWith("characters.", StringComparison.Ordinal) => "portal.fault.length",
        _ when fault.Contains("e-mail", StringComparison.Ordinal) || fault.StartsWith("Email", StringComparison.Ordinal) => "portal.fault.email",
        _ when fault.Contains("time zone", StringComparison.Ordinal) => "portal.fault.timeZone",
        _ when fault.Contains("capital letters", StringComparison.Ordinal) => "portal.fault.country",
        _ when fault.Contains("no reservations", StringComparison.Ordinal) => "portal.fault.noReservations",
        _ when fault.StartsWith("No such", StringComparison.Ordinal) => "portal.fault.unknown",
        _ when fault.StartsWith("After", StringComparison.Ordinal) || fault.Contains("past", StringComparison.Ordinal) => "portal.fault.time",
        _ => "portal.fault.invalid",
    };

    private static decimal Number(Match match, string group) => decimal.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(Between )?(?<a>[0-9]{1,9}) (to|and) (?<b>[0-9]{1,9})\.$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 100)]
    private static partial Regex Range();

    [GeneratedRegex(@"^(A number of |An integer of at least )?(?<a>[0-9]{1,9})( or more)?\.$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 100)]
    private static partial Regex Least();
}

/// <summary>What is wrong with a field of a form, in the reader's language.</summary>
/// <param name="Field">The id of its control.</param>
/// <param name="Label">What stands above the control.</param>
public sealed record FormFault(string Field, string Label, string Fault);
