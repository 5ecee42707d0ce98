using Ladewerk.Sessions;

namespace Ladewerk.Ocpp.V16.Handlers;

/// <summary>Readings. OCPP 1.6 §4.7.</summary>
internal sealed class MeterValues(RecordSamples record) : ICallHandler<MeterValuesRequest, MeterValuesResponse>
{
    private static readonly MeterValuesResponse Empty = new();

    public async ValueTask<Handled<MeterValuesResponse>> Handle(MeterValuesRequest request, IncomingCall call, CancellationToken ct)
    {
        var connector = ConnectorNumber.Of(request.ConnectorId, lowest: 0, call.Sessions.Habits);
        var samples = Samples.Of(request.MeterValue, call.Sessions.Habits);
        if (request.MeterValue is [.., var last])
        {
            call.Station.MeasureClock(last.Timestamp, call.ReceivedAt);
        }

        var apply = await record.Decide(call.Sessions, connector, request.TransactionId, samples, call.ReceivedAt, call.Change, ct);
        SignedSamples.Keep(request.MeterValue, call, connector, request.TransactionId, "MeterValues");
        return new(Empty, apply);
    }
}
