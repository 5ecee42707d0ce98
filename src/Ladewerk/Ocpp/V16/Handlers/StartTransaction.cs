using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Stations;
using Ladewerk.Stations.Quirks;

namespace Ladewerk.Ocpp.V16.Handlers;

/// <summary>A session begins. Answered also for an unknown tag (status Invalid): it is recorded and charged to nobody. OCPP 1.6 §4.8.</summary>
internal sealed class StartTransaction(StartSession start) : ICallHandler<StartTransactionRequest, StartTransactionResponse>
{
    public async ValueTask<Handled<StartTransactionResponse>> Handle(StartTransactionRequest request, IncomingCall call, CancellationToken ct)
    {
        var (habits, quirks) = (call.Sessions.Habits, call.Station.Quirks);
        var connector = ConnectorNumber.Of(request.ConnectorId, lowest: 1, habits);
        habits.Count(QuirkSwitch.EnergyFactor, quirks.EnergyFactor != 1);
        ConnectorNumber.AddUnknown(connector, call);
        var outcome = await start.Decide(
            call.Sessions,
            new SessionStart(connector, request.IdTag, Samples.Register(request.MeterStart, quirks), Samples.Time(request.Timestamp, habits), call.ReceivedAt, request.ReservationId),
            call.Change,
            ct);
        return new(
            new StartTransactionResponse
            {
                TransactionId = (int)outcome.Session.TransactionId,
                IdTagInfo = TagInfo.Of(outcome.Authorisation, call.Station),
            },
            outcome.Apply + ConnectorNumber.Known(connector, call));
    }
}

/// <summary>Connector numbers on the wire are clamped: some stations report a billion of them.</summary>
internal static class ConnectorNumber
{
    /// <summary>Our number of a connector.</summary>
    /// <exception cref="OcppException">The number is out of range.</exception>
    public static int Of(int connectorId, int lowest, StationHabits habits)
    {
        var ours = habits.Quirks.FromWire(connectorId);
        habits.Count(QuirkSwitch.ConnectorMap, ours != connectorId);
        if (ours >= lowest && ours <= habits.Quirks.MaxConnectors)
        {
            return ours;
        }

        habits.Count(QuirkSwitch.MaxConnectors, ours > habits.Quirks.MaxConnectors && habits.Quirks.MaxConnectors < StationQuirks.MostConnectors);
        throw new OcppException(OcppErrorCode.PropertyConstraintViolation, $"connectorId must be between {lowest} and {habits.Quirks.MaxConnectors}.");
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
