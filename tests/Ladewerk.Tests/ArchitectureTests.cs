using System.Text.RegularExpressions;

namespace Ladewerk.Tests;

/// <summary>The dependency table of docs/architecture.md ("Who may know whom"), held against the sources.</summary>
public sealed partial class ArchitectureTests
{
    private const string Any = "*";

    // Who may use what; everything may use Kernel. Change it together with docs/architecture.md.
    private static readonly Dictionary<string, string[]> MayUse = new(StringComparer.Ordinal)
    {
        ["Kernel"] = [],
        ["Access"] = [],
        ["Stations"] = [],
        ["Tariffs"] = [],
        ["Energy"] = [],
        ["Drivers"] = ["Access", "Tariffs"],
        ["Sessions"] = ["Stations", "Drivers", "Tariffs"],
        ["Receipts"] = ["Sessions", "Stations", "Tariffs", "Eichrecht"],
        ["SmartCharging"] = ["Stations", "Sessions", "Drivers", "Energy", "Tariffs", "Optimizer"],
        ["Billing"] = ["Sessions", "Tariffs", "Drivers", "Receipts"],
        ["Payments"] = ["Billing", "Sessions", "Drivers", "Stations", "Tariffs"],
        ["Roaming"] = ["Sessions", "Tariffs", "Drivers", "Stations", "Billing"],
        ["Operations"] = ["Stations", "Sessions", "Drivers"],
        ["Insight"] = [Any],
        ["Notifications"] = [Any],
        ["Demo"] = [Any],
        ["Ocpp"] = ["Stations", "Sessions", "Drivers", "SmartCharging", "Receipts"],
        ["Portal"] = [],
        ["DriverApp"] = [],
    };

    // Used by nobody: what stands at the top.
    private static readonly string[] Tops = ["Ocpp", "Insight", "Notifications", "Demo"];

    // Leaves: assemblies of their own that know nothing of the host.
    private static readonly string[] Leaves = ["Ocpp", "Eichrecht", "Optimizer"];

    // Folders that hold no code.
    private static readonly string[] NoCode = ["Migrations", "wwwroot", "Properties"];

    internal static readonly string Root = FindRoot();
    private static readonly string Host = Path.Combine(Root, "src", "Ladewerk");

    [Fact]
    public void Every_folder_of_the_host_is_a_capability_of_the_table()
    {
        var unknown = Directory.GetDirectories(Host).Select(directory => Path.GetFileName(directory))
            .Where(name => name is not ("bin" or "obj") && !MayUse.ContainsKey(name) && !NoCode.Contains(name));

        unknown.ShouldBeEmpty();
    }

    [Fact]
    public void A_capability_uses_only_what_its_row_allows()
    {
        var offences = Uses().Where(use => !Allowed(use)).Select(use => $"{use.File}: {use.From} uses {use.To}").Distinct().Order();

        offences.ShouldBeEmpty();
    }

    [Fact]
    public void Capabilities_know_each_other_in_one_direction_only()
    {
        var graph = Uses().Where(use => use.From != use.To && !IsShell(use.To))
            .GroupBy(use => use.From, use => use.To, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Distinct().ToArray(), StringComparer.Ordinal);

        Cycle(graph).ShouldBeNull();
        Cycle(MayUse.ToDictionary(row => row.Key, row => row.Value, StringComparer.Ordinal)).ShouldBeNull();
    }

    [Fact]
    public void What_every_page_imports_is_kernel_and_shell_only()
    {
        var imported = Directory.GetFiles(Host, "_Imports.razor").Concat(Directory.GetFiles(Host, "*Usings.cs")).SelectMany(file => NamedIn(Code(file)));

        imported.Where(name => name is not ("Kernel" or "Portal" or "DriverApp")).ShouldBeEmpty();
    }

    [Fact]
    public void A_leaf_knows_nothing_of_the_host()
    {
        var offences = Leaves.Select(leaf => (Name: leaf, Directory: Path.Combine(Root, "src", "Ladewerk." + leaf)))
            .Where(leaf => Directory.Exists(leaf.Directory))
            .SelectMany(leaf => Sources(leaf.Directory).SelectMany(file => NamedIn(Code(file)).Where(to => to != leaf.Name).Select(to => $"{file} uses {to}")));

        offences.ShouldBeEmpty();
    }

    [Fact]
    public void No_folder_is_a_drawer_for_leftovers()
    {
        string[] drawers = ["Services", "Helpers", "Managers", "Utils", "Utilities", "Common", "Misc", "Shared"];
        var found = Directory.GetDirectories(Path.Combine(Root, "src"), "*", SearchOption.AllDirectories)
            .Where(directory => !directory.Contains("node_modules", StringComparison.Ordinal) && drawers.Contains(Path.GetFileName(directory)));

        found.ShouldBeEmpty();
    }

    [Fact]
    public void The_kernel_names_no_type_after_a_thing_of_the_business()
    {
        var named = Sources(Path.Combine(Host, "Kernel")).SelectMany(file => Declaration().Matches(Code(file)).Select(match => match.Groups["name"].Value))
            .Where(name => BusinessWord().IsMatch(name));

        named.ShouldBeEmpty();
    }

