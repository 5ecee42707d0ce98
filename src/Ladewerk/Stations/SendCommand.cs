using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations.Files;
using Ladewerk.Stations.Profiles;
using Ladewerk.Stations.Quirks;
using Ladewerk.Stations.Security;

namespace Ladewerk.Stations;

/// <summary>Sends a remote operation to a station, waits for its answer, and keeps both.</summary>
internal sealed class SendCommand(
    LadewerkDb db, TenantContext tenant, Actor actor, StationRegistry registry, CredentialChanges credentials, InstalledCertificates installed, InstalledProfiles profiles, KnownAbilities abilities,
    QuirkProfiles quirks, LiveFeed feed, TimeProvider time)
{
    /// <summary>Names of problems, as they stand in problem types and in the log.</summary>
    public const string Offline = "station-offline", Timeout = "station-timeout", Error = "station-error", Invalid = "invalid-request", Abandoned = "abandoned";

    /// <summary>Stands where a secret stood.</summary>
    public const string Hidden = "(hidden)";

    /// <summary>Whether the value of a configuration key is a secret, which is never stored.</summary>
    public static bool IsSecret(string key) => string.Equals(key, "AuthorizationKey", StringComparison.OrdinalIgnoreCase);

    /// <summary>The job on whose behalf this scope sends; null: nobody's.</summary>
    public Guid? Job { get; set; }

    private static readonly CommandResult.Invalid TooManyPending = new(new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["password"] = ["Several passwords were sent and none has been shown by the station yet: let it reconnect, or set its password here and at the station."],
    });

    /// <summary>Sends a command in the words of no protocol.</summary>
    public async Task<CommandResult> Run(ChargingStation station, Command command, CancellationToken ct)
    {
        var request = JsonSerializer.SerializeToDocument<object>(WithoutSecret(command), ApiJson.Options);
        var meant = await Able(station, command, ct);
        var result = await Run(station, command.Name, request, CredentialChange.Of(command), link => link.Send(meant, ct), ct);
        await Follow(station, command, meant, result);
        return result;
    }

    /// <summary>Sends a request of the station's own protocol version as it stands; what it changes is remembered as of a command.</summary>
    public async Task<CommandResult> Run(ChargingStation station, string action, JsonElement payload, CancellationToken ct)
    {
        // Whether a raw request holds a secret (an AuthorizationKey) is anybody's guess, so such a one is not kept.
        var secret = action == "ChangeConfiguration" || action == "SetVariables" || action == "SetNetworkProfile";
        var request = secret ? JsonSerializer.SerializeToDocument(Hidden) : JsonSerializer.SerializeToDocument(payload);
        Command? meaning = null;
        var result = await Run(station, action, request, CredentialChange.Of(action, payload), SendRaw, ct);
        if (meaning is not null)
        {
            await Follow(station, meaning, meaning, result);
        }

        return result;

        Task<CommandResult> SendRaw(IStationLink link)
        {
            meaning = link.Meaning(action, payload);
            return link.SendRaw(action, payload, ct);
        }
    }

    /// <summary>Keeps what is known of the station after its answer: the wish as it was said, and the profiles as they were sent.</summary>
    private async Task Follow(ChargingStation station, Command command, Command meant, CommandResult result)
    {
        await installed.Follow(station, command, result);
        await profiles.Follow(station.Id, meant, result, CancellationToken.None);
        if (result is CommandResult.Answered answered)
        {
            Remember(station, command, answered);
            await db.SaveChangesAsync(CancellationToken.None);
        }
    }

    /// <summary>The command as the station can take it, by its own word or its template's.</summary>
    private async ValueTask<Command> Able(ChargingStation station, Command command, CancellationToken ct) => AbleCommands.Concerns(command)
        ? (await abilities.Of(station, ct)).For(command, (await quirks.Effective(tenant.Current, QuirkChoice.Of(station), station.Quirks, ct)).Quirks.Said)
        : command;

    /// <summary>Keeps what the answer says about the station: its limit, its configuration.</summary>
    private void Remember(ChargingStation station, Command command, CommandResult.Answered answered)
    {
        if (command is Limit { ConnectorNumber: null or 0 } limit && answered.Status == "Accepted")
        {
            (station.LimitA, station.LimitW) = (limit.MaxA, (long?)limit.MaxW);
        }

        if (RememberedConfiguration.After(station.Configuration, command, answered) is { } configuration)
        {
            (station.Configuration, station.ConfigurationAt) = (configuration, time.GetUtcNow());
        }
    }

    private async Task<CommandResult> Run(
        ChargingStation station, string name, JsonDocument request, CredentialChange? change, Func<IStationLink, Task<CommandResult>> send, CancellationToken ct)
    {
        var row = new StationCommand
        {
            TenantId = tenant.Current, StationId = station.Id, Command = name, Request = request, RequestedBy = actor.Name, JobId = Job, RequestedAt = time.GetUtcNow(),
        };
        db.Add(row);
        await db.SaveChangesAsync(ct);
        CommandResult? result = null;
        CredentialChanges.Begun? begun = null;
        try
        {
            begun = change is null ? null : await credentials.Begin(station.Id, change, ct);
            result = change is not null && begun is null ? TooManyPending
                : registry.TryGet(station.Id, out var link) ? await send(link) : new CommandResult.Offline();
            return result;
        }
        finally
        {
            if (begun is not null)
            {
                await credentials.End(begun, result);
            }

            (row.Outcome, row.Response) = Kept(result);
            row.AnsweredAt = time.GetUtcNow();
            await db.SaveChangesAsync(CancellationToken.None); // what was sent is on record even if nobody waits any more
            feed.Publish(tenant.Current, "command", new { stationId = station.Identity, id = row.Id, command = name, outcome = row.Outcome });
        }
    }

    private static (string Outcome, JsonDocument? Response) Kept(CommandResult? result) => result switch
    {
        CommandResult.Answered answered => (answered.Status, JsonSerializer.SerializeToDocument(answered.Response)),
        CommandResult.Offline => (Offline, null),
        CommandResult.TimedOut => (Timeout, null),
        CommandResult.Refused refused => (Error, JsonSerializer.SerializeToDocument(refused, ApiJson.Options)),
        CommandResult.Invalid invalid => (Invalid, JsonSerializer.SerializeToDocument(invalid.Errors, ApiJson.Options)),
        null => (Abandoned, null),
        _ => throw new ArgumentOutOfRangeException(nameof(result), result, "No such outcome."),
    };

    private static Command WithoutSecret(Command command) => command switch
    {
        ChangePassword change => change with { Password = Hidden },
        ChangeConfiguration { Key: var key } change when IsSecret(key) => change with { Value = Hidden },
        GetDiagnostics get => get with { Location = LinkToken.Hide(get.Location) },
        GetLog get => get with { Location = LinkToken.Hide(get.Location) },
        UpdateFirmware update => update with { Location = LinkToken.Hide(update.Location) },
        _ => command,
    };
}
