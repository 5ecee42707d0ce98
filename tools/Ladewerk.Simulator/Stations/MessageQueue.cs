namespace Ladewerk.Simulator.Stations;

/// <summary>A request that the station wants answered.</summary>
/// <param name="Action">On the wire.</param>
/// <param name="Compose">
/// Gives the payload when it is first sent: a StopTransaction that was queued offline needs the transaction id that its
/// StartTransaction is answered with.
/// </param>
/// <param name="IsTransactional">Kept while offline and repeated until it is answered (OCPP 1.6 §3.7).</param>
/// <param name="Answered">Takes the payload of the answer.</param>
internal sealed record QueuedCall(string Action, Func<byte[]> Compose, bool IsTransactional, Action<ReadOnlyMemory<byte>> Answered)
{
    private byte[]? payload;

    /// <summary>The payload; the same at every repetition.</summary>
    public byte[] Payload => payload ??= Compose();

    /// <summary>How often it was answered by an error.</summary>
    public int Refusals { get; set; }

    public DateTimeOffset NotBefore { get; set; }
}

/// <summary>
/// What waits to be sent, in order. A lost connection takes away what is only worth something now; what belongs to
/// transactions stays and goes out first when the connection is back.
/// </summary>
internal sealed class MessageQueue
{
    private readonly List<QueuedCall> waiting = [];

    public int Count => waiting.Count;

    public IReadOnlyList<QueuedCall> Waiting => waiting;

    public void Add(QueuedCall call) => waiting.Add(call);

    /// <summary>The next to send. A transactional message that has to wait holds up the ones behind it, so that their order is kept.</summary>
    public QueuedCall? Next(DateTimeOffset now)
    {
        var isHeld = false;
        foreach (var call in waiting)
        {
            if (call.IsTransactional && (isHeld || call.NotBefore > now))
            {
                isHeld = true;
            }
            else
            {
                return call;
            }
        }

        return null;
    }

    public void Answered(QueuedCall call, ReadOnlyMemory<byte> answer)
    {
        waiting.Remove(call);
        call.Answered(answer);
    }

    /// <summary>An error instead of an answer: transactional messages are tried again, later and later (OCPP 1.6 §3.7.1).</summary>
    public void Refused(QueuedCall call, int attempts, TimeSpan interval, DateTimeOffset now)
    {
        call.Refusals++;
        if (!call.IsTransactional || call.Refusals >= attempts)
        {
            waiting.Remove(call);
        }
        else
        {
            call.NotBefore = now + (interval * call.Refusals);
        }
    }

    public void Disconnected() => waiting.RemoveAll(c => !c.IsTransactional);
}