    [Fact]
    public void A_forbidden_use_is_seen_however_it_is_written()
    {
        NamedIn("using Ladewerk.Billing;").ShouldBe(["Billing"]);
        NamedIn("using static Ladewerk.Billing.Invoice;").ShouldBe(["Billing"]);
        NamedIn("@using Ladewerk.Billing").ShouldBe(["Billing"]);
        NamedIn("var x = new Ladewerk.Billing.Invoice();").ShouldBe(["Billing"]);
        NamedIn(WithoutComments("/// <see cref=\"Ladewerk.Billing.Invoice\"/>\n// Ladewerk.Billing\nvar url = \"https://ladewerk.example\"; // Ladewerk.Billing")).ShouldBeEmpty();
        Allowed(new Use("Sessions", "Billing", "Sessions/X.cs")).ShouldBeFalse();
        Allowed(new Use("Sessions", "Ocpp", "Sessions/X.cs")).ShouldBeFalse();
        Allowed(new Use("Sessions", "Portal", "Sessions/X.cs")).ShouldBeFalse();
        Allowed(new Use("Sessions", "Portal", "Sessions/Portal/X.razor")).ShouldBeTrue();
        Allowed(new Use("Notifications", "Ocpp", "Notifications/X.cs")).ShouldBeFalse();
        Cycle(new(StringComparer.Ordinal) { ["A"] = ["B"], ["B"] = ["C"], ["C"] = ["A"] }).ShouldNotBeNull();
    }

    private sealed record Use(string From, string To, string File);

    private static bool Allowed(Use use)
    {
        if (use.To == use.From || use.To == "Kernel")
            return true;
        // A capability's pages stand in the shell's frame.
        if (IsShell(use.To))
            return use.File.Contains(use.To == "Portal" ? "/Portal/" : "/App/", StringComparison.Ordinal);
        var row = MayUse[use.From];
        return row.Contains(use.To) || (row.Contains(Any) && !Tops.Contains(use.To));
    }

    private static bool IsShell(string capability) => capability is "Portal" or "DriverApp";

    private static IEnumerable<Use> Uses()
    {
        var files = MayUse.Keys.Where(name => Directory.Exists(Path.Combine(Host, name)))
            .SelectMany(name => Sources(Path.Combine(Host, name)).Select(file => (Name: name, File: file, Code: Code(file)))).ToArray();
        // `Stations.Station` needs no using in a sibling namespace: told from a property called Stations by the type's name.
        var types = files.SelectMany(file => Declaration().Matches(file.Code).Select(match => $"{file.Name}.{match.Groups["name"].Value}")).ToHashSet(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var path = Path.GetRelativePath(Host, file.File);
            foreach (var to in NamedIn(file.Code).Concat(Relative().Matches(file.Code).Where(match => types.Contains(match.Value)).Select(match => match.Groups["name"].Value)))
                yield return new Use(file.Name, to, path);
        }
    }

    private static IEnumerable<string> NamedIn(string code) =>
        Qualified().Matches(code).Select(match => match.Groups["name"].Value).Where(name => MayUse.ContainsKey(name) || Leaves.Contains(name)).Distinct();

    private static string[]? Cycle(Dictionary<string, string[]> graph)
    {
        var done = new HashSet<string>(StringComparer.Ordinal);
        return graph.Keys.Select(start => Visit(start, [])).FirstOrDefault(cycle => cycle is not null);

        string[]? Visit(string at, string[] path)
        {
            if (path.Contains(at))
                return [.. path, at];
            if (!graph.TryGetValue(at, out var next) || done.Contains(at))
                return null;
            var cycle = next.Select(to => Visit(to, [.. path, at])).FirstOrDefault(found => found is not null);
            done.Add(at);
            return cycle;
        }
    }

    private static IEnumerable<string> Sources(string directory) =>
        Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".cs" or ".razor" && !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));

    private static string Code(string file) => WithoutComments(File.ReadAllText(file));

    private static string WithoutComments(string text) => Comment().Replace(text, "");

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Ladewerk.slnx")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException("The tests run outside of the repository.");
    }

    [GeneratedRegex(@"(?<![:""])//[^\n]*|/\*[\s\S]*?\*/|@\*[\s\S]*?\*@", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Comment();

    [GeneratedRegex(@"(?<![\w.])(?:global::)?Ladewerk\.(?<name>\w+)", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Qualified();

    [GeneratedRegex(@"(?<![\w.])(?<name>[A-Z]\w+)\.[A-Z]\w+", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Relative();

    [GeneratedRegex(@"\b(?:class|struct|interface|enum|record(?: struct| class)?)\s+(?<name>[A-Z]\w*)", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Declaration();

    [GeneratedRegex("Station|Evse|Connector|Session|Tariff|Driver|Badge|Vehicle|Invoice|Receipt|Charg|Roaming|Ocpp", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex BusinessWord();
}
