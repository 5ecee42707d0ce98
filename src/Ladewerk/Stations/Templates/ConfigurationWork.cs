using System.Text.Json;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations.Jobs;

namespace Ladewerk.Stations.Templates;

/// <summary>What both kinds of a configuration roll-out do at a station.</summary>
internal static class ConfigurationTurn
{
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(5);

    /// <summary>Writes what differs, and says it in a word: Same, Written, or the first word that says no.</summary>
    public static async Task<JobOutcome> Run(JobStep step, IReadOnlyList<WantedKey> wanted, bool reboot, ApplyConfiguration apply, StationRegistry registry, TimeProvider time, CancellationToken ct)
    {
        if (!registry.IsOnline(step.Station.Id))
        {
            return new JobOutcome.Offline();
        }

        if (reboot && await apply.IsBusy(step.Station.Id, ct))
        {
            return new JobOutcome.Later(time.GetUtcNow() + Again, "charging");
        }

        var outcome = await apply.Run(step.Station, wanted, reboot, step.Sending, ct);
        return outcome.Problem is { } problem && CommandWork.Outcome(problem, mayRepeat: true) is not JobOutcome.Answered and var trouble ? trouble : Answer(outcome);
    }

    private static JobOutcome.Answered Answer(ApplyOutcome outcome) => new(
        outcome.Keys.FirstOrDefault(k => !k.Good)?.Word ?? (outcome.Rebooted ? "Rebooted" : outcome.RebootNeeded ? "RebootRequired" : outcome.Wrote ? ApplyConfiguration.Written : ApplyConfiguration.Same),
        outcome.Good,
        outcome.Keys);
}

/// <summary>Brings each station to its template: <c>{"template":"key"|null,"reboot":bool?}</c>; null takes each station's own.</summary>
internal sealed class ApplyTemplateWork(TemplateLibrary library, ApplyConfiguration apply, FollowTemplate follow, StationRegistry registry, TimeProvider time) : IJobWork
{
    public const string Name = "apply-template";

    public string Kind => Name;

    public async Task<Faults> Check(JsonElement work, StationId station, CancellationToken ct) =>
        new Faults().Unless(Key(work) is not { } key || (await library.All(ct)).Any(t => t.Key == key), "work.template", "No such template.");

    public JsonElement? WithoutSecrets(JsonElement work) => null;

    public bool MayRepeat(JsonElement work) => true;

    public async Task<JobOutcome> Run(JobStep step, CancellationToken ct)
    {
        var template = Key(step.Work) is { } key ? (await library.All(ct)).FirstOrDefault(t => t.Key == key) : (await library.Of(step.Station, ct)).Template;
        if (template?.Configuration is not { Count: > 0 } wanted)
        {
            return new JobOutcome.Skipped("no-template");
        }

        var reboot = step.Work.TryGetProperty("reboot", out var wish) && wish.ValueKind is JsonValueKind.True or JsonValueKind.False ? wish.GetBoolean() : template.RebootWhenNeeded;
        var outcome = await ConfigurationTurn.Run(step, wanted, reboot, apply, registry, time, ct);
        await follow.Remember(step.Station, ct);
        return outcome;
    }

    private static string? Key(JsonElement work) => work.ValueKind == JsonValueKind.Object && work.TryGetProperty("template", out var key) && key.ValueKind == JsonValueKind.String ? key.GetString() : null;
}

/// <summary>Writes the same keys to each station, one at a time, each read back: <c>{"keys":[{"key","value"}],"reboot":bool?}</c>.</summary>
internal sealed class SetKeysWork(ApplyConfiguration apply, StationRegistry registry, TimeProvider time) : IJobWork
{
    public const string Name = "set-keys";

    public string Kind => Name;

    public Task<Faults> Check(JsonElement work, StationId station, CancellationToken ct) => Task.FromResult(new Faults()
        .Unless(Keys(work) is { Count: > 0 and <= 200 } keys && keys.All(k => k.Key.Trim().Length > 0), "work.keys", "1 to 200 keys, each with key and value.")
        .Unless(Keys(work)?.Any(k => SendCommand.IsSecret(k.Key)) != true, "work.keys", "Passwords are set for each station, not in a roll-out."));

    public JsonElement? WithoutSecrets(JsonElement work) => null;

    public bool MayRepeat(JsonElement work) => true;

    public Task<JobOutcome> Run(JobStep step, CancellationToken ct) => ConfigurationTurn.Run(
        step, Keys(step.Work) ?? [], step.Work.TryGetProperty("reboot", out var reboot) && reboot.ValueKind == JsonValueKind.True, apply, registry, time, ct);

    private static List<WantedKey>? Keys(JsonElement work)
    {
        try
        {
            return work.ValueKind == JsonValueKind.Object && work.TryGetProperty("keys", out var keys) ? keys.Deserialize<List<WantedKey>>(ApiJson.Options) : null;
        }
        catch (JsonException)
        {
            return null; // said as a fault of the field
        }
    }
}
