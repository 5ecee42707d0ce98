using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Ladewerk.Billing.Sync;

/// <summary>A field of the other system and what stands in it.</summary>
/// <param name="To">The field's name; full stops lead into objects, as in <c>customer.number</c>.</param>
/// <param name="From">One of ours; null: <paramref name="Value"/>.</param>
/// <param name="Value">The same text for every object.</param>
public sealed record FieldRule(string To, string? From = null, string? Value = null);

/// <summary>Puts our facts into the other system's fields. Without rules they go as they are.</summary>
internal static partial class FieldMap
{
    /// <summary>Rules that a map may have.</summary>
    public const int Most = 100;

    public static JsonObject Apply(JsonObject facts, IReadOnlyList<FieldRule> rules)
    {
        if (rules.Count == 0)
        {
            return (JsonObject)facts.DeepClone();
        }

        var made = new JsonObject();
        foreach (var rule in rules)
        {
            var at = made;
            var path = rule.To.Split('.');
            foreach (var step in path[..^1])
            {
                at = at[step] as JsonObject ?? (JsonObject)(at[step] = new JsonObject());
            }

            at[path[^1]] = rule.From is { } from ? facts[from]?.DeepClone() : rule.Value;
        }

        return made;
    }

    /// <summary>What is wrong with rules; null: nothing.</summary>
    /// <param name="known">Names of our facts.</param>
    public static string? Fault(IReadOnlyList<FieldRule> rules, IReadOnlyCollection<string> known)
    {
        if (rules.Count > Most)
        {
            return $"At most {Most}.";
        }

        foreach (var rule in rules)
        {
            if (rule.To is null || rule.To.Length > 200 || !Path().IsMatch(rule.To))
            {
                return $"Not the name of a field: {rule.To}";
            }

            if (rule.From is not null ? !known.Contains(rule.From) : rule.Value is null or { Length: > 500 })
            {
                return $"No such fact: {rule.From}";
            }
        }

        var taken = rules.Select(r => r.To).ToList();
        return taken.Find(to => taken.Exists(other => !ReferenceEquals(other, to) && (other == to || other.StartsWith(to + ".", StringComparison.Ordinal)))) is { } twice ? $"Stands twice: {twice}" : null;
    }

    /// <summary>Rules as people write them: a line for each, <c>field = fact</c> or <c>field = "text"</c>.</summary>
    public static IReadOnlyList<FieldRule> Parse(string? text) =>
    [
        .. (text ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(line =>
        {
            var (to, from) = line.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? (line[..at].Trim(), line[(at + 1)..].Trim()) : (line, line);
            return from is ['"', .., '"'] ? new FieldRule(to, Value: from[1..^1]) : new FieldRule(to, from);
        }),
    ];

    public static string Write(IReadOnlyList<FieldRule> rules) => string.Join('\n', rules.Select(r => $"{r.To} = {r.From ?? $"\"{r.Value}\""}"));

    /// <summary>An address with its places filled from the facts; each value is escaped.</summary>
    public static string Fill(string url, JsonObject facts) =>
        Place().Replace(url, m => Uri.EscapeDataString(facts[m.Groups["name"].Value] is JsonValue value ? value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString() : ""));

    /// <summary>Names in the places of an address.</summary>
    public static IEnumerable<string> PlacesOf(string url) => Place().Matches(url).Select(m => m.Groups["name"].Value);

    [GeneratedRegex(@"^[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Path();

    [GeneratedRegex(@"\{(?<name>\w+)\}", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Place();
}
