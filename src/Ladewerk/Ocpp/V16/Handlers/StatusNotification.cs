using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Stations;

namespace Ladewerk.Ocpp.V16.Handlers;

/// <summary>A connector's state. In order of receipt: timestamps of some stations are days old. OCPP 1.6 §4.9.</summary>
internal sealed class StatusNotification(ChangePhase phases, LiveFeed feed) : ICallHandler<StatusNotificationRequest, StatusNotificationResponse>
{
    private static readonly StatusNotificationResponse Empty = new();
    private static readonly string[] Statuses = Enum.GetNames<ChargePointStatus>();
    private static readonly string[] Errors = Enum.GetNames<ChargePointErrorCode>();

    public ValueTask<Handled<StatusNotificationResponse>> Handle(StatusNotificationRequest request, IncomingCall call, CancellationToken ct)
    {
        var number = ConnectorNumber.Of(request.ConnectorId, lowest: 0, call.Sessions.Habits);
        ConnectorNumber.AddUnknown(number, call);
        var status = Statuses[(int)request.Status];
        var error = Errors[(int)request.ErrorCode];
        HashSet<int> touched = number > 0 ? [number] : AsWhole(request, call);
        foreach (var connector in touched)
        {
            call.Change.Add(StationTables.Status, new(call.Known.Id, connector, status, error, request.Info, request.VendorErrorCode, call.ReceivedAt));
        }

        var apply = phases.Decide(call.Sessions, number, Phase(request.Status), request.Timestamp is { } said ? Samples.Time(said, call.Sessions.Habits) : null, call.ReceivedAt, call.Change);
        var (station, known) = (call.Station, call.Known);
        return new(new Handled<StatusNotificationResponse>(Empty, apply + ConnectorNumber.Known(number, call) + (() =>
        {
            station.HasSpoken = true;
            Tell(known, touched, status, error);
        })));
    }

    /// <summary>The station as a whole is out of order or back: so are its connectors. Other states of connector 0 say nothing of them.</summary>
    private static HashSet<int> AsWhole(StatusNotificationRequest request, IncomingCall call) =>
        request.Status is ChargePointStatus.Unavailable or ChargePointStatus.Faulted ? call.Station.Connectors : [];

    private void Tell(KnownStation known, HashSet<int> connectors, string status, string errorCode)
    {
        if (!feed.HasListeners(known.TenantId, "connector"))
        {
            return;
        }

        foreach (var connector in connectors)
        {
            var evse = known.Connectors.FirstOrDefault(c => c.WireNumber == connector)?.EvseNumber ?? connector;
            feed.Publish(known.TenantId, "connector", new { stationId = known.Identity, evseId = evse, connectorId = connector, status, errorCode });
        }
    }

    private static SessionPhase? Phase(ChargePointStatus status) => status switch
    {
        ChargePointStatus.Charging => SessionPhase.Charging,
        ChargePointStatus.SuspendedEV => SessionPhase.SuspendedByVehicle,
        ChargePointStatus.SuspendedEVSE => SessionPhase.SuspendedByStation,
        ChargePointStatus.Finishing => SessionPhase.Finishing,
        _ => null,
    };
}
