using Ladewerk.Stations;

namespace Ladewerk.Ocpp.V16.Handlers;

/// <summary>How far the upload of diagnostics is. OCPP 1.6 §4.4.</summary>
internal sealed class DiagnosticsStatusNotification : ICallHandler<DiagnosticsStatusNotificationRequest, DiagnosticsStatusNotificationResponse>
{
    public ValueTask<Handled<DiagnosticsStatusNotificationResponse>> Handle(DiagnosticsStatusNotificationRequest request, IncomingCall call, CancellationToken ct)
    {
        call.Change.Add(StationTables.Maintenance, new(call.Known.Id, null, request.Status.ToString()));
        return new(new Handled<DiagnosticsStatusNotificationResponse>(new()));
    }
}

/// <summary>How far a firmware update is. OCPP 1.6 §4.5.</summary>
internal sealed class FirmwareStatusNotification : ICallHandler<FirmwareStatusNotificationRequest, FirmwareStatusNotificationResponse>
{
    public ValueTask<Handled<FirmwareStatusNotificationResponse>> Handle(FirmwareStatusNotificationRequest request, IncomingCall call, CancellationToken ct)
    {
        call.Change.Add(StationTables.Maintenance, new(call.Known.Id, request.Status.ToString(), null));
        return new(new Handled<FirmwareStatusNotificationResponse>(new()));
    }
}
