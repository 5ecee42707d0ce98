using System.Reflection;
using System.Text.RegularExpressions;

namespace Ladewerk.Tests.Ocpp.Scenarios;

/// <summary>Holds the scenario tests against the list of a conformance tool's cases, where it is at hand (OCTT_CASES or the shared data).</summary>
public sealed partial class CaseListTests
{
    [Fact]
    public void Every_case_of_OCPP_1_6_has_a_scenario()
    {
        var list = Environment.GetEnvironmentVariable("OCTT_CASES") is { Length: > 0 } given ? given : Path.Combine(ArchitectureTests.Root, "..", "shared", "data", "octt-cases.csv");
        Assert.SkipUnless(File.Exists(list), $"No list of cases: set OCTT_CASES to octt-cases.csv (looked at {list}).");

        var told = typeof(CaseListTests).Assembly.GetTypes().SelectMany(t => t.GetMethods())
            .Where(m => m.GetCustomAttributes<FactAttribute>().Any())
            .SelectMany(m => CaseNumber().Matches(m.Name).Select(n => n.Value)).ToHashSet(StringComparer.Ordinal);
        var cases = File.ReadLines(list).Select(line => line.Split(',', 3)).Where(c => c[0] == "1.6").Select(c => c[1].Replace("_CSMS", "", StringComparison.Ordinal)).ToList();

        cases.Count.ShouldBeGreaterThan(70);
        cases.Where(c => !told.Contains(c)).ShouldBeEmpty();
    }

    [GeneratedRegex(@"TC_\d+(_\d+(?![a-z0-9]))?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CaseNumber();
}
