namespace Ladewerk.Stations.Firmware;

/// <summary>Wakes the planner of campaigns before its time.</summary>
internal sealed class CampaignBell : IDisposable
{
    private readonly SemaphoreSlim bell = new(0, 1);

    public void Ring()
    {
        try
        {
            bell.Release();
        }
        catch (SemaphoreFullException)
        {
            // It has been rung already: once is enough.
        }
    }

    public Task<bool> Wait(TimeSpan patience, CancellationToken ct) => bell.WaitAsync(patience, ct);

    public void Dispose() => bell.Dispose();
}
