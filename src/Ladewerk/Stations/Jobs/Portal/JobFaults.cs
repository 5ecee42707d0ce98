using Ladewerk.Kernel.Text;
using Ladewerk.Portal;

namespace Ladewerk.Stations.Jobs.Portal;

/// <summary>What is wrong with the form of a new job, by its fields and in the reader's language.</summary>
internal static class JobFaults
{
    // What the API calls it: the control, and the text above it.
    private static readonly Dictionary<string, (string Field, string Label)> Fields = new(StringComparer.Ordinal)
    {
        ["kind"] = ("command", "jobs.form.command"),
        ["command"] = ("command", "jobs.form.command"),
        ["body.key"] = ("key", "stations.configuration.key"),
        ["body.value"] = ("value", "stations.configuration.value"),
        ["body.message"] = ("message", "jobs.form.message"),
        ["body.maxA"] = ("maxA", "jobs.form.maxA"),
        ["work.template"] = ("template", "templates.template"),
        ["work.keys"] = ("keys", "templates.keys.lines"),
        ["name"] = ("name", "jobs.form.name"),
        ["stations"] = ("preview", "jobs.form.stations"),
        ["filter"] = ("preview", "jobs.form.stations"),
        ["options.startAt"] = ("startAt", "jobs.fault.start"),
        ["options.endAt"] = ("endAt", "jobs.form.endAt"),
        ["options.window"] = ("windowFrom", "jobs.fault.window"),
        ["options.retryOfflineUntil"] = ("retryHours", "jobs.form.retry"),
        ["options.parallel"] = ("parallel", "jobs.form.parallel"),
        ["options.stopAfterFailures"] = ("stopAfterFailures", "jobs.form.stopAfter"),
        ["options.waves"] = ("waves", "jobs.form.waves"),
        ["options.minutesBetweenWaves"] = ("minutesBetweenWaves", "jobs.form.rest"),
    };

    public static IReadOnlyList<FormFault> Of(IDictionary<string, string[]> faults, Texts texts) =>
    [
        .. from fault in faults
           let field = Fields.GetValueOrDefault(fault.Key, ("command", "jobs.form.work"))
           from text in fault.Value.Select(f => Say(fault.Key, f, texts)).Distinct(StringComparer.Ordinal)
           select new FormFault(field.Item1, texts[field.Item2], text),
    ];

    private static string Say(string field, string fault, Texts texts) => (field, fault) switch
    {
        ("stations" or "filter", _) when fault.StartsWith("No such station: ", StringComparison.Ordinal) => texts["jobs.fault.station", fault["No such station: ".Length..].TrimEnd('.')],
        ("stations" or "filter", "No station fits.") => texts["jobs.preview.none"],
        ("options.window", _) => texts["jobs.fault.window.what"],
        ("options.waves", _) => texts["jobs.fault.waves.what"],
        ("work.keys", _) => texts[fault.StartsWith("Passwords", StringComparison.Ordinal) ? "jobs.fault.keys.secret" : "jobs.fault.keys"],
        _ => FaultWords.Say(fault),
    };
}
