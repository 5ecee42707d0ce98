namespace Ladewerk.Kernel;

/// <summary>Wakes one waiter. Rung twice before it wakes, it wakes once.</summary>
public class Bell : IDisposable
{
    private readonly SemaphoreSlim rung = new(0);
    private int isRung;

    /// <summary>Says that there may be something to do.</summary>
    public void Ring()
    {
        if (Interlocked.Exchange(ref isRung, 1) == 0)
        {
            rung.Release();
        }
    }

    /// <summary>Waits for a ring, or that long. What is rung from now on wakes the next wait.</summary>
    public async Task Wait(TimeSpan patience, CancellationToken ct)
    {
        if (await rung.WaitAsync(patience, ct))
        {
            Volatile.Write(ref isRung, 0);
        }
    }

    public void Dispose()
    {
        rung.Dispose();
        GC.SuppressFinalize(this);
    }
}
