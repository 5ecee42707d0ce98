using System.Text.Json;
using System.Text.Json.Nodes;
using Ladewerk.Stations;
using Ladewerk.Stations.Quirks;

namespace Ladewerk.Ocpp;

/// <summary>Commands to stations that cannot take them as they stand: in several steps, in other words, or not at all.</summary>
internal static class OddCommands
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Sends a command as this station takes it.</summary>
    public static Task<CommandResult> Send(IProtocol protocol, StationSocket socket, Command command, TimeProvider time, CancellationToken ct)
    {
        var habits = socket.Station.Sessions.Habits;
        var said = habits.Quirks.Said;
        switch (command)
        {
            case GetConfiguration when said.ConfigurationReading == ConfigurationReading.Never:
                habits.Count(QuirkSwitch.ConfigurationReading);
                return Task.FromResult<CommandResult>(new CommandResult.Refused(OcppErrorCode.NotSupported, "The quirk profile of this station says that its configuration must not be read."));
            case GetConfiguration { Keys: null or { Count: not 1 } } wanted when said.ConfigurationReading == ConfigurationReading.OneByOne:
                habits.Count(QuirkSwitch.ConfigurationReading);
                return OneByOne(protocol, socket, wanted.Keys is { Count: > 0 } keys ? keys : protocol.UsualKeys, time, ct);
            case Limit { ConnectorNumber: null or 0 } limit when said.NoStationLimit == true || limit.Parted:
                habits.Count(QuirkSwitch.NoStationLimit, said.NoStationLimit == true);
                return Divided(protocol, socket, limit, ct);
            default:
                return protocol.Send(socket, habits.Meant(command), ct);
        }
    }

    /// <summary>A station that restarts over a question is not asked the next one: the first that stays unanswered ends it.</summary>
    private static async Task<CommandResult> OneByOne(IProtocol protocol, StationSocket socket, IReadOnlyList<string> keys, TimeProvider time, CancellationToken ct)
    {
        JsonArray known = [], unknown = [];
        foreach (var key in keys)
        {
            var result = await protocol.Send(socket, socket.Station.Sessions.Habits.Meant(new GetConfiguration([key])), ct);
            if (result is not CommandResult.Answered answered)
            {
                return result;
            }

            Add(known, answered.Response, "configurationKey");
            Add(unknown, answered.Response, "unknownKey");
            await Task.Delay(Pause, time, ct);
        }

        return new CommandResult.Answered("Accepted", JsonSerializer.SerializeToElement(new JsonObject { ["configurationKey"] = known, ["unknownKey"] = unknown }));
    }

    private static void Add(JsonArray all, JsonElement answer, string name)
    {
        if (answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(name, out var some) && some.ValueKind == JsonValueKind.Array)
        {
            foreach (var one in some.EnumerateArray())
            {
                all.Add(JsonNode.Parse(one.GetRawText()));
            }
        }
    }

    /// <summary>The limit of the station in equal parts on its connectors, so that the sum is kept whichever of them charges. The first refusal is the answer.</summary>
    private static async Task<CommandResult> Divided(IProtocol protocol, StationSocket socket, Limit limit, CancellationToken ct)
    {
        List<int> connectors = [.. socket.Station.Connectors.Order()];
        CommandResult last = new CommandResult.Refused(OcppErrorCode.NotSupported, "This station takes limits for connectors only, and none is known yet.");
        foreach (var connector in connectors)
        {
            last = await protocol.Send(socket, new Limit(connector, Part(limit.MaxA), Part(limit.MaxW)), ct);
            if (last is not CommandResult.Answered { Status: "Accepted" })
            {
                return last;
            }
        }

        return last;

        decimal? Part(decimal? whole) => whole is { } value ? decimal.Round(value / connectors.Count, 1, MidpointRounding.ToZero) : null;
    }
}
