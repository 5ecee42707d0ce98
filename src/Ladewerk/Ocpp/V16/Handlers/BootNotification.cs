using Ladewerk.Stations;
using Ladewerk.Stations.Quirks;
using Microsoft.Extensions.Options;

namespace Ladewerk.Ocpp.V16.Handlers;

/// <summary>A station introduces itself. OCPP 1.6 §4.2.</summary>
internal sealed class BootNotification(StationDirectory stations, IOptions<OcppOptions> options) : ICallHandler<BootNotificationRequest, BootNotificationResponse>
{
    public async ValueTask<Handled<BootNotificationResponse>> Handle(BootNotificationRequest request, IncomingCall call, CancellationToken ct)
    {
        var make = new StationMake(request.ChargePointVendor, request.ChargePointModel, request.FirmwareVersion);
        var (registration, quirks) = await stations.Boot(call.Known.TenantId, call.Known.Id, make, ct);
        call.Change.Add(StationTables.Boot, new(
            call.Known.Id,
            request.ChargePointVendor,
            request.ChargePointModel,
            request.ChargePointSerialNumber ?? request.ChargeBoxSerialNumber,
            request.FirmwareVersion,
            request.MeterType,
            request.MeterSerialNumber,
            request.Iccid,
            request.Imsi,
            call.ReceivedAt));
        var station = call.Station;
        return new(
            new BootNotificationResponse
            {
                Status = registration switch
                {
                    Stations.RegistrationStatus.Accepted => RegistrationStatus.Accepted,
                    Stations.RegistrationStatus.Pending => RegistrationStatus.Pending,
                    Stations.RegistrationStatus.Rejected => RegistrationStatus.Rejected,
                    _ => throw new InvalidOperationException($"No OCPP word for {registration}."),
                },
                CurrentTime = call.ReceivedAt,
                Interval = (int)options.Value.HeartbeatInterval.TotalSeconds,
            },
            () =>
            {
                station.Registration = registration;
                station.HasSpoken = true;
                station.Sessions.Habits.Quirks = quirks;
            });
    }
}
