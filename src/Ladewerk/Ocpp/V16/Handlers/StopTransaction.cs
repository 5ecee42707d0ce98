using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Stations.Quirks;

namespace Ladewerk.Ocpp.V16.Handlers;

/// <summary>A session ends. Always acknowledged; what fits no session is kept for review. OCPP 1.6 §4.10.</summary>
internal sealed class StopTransaction(EndSession end) : ICallHandler<StopTransactionRequest, StopTransactionResponse>
{
    public async ValueTask<Handled<StopTransactionResponse>> Handle(StopTransactionRequest request, IncomingCall call, CancellationToken ct)
    {
        var habits = call.Sessions.Habits;
        habits.Count(QuirkSwitch.EnergyFactor, habits.Quirks.EnergyFactor != 1);
        var outcome = await end.Decide(
            call.Sessions,
            new SessionStop(
                request.TransactionId,
                request.IdTag,
                Samples.Register(request.MeterStop, habits.Quirks),
                request.Reason?.ToString(),
                Samples.Time(request.Timestamp, habits),
                call.ReceivedAt,
                request.TransactionData is { } data ? Samples.Of(data, habits) : [],
                call.Payload),
            call.Change,
            ct);
        if (request.TransactionData is { } values)
        {
            SignedSamples.Keep(values, call, outcome.Session, request.TransactionId, "StopTransaction");
        }

        return new(new StopTransactionResponse { IdTagInfo = outcome.StopToken is { } token ? TagInfo.Of(token, call.Station) : null }, outcome.Apply);
    }
}
