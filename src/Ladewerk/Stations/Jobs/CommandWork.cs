using System.Text.Json;
using System.Text.Json.Nodes;
using Ladewerk.Kernel.Http;

namespace Ladewerk.Stations.Jobs;

/// <summary>Sends one command to each station: <c>{"command":"reset","body":{"kind":"soft"}}</c>, named and read as in <c>/stations/{id}/commands/{command}</c>.</summary>
internal sealed class CommandWork(CommandReader reader, SendCommand send, StationRegistry registry) : IJobWork
{
    public const string Name = "command";

    /// <summary>Reason where the connection broke while an answer was awaited.</summary>
    public const string ConnectionLost = "connection-lost";

    // Answers that say no, in the words of any protocol version.
    private static readonly HashSet<string> No = new(StringComparer.Ordinal)
    {
        "Rejected", "NotSupported", "NotImplemented", "UnlockFailed", "Failed", "Faulted", "Occupied", "Unavailable", "VersionMismatch", "Unknown", "Unreadable",
        "OngoingAuthorizedTransaction", "UnknownConnector", "InvalidCertificate", "RevokedCertificate",
    };

    // What changes something each time it is done.
    private static readonly HashSet<string> Once = new(StringComparer.Ordinal)
    {
        "reset", "remote-start", "remote-stop", "unlock", "update-firmware", "get-diagnostics", "reserve",
    };

    public string Kind => Name;

    /// <summary>Whether a station's word means that it did as asked.</summary>
    public static bool IsGood(string word) => !No.Contains(word);

    public async Task<Faults> Check(JsonElement work, StationId station, CancellationToken ct) => await Read(work, station, ct) switch
    {
        ReadCommand.Unknown => new Faults().Add("command", "No such command."),
        ReadCommand.Faulty(var faults) => new Faults().AddRange(faults, "body."),
        _ => new Faults(),
    };

    public JsonElement? WithoutSecrets(JsonElement work)
    {
        var (command, body) = Parts(work);
        if (command != "change-configuration" || body is not { ValueKind: JsonValueKind.Object } fields
            || !fields.TryGetProperty("key", out var key) || !SendCommand.IsSecret(key.ToString()))
        {
            return null;
        }

        var hidden = JsonNode.Parse(work.GetRawText())!;
        hidden["body"]!["value"] = SendCommand.Hidden;
        return JsonSerializer.SerializeToElement(hidden);
    }

    public bool MayRepeat(JsonElement work) => !Once.Contains(Parts(work).Command);

    public async Task<JobOutcome> Run(JobStep step, CancellationToken ct)
    {
        if (!registry.IsOnline(step.Station.Id))
        {
            return new JobOutcome.Offline();
        }

        if (await Read(step.Work, step.Station.Id, ct) is not ReadCommand.Read(var command))
        {
            return new JobOutcome.Failed(SendCommand.Invalid);
        }

        await step.Sending();
        return Outcome(await send.Run(step.Station, command, ct), MayRepeat(step.Work));
    }

    /// <summary>What a command's result means for a job.</summary>
    public static JobOutcome Outcome(CommandResult result, bool mayRepeat) => result switch
    {
        CommandResult.Answered answered => new JobOutcome.Answered(answered.Status, IsGood(answered.Status), answered.Response),
        CommandResult.Offline when mayRepeat => new JobOutcome.Offline(),
        CommandResult.Offline => new JobOutcome.Failed(ConnectionLost), // the socket went while it was asked: it may have acted
        CommandResult.TimedOut => new JobOutcome.Failed(SendCommand.Timeout),
        CommandResult.Refused refused => new JobOutcome.Failed(SendCommand.Error, new { code = refused.Code, description = refused.Description }),
        CommandResult.Invalid invalid => new JobOutcome.Failed(SendCommand.Invalid, invalid.Errors),
        _ => throw new ArgumentOutOfRangeException(nameof(result), result, "No such outcome."),
    };

    private Task<ReadCommand> Read(JsonElement work, StationId station, CancellationToken ct)
    {
        var (command, body) = Parts(work);
        return reader.Read(command, body, station, ct);
    }

    private static (string Command, JsonElement? Body) Parts(JsonElement work) => work.ValueKind == JsonValueKind.Object
        ? (work.TryGetProperty("command", out var command) ? command.ToString() : "", work.TryGetProperty("body", out var body) ? body : null)
        : ("", null);
}
