using System.Text.RegularExpressions;

namespace Ladewerk.Tests;

/// <summary>What every page's source must keep, whoever writes it.</summary>
public sealed partial class PageSourcesTests
{
    private static readonly string Host = Path.Combine(ArchitectureTests.Root, "src", "Ladewerk");

    [Fact]
    public void Every_icon_that_a_page_names_is_in_the_sprite()
    {
        var known = File.ReadAllLines(Path.Combine(ArchitectureTests.Root, "src", "web", "icons.txt")).ToHashSet(StringComparer.Ordinal);
        var missing = Pages().SelectMany(page => Icon().Matches(page.Text).Select(match => match.Groups["name"].Value).Where(name => !known.Contains(name)).Select(name => $"{page.Path}: {name}"));

        missing.ShouldBeEmpty();
    }

    [Fact]
    public void No_page_has_an_inline_style_or_script_which_the_security_policy_forbids()
    {
        var offences = Pages().SelectMany(page => Inline().Matches(page.Text).Select(match => $"{page.Path}: {match.Value}"));

        offences.ShouldBeEmpty();
    }

    private static IEnumerable<(string Path, string Text)> Pages() =>
        Directory.EnumerateFiles(Host, "*.razor", SearchOption.AllDirectories).Select(file => (Path.GetRelativePath(Host, file), File.ReadAllText(file)));

    [GeneratedRegex("""<Icon\s[^>]*?Name="(?<name>[a-z0-9-]+)"|\sIcon="(?<name>[a-z0-9-]+)"(?=[\s/>])""", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Icon();

    // A data block (type="application/json") is not a script.
    [GeneratedRegex("""\sstyle="|\son(click|change|submit|load|input)="|<script(?![^>]*\b(src|type="application/(ld\+)?json"))[^>]*>|<style\b""", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Inline();
}
