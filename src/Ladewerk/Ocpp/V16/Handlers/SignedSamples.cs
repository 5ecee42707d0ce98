using Ladewerk.Receipts;
using Ladewerk.Sessions;

namespace Ladewerk.Ocpp.V16.Handlers;

/// <summary>
/// Takes what meters have signed out of meter values (OCPP 1.6 §7.43, format SignedData) and adds it to the message's commit, byte for byte.
/// A message without signed values costs one comparison for each of its readings.
/// </summary>
internal static class SignedSamples
{
    /// <summary>Of readings that name their transaction, or else their connector.</summary>
    public static void Keep(IReadOnlyList<MeterValue> values, IncomingCall call, int connector, long? transactionId, string message)
    {
        if (Any(values))
        {
            // A number says whose it is, also where that session is forgotten by now: it is never the one's that charges meanwhile.
            var session = transactionId is > 0 ? call.Sessions.ByTransaction(transactionId.Value) : call.Sessions.ActiveOn(connector);
            Keep(values, call, session, transactionId ?? 0, message, connector);
        }
    }

    /// <summary>Of a session's end.</summary>
    public static void Keep(IReadOnlyList<MeterValue> values, IncomingCall call, RunningSession? session, long transactionId, string message)
    {
        if (Any(values))
        {
            // The end itself is told as an event, unless the session had ended before.
            Keep(values, call, session, transactionId, message, session?.ConnectorNumber ?? 0);
        }
    }

    private static void Keep(IReadOnlyList<MeterValue> values, IncomingCall call, RunningSession? session, long transactionId, string message, int connector)
    {
        List<ArrivedValue> found = [];
        foreach (var value in values)
        {
            foreach (var sampled in value.SampledValue)
            {
                if (IsSigned(sampled))
                {
                    var at = value.Timestamp.Year > 1 ? value.Timestamp.ToUniversalTime() : (DateTimeOffset?)null;
                    found.Add(new ArrivedValue(
                        call.Sessions.Place, session?.Id, connector, session?.TransactionId ?? Math.Max(0, transactionId), call.ReceivedAt, at, message, found.Count, Context(sampled.Context), null, sampled.Value));
                }
            }
        }

        call.Change.AddSigned(found, isLate: session is { IsActive: false } && call.Sessions.ByTransaction(session.TransactionId) is { IsActive: false });
    }

    private static bool Any(IReadOnlyList<MeterValue> values)
    {
        for (var i = 0; i < values.Count; i++)
        {
            var samples = values[i].SampledValue;
            for (var j = 0; j < samples.Count; j++)
            {
                if (IsSigned(samples[j]))
                {
                    return true;
                }
            }
        }

        return false;
    }

    // Some stations send OCMF as raw data.
    private static bool IsSigned(SampledValue sampled) => sampled.Format == ValueFormat.SignedData || sampled.Value.StartsWith("OCMF|", StringComparison.Ordinal);

    private static string? Context(ReadingContext? context) => context switch
    {
        ReadingContext.TransactionBegin => "Transaction.Begin",
        ReadingContext.TransactionEnd => "Transaction.End",
        _ => null,
    };
}
