using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Ladewerk.Kernel.Text;

namespace Ladewerk.Tests.Kernel;

public sealed partial class TextsTests
{
    [Fact]
    public void Every_text_that_a_page_asks_for_is_there()
    {
        var missing = Sources().SelectMany(file => Asked().Matches(File.ReadAllText(file)).Select(m => m.Groups["key"].Value).Where(key => !Texts.Has(key)).Select(key => $"{Path.GetFileName(file)}: {key}"));
        missing.Distinct().ShouldBeEmpty();
    }

    [Fact]
    public void Every_text_is_there_in_both_languages_with_the_same_places()
    {
        var uneven = Texts.Keys.Where(key =>
        {
            var (de, en) = (Texts.In("de", key), Texts.In("en", key));
            return string.IsNullOrWhiteSpace(de) || string.IsNullOrWhiteSpace(en) || !Places(de).SetEquals(Places(en));
        });
        uneven.ShouldBeEmpty();
    }

    private static HashSet<string> Places(string text) => [.. Place().Matches(text).Select(m => m.Groups["n"].Value)];

    private static IEnumerable<string> Sources([CallerFilePath] string here = "")
    {
        var root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../src/Ladewerk"));
        return Directory.EnumerateFiles(root, "*.*", SearchOption.AllDirectories).Where(f => f.EndsWith(".razor", StringComparison.Ordinal) || f.EndsWith(".cs", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"(\bT\[|Texts\.In\([^,()]+, )""(?<key>[A-Za-z0-9.-]+)""(\]|,|\))", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Asked();

    [GeneratedRegex(@"\{(?<n>[0-9]+)[^}]*\}", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Place();
}
