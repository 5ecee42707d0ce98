using System.Buffers;
using System.Text.Json;
using Ladewerk.Ocpp.V16.Handlers;
using Ladewerk.Stations;

namespace Ladewerk.Ocpp.V16;

/// <summary>OCPP 1.6J.</summary>
internal sealed class V16Protocol(IServiceProvider services, V16Commands commands) : IProtocol
{
    private readonly CallTable calls = new CallTable(services)
        .On<AuthorizeRequest, AuthorizeResponse, Authorize>()
        .On<BootNotificationRequest, BootNotificationResponse, BootNotification>()
        .On<DataTransferRequest, DataTransferResponse, DataTransfer>()
        .On<DiagnosticsStatusNotificationRequest, DiagnosticsStatusNotificationResponse, DiagnosticsStatusNotification>()
        .On<FirmwareStatusNotificationRequest, FirmwareStatusNotificationResponse, FirmwareStatusNotification>()
        .On<LogStatusNotificationRequest, LogStatusNotificationResponse, LogStatusNotification>()
        .On<SecurityEventNotificationRequest, SecurityEventNotificationResponse, SecurityEventNotification>()
        .On<SignCertificateRequest, SignCertificateResponse, SignCertificate>()
        .On<SignedFirmwareStatusNotificationRequest, SignedFirmwareStatusNotificationResponse, SignedFirmwareStatusNotification>()
        .On<HeartbeatRequest, HeartbeatResponse, Heartbeat>()
        .On<MeterValuesRequest, MeterValuesResponse, MeterValues>()
        .On<StartTransactionRequest, StartTransactionResponse, StartTransaction>()
        .On<StatusNotificationRequest, StatusNotificationResponse, StatusNotification>()
        .On<StopTransactionRequest, StopTransactionResponse, StopTransaction>();

    public string Version => "1.6";

    public string Subprotocol => "ocpp1.6";

    public IReadOnlyList<string> UsualKeys => V16.UsualKeys.All;

    public ValueTask<Routed> Route(IncomingCall call, string action, IBufferWriter<byte> answer, CancellationToken ct)
    {
        if (calls.TryGet(action, out var route))
        {
            return route(call, answer, ct);
        }

        // OCPP 1.6J §4.2.3: a known action that this side does not take, and one that nobody knows.
        return ValueTask.FromResult(V16Actions.All.Contains(action, StringComparer.Ordinal)
            ? new Routed(null, Leniency.None, OcppErrorCode.NotSupported, "This action is not supported by the central system.")
            : new Routed(null, Leniency.None, OcppErrorCode.NotImplemented, "This action is not known."));
    }

    public Task<CommandResult> Send(StationSocket socket, Command command, CancellationToken ct) => commands.Send(socket, command, ct);

    public Task<CommandResult> SendRaw(StationSocket socket, string action, JsonElement payload, CancellationToken ct) => commands.SendRaw(socket, action, payload, ct);

    public Command? Meaning(StationSocket socket, string action, JsonElement payload) => RawMeanings.Of(action, payload, socket.Station.Quirks);

    public async Task AskToIntroduce(StationSocket socket, CancellationToken ct) =>
        await commands.Send(socket, new Stations.TriggerMessage("BootNotification"), ct);
}
