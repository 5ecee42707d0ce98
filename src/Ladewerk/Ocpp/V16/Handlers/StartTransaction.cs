using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Stations;

namespace Ladewerk.Ocpp.V16.Handlers;

/// <summary>A session begins. Answered also for an unknown tag (status Invalid): it is recorded and charged to nobody. OCPP 1.6 §4.8.</summary>
internal sealed class StartTransaction(StartSession start) : ICallHandler<StartTransactionRequest, StartTransactionResponse>
{
    public async ValueTask<Handled<StartTransactionResponse>> Handle(StartTransactionRequest request, IncomingCall call, CancellationToken ct)
    {
        ConnectorNumber.Check(request.ConnectorId, lowest: 1);
        ConnectorNumber.AddUnknown(request.ConnectorId, call);
        var outcome = await start.Decide(
            call.Sessions,
            new SessionStart(request.ConnectorId, request.IdTag, WattHours.Round(request.MeterStart * call.Sessions.EnergyFactor), request.Timestamp, call.ReceivedAt, request.ReservationId),
            call.Change,
            ct);
        return new(
            new StartTransactionResponse
            {
                TransactionId = (int)outcome.Session.TransactionId,
                IdTagInfo = TagInfo.Of(outcome.Authorisation, call.Station),
            },
            outcome.Apply + ConnectorNumber.Known(request.ConnectorId, call));
    }
}

/// <summary>Connector numbers on the wire are clamped: some stations report a billion of them.</summary>
internal static class ConnectorNumber
{
    /// <summary>More connectors than any station, or any cluster of stations behind one socket, has.</summary>
    public const int Most = 256;

    /// <exception cref="OcppException">The number is out of range.</exception>
    public static void Check(int connectorId, int lowest)
    {
        if (connectorId < lowest || connectorId > Most)
        {
            throw new OcppException(OcppErrorCode.PropertyConstraintViolation, $"connectorId must be between {lowest} and {Most}.");
        }
    }

    /// <summary>Registers a connector that the station reports and nobody has entered.</summary>
    public static void AddUnknown(int connectorId, IncomingCall call)
    {
        if (connectorId > 0 && !call.Station.Connectors.Contains(connectorId))
        {
            call.Change.Add(StationTables.NewConnectors, new(call.Known.TenantId, call.Known.Id, connectorId, connectorId));
        }
    }

    public static Action? Known(int connectorId, IncomingCall call)
    {
        var connectors = call.Station.Connectors;
        return connectorId > 0 && !connectors.Contains(connectorId) ? () => connectors.Add(connectorId) : null;
    }
}
