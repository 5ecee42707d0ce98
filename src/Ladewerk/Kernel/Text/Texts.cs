using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace Ladewerk.Kernel.Text;

/// <summary>
/// Every text that people see, in German and English. Each capability keeps its own in <c>Texts.json</c> in its folder:
/// <c>{ "access.signIn": { "de": "Anmelden", "en": "Sign in" } }</c>; keys begin with the capability.
/// In a page: <c>@inject Texts T</c>, then <c>@T["access.signIn"]</c> or <c>@T[key, minutes]</c> (numbers and dates in the reader's format).
/// </summary>
public sealed class Texts
{
    /// <summary>The languages there are; the first is taken where nothing else decides.</summary>
    public static readonly IReadOnlyList<string> Languages = ["de", "en"];

    private static readonly Lazy<FrozenDictionary<string, Text>> All = new(Load);

    /// <summary>The text in the language of the request.</summary>
    public string this[string key] => Find(key, CultureInfo.CurrentUICulture);

    /// <summary>The text in the language of the request, with its places <c>{0}</c>, <c>{1:N1}</c> ... filled.</summary>
    public string this[string key, params object?[] arguments] => string.Format(CultureInfo.CurrentCulture, Find(key, CultureInfo.CurrentUICulture), arguments);

    /// <summary>The language of the request: de or en.</summary>
    public static string Language => Of(CultureInfo.CurrentUICulture);

    /// <summary>The text in a given language, for documents and mails.</summary>
    public static string In(string language, string key, params object?[] arguments)
    {
        var culture = CultureInfo.GetCultureInfo(language);
        return arguments.Length == 0 ? Find(key, culture) : string.Format(culture, Find(key, culture), arguments);
    }

    /// <summary>Every key; for the test that holds all texts complete.</summary>
    internal static IReadOnlyCollection<string> Keys => All.Value.Keys;

    internal static bool Has(string key) => All.Value.ContainsKey(key);

    // A missing text shows its key: better an ugly page than none. A test finds it before.
    private static string Find(string key, CultureInfo culture) =>
        All.Value.TryGetValue(key, out var text) ? (Of(culture) == "de" ? text.De : text.En) : key;

    private static string Of(CultureInfo culture) => culture.TwoLetterISOLanguageName == "de" ? "de" : "en";

    private static FrozenDictionary<string, Text> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var all = new Dictionary<string, Text>(StringComparer.Ordinal);
        foreach (var resource in assembly.GetManifestResourceNames().Where(n => n.EndsWith(".Texts.json", StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(resource)!;
            foreach (var (key, text) in JsonSerializer.Deserialize<Dictionary<string, Text>>(stream, Strict)!)
            {
                if (!all.TryAdd(key, text))
                {
                    throw new InvalidOperationException($"The text {key} stands twice; second in {resource}.");
                }
            }
        }

        return all.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    private sealed record Text(string De, string En);
}
