namespace Ladewerk.Ocpp.V16.Handlers;

/// <summary>A station says that it is there, and asks for the time. OCPP 1.6 §4.6.</summary>
internal sealed class Heartbeat : ICallHandler<HeartbeatRequest, HeartbeatResponse>
{
    public ValueTask<Handled<HeartbeatResponse>> Handle(HeartbeatRequest request, IncomingCall call, CancellationToken ct) =>
        new(new Handled<HeartbeatResponse>(new HeartbeatResponse { CurrentTime = call.ReceivedAt }));
}
