using Ladewerk.Sessions;

namespace Ladewerk.Ocpp.V16.Handlers;

/// <summary>Readings. OCPP 1.6 §4.7.</summary>
internal sealed class MeterValues(RecordSamples record) : ICallHandler<MeterValuesRequest, MeterValuesResponse>
{
    private static readonly MeterValuesResponse Empty = new();

    public async ValueTask<Handled<MeterValuesResponse>> Handle(MeterValuesRequest request, IncomingCall call, CancellationToken ct)
    {
        ConnectorNumber.Check(request.ConnectorId, lowest: 0);
        var samples = Samples.Of(request.MeterValue, call.Sessions.EnergyFactor);
        var apply = await record.Decide(call.Sessions, request.ConnectorId, request.TransactionId, samples, call.ReceivedAt, call.Change, ct);
        return new(Empty, apply);
    }
}
