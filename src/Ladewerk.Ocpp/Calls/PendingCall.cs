namespace Ladewerk.Ocpp;

/// <summary>A call in the queue or in flight.</summary>
internal sealed class PendingCall(string messageId, string action, ReadOnlyMemory<byte> payload)
{
    // Continuations run elsewhere: an answer is taken on the socket's read loop.
    private readonly TaskCompletionSource<OcppReply> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? timer;
    private volatile bool released;

    public string MessageId => messageId;

    public string Action => action;

    public ReadOnlyMemory<byte> Payload => payload;

    public Task<OcppReply> Answer => answer.Task;

    public bool IsDone => answer.Task.IsCompleted;

    /// <summary>Starts the timeout; it runs on when the caller gives up, because the call still holds the line.</summary>
    public void StartTimer(TimeProvider time, TimeSpan timeout, Action<PendingCall> timedOut)
    {
        timer = time.CreateTimer(_ => timedOut(this), null, timeout, Timeout.InfiniteTimeSpan);
        if (released)
        {
            timer.Dispose();
        }
    }

    public void Complete(OcppReply reply)
    {
        Released();
        answer.TrySetResult(reply);
    }

    public void Fail(Exception reason)
    {
        Released();
        answer.TrySetException(reason);
    }

    public void Cancel(CancellationToken ct) => answer.TrySetCanceled(ct);

    private void Released()
    {
        released = true;
        timer?.Dispose();
    }
}
