using Ladewerk.Kernel;
using Ladewerk.Stations;

namespace Ladewerk.Ocpp.V16.Handlers;

/// <summary>How far the upload of diagnostics is. OCPP 1.6 §4.4.</summary>
internal sealed class DiagnosticsStatusNotification : ICallHandler<DiagnosticsStatusNotificationRequest, DiagnosticsStatusNotificationResponse>
{
    public ValueTask<Handled<DiagnosticsStatusNotificationResponse>> Handle(DiagnosticsStatusNotificationRequest request, IncomingCall call, CancellationToken ct)
    {
        Maintenance.Log(call, request.Status.ToString(), null);
        return new(new Handled<DiagnosticsStatusNotificationResponse>(new()));
    }
}

/// <summary>How far the upload of a log is. Security whitepaper, N01.</summary>
internal sealed class LogStatusNotification : ICallHandler<LogStatusNotificationRequest, LogStatusNotificationResponse>
{
    public ValueTask<Handled<LogStatusNotificationResponse>> Handle(LogStatusNotificationRequest request, IncomingCall call, CancellationToken ct)
    {
        Maintenance.Log(call, request.Status.ToString(), request.RequestId);
        return new(new Handled<LogStatusNotificationResponse>(new()));
    }
}

/// <summary>How far a firmware update is. OCPP 1.6 §4.5.</summary>
internal sealed class FirmwareStatusNotification : ICallHandler<FirmwareStatusNotificationRequest, FirmwareStatusNotificationResponse>
{
    public ValueTask<Handled<FirmwareStatusNotificationResponse>> Handle(FirmwareStatusNotificationRequest request, IncomingCall call, CancellationToken ct)
    {
        Maintenance.Firmware(call, request.Status.ToString(), null);
        return new(new Handled<FirmwareStatusNotificationResponse>(new()));
    }
}

/// <summary>How far the update to a signed firmware is. Security whitepaper, L01.</summary>
internal sealed class SignedFirmwareStatusNotification : ICallHandler<SignedFirmwareStatusNotificationRequest, SignedFirmwareStatusNotificationResponse>
{
    public ValueTask<Handled<SignedFirmwareStatusNotificationResponse>> Handle(SignedFirmwareStatusNotificationRequest request, IncomingCall call, CancellationToken ct)
    {
        Maintenance.Firmware(call, request.Status.ToString(), request.RequestId);
        return new(new Handled<SignedFirmwareStatusNotificationResponse>(new()));
    }
}

/// <summary>Keeps what a station says of its maintenance, and tells whoever waits for it.</summary>
internal static class Maintenance
{
    public static void Firmware(IncomingCall call, string status, int? requestId)
    {
        call.Change.Add(StationTables.Firmware, new(call.Known.Id, status, requestId, call.ReceivedAt));
        StationReports.Firmware(call.Change, call.Known, call.ReceivedAt, status, requestId);
        call.Change.Publish(call.Known.TenantId, new FirmwareReported(call.Known.Id, status, requestId, call.ReceivedAt));
    }

    public static void Log(IncomingCall call, string status, int? requestId)
    {
        call.Change.Add(StationTables.Diagnostics, new(call.Known.Id, status, requestId, call.ReceivedAt));
        StationReports.Upload(call.Change, call.Known, call.ReceivedAt, status, requestId);
        call.Change.Publish(call.Known.TenantId, new LogReported(call.Known.Id, status, requestId, call.ReceivedAt));
    }
}
