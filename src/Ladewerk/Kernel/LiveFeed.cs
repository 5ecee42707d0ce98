using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Ladewerk.Kernel;

/// <summary>A change that open pages show at once. Not durable: whoever misses one reloads.</summary>
/// <param name="Topic">station, connector, session, invoice ...: the name of the server-sent event.</param>
/// <param name="Data">Written as JSON in camelCase.</param>
public sealed record LiveEvent(string Topic, object Data);

/// <summary>Passes live events of a tenant to whoever is looking. Costs next to nothing while nobody is.</summary>
public sealed class LiveFeed
{
    private readonly ConcurrentDictionary<TenantId, ConcurrentDictionary<Channel<LiveEvent>, byte>> listeners = new();

    /// <summary>Whether anybody of the tenant is looking; lets callers skip making the event.</summary>
    public bool HasListeners(TenantId tenant) => listeners.TryGetValue(tenant, out var open) && !open.IsEmpty;

    /// <summary>Passes an event on; a listener that is too slow loses the oldest.</summary>
    public void Publish(TenantId tenant, string topic, object data)
    {
        if (listeners.TryGetValue(tenant, out var open))
        {
            var e = new LiveEvent(topic, data);
            foreach (var (channel, _) in open)
            {
                channel.Writer.TryWrite(e);
            }
        }
    }

    /// <summary>The tenant's events from now on, until cancelled.</summary>
    public async IAsyncEnumerable<LiveEvent> Listen(TenantId tenant, [EnumeratorCancellation] CancellationToken ct)
    {
        var channel = Channel.CreateBounded<LiveEvent>(new BoundedChannelOptions(1024) { FullMode = BoundedChannelFullMode.DropOldest });
        var open = listeners.GetOrAdd(tenant, _ => new());
        open.TryAdd(channel, 0);
        try
        {
            await foreach (var e in channel.Reader.ReadAllAsync(ct))
            {
                yield return e;
            }
        }
        finally
        {
            open.TryRemove(channel, out _);
        }
    }
}
