using System.Buffers;
using System.Text.Json;
using Ladewerk.Stations;

namespace Ladewerk.Ocpp;

/// <summary>One version of OCPP: which handler takes a call, and how a command is said.</summary>
internal interface IProtocol
{
    /// <summary>1.6, 2.0.1 or 2.1.</summary>
    string Version { get; }

    /// <summary>The WebSocket subprotocol.</summary>
    string Subprotocol { get; }

    /// <summary>The configuration keys that an operation depends on, for stations that may not be asked for all.</summary>
    IReadOnlyList<string> UsualKeys { get; }

    /// <summary>Lets the handler of an action decide.</summary>
    ValueTask<Routed> Route(IncomingCall call, string action, IBufferWriter<byte> answer, CancellationToken ct);

    /// <summary>Sends a command and gives the station's answer.</summary>
    Task<CommandResult> Send(StationSocket socket, Command command, CancellationToken ct);

    /// <summary>Sends a request of this version as it stands, after a check of its shape.</summary>
    Task<CommandResult> SendRaw(StationSocket socket, string action, JsonElement payload, CancellationToken ct);

    /// <summary>What a raw request means in the words of no protocol, where something is to be remembered of it; else null.</summary>
    Command? Meaning(StationSocket socket, string action, JsonElement payload);

    /// <summary>Asks a station that has said nothing since its connect to introduce itself.</summary>
    Task AskToIntroduce(StationSocket socket, CancellationToken ct);
}
