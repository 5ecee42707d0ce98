using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Ladewerk.Kernel;

/// <summary>A change that open pages show at once. Not durable: whoever misses one reloads.</summary>
/// <param name="Topic">station, connector, session, invoice ...: the name of the server-sent event.</param>
/// <param name="Data">Written as JSON in camelCase.</param>
public sealed record LiveEvent(string Topic, object Data);

/// <summary>Passes live events of a tenant to whoever is looking. Costs next to nothing while nobody is.</summary>
public sealed class LiveFeed
{
    private readonly ConcurrentDictionary<TenantId, ConcurrentDictionary<Listener, byte>> listeners = new();

    /// <summary>Whether anybody of the tenant wants events of the topic; lets callers skip making them.</summary>
    public bool HasListeners(TenantId tenant, string topic) => listeners.TryGetValue(tenant, out var open) && open.Any(l => l.Key.Wants(topic));

    /// <summary>Passes an event on; a listener that is too slow loses the oldest.</summary>
    public void Publish(TenantId tenant, string topic, object data)
    {
        if (listeners.TryGetValue(tenant, out var open))
        {
            var e = new LiveEvent(topic, data);
            foreach (var (listener, _) in open)
            {
                if (listener.Wants(topic))
                {
                    listener.Events.Writer.TryWrite(e);
                }
            }
        }
    }

    /// <summary>The tenant's events of these topics (null: of all) from now on, until disposed.</summary>
    public Listening Listen(TenantId tenant, IReadOnlySet<string>? topics)
    {
        var listener = new Listener(topics, Channel.CreateBounded<LiveEvent>(new BoundedChannelOptions(1024) { FullMode = BoundedChannelFullMode.DropOldest }));
        var open = listeners.GetOrAdd(tenant, _ => new());
        open.TryAdd(listener, 0);
        return new Listening(listener.Events.Reader, () => open.TryRemove(listener, out _));
    }

    private sealed class Listener(IReadOnlySet<string>? topics, Channel<LiveEvent> events)
    {
        public Channel<LiveEvent> Events => events;

        public bool Wants(string topic) => topics is null || topics.Contains(topic);
    }
}

/// <summary>What a page that has just been opened should see at once, before anything changes.</summary>
public interface ILiveSnapshot
{
    /// <summary>The state of now as events; few enough for one page.</summary>
    IEnumerable<LiveEvent> Now(TenantId tenant);
}

/// <summary>One who listens.</summary>
public sealed class Listening(ChannelReader<LiveEvent> events, Action end) : IDisposable
{
    /// <summary>What came and was not read yet.</summary>
    public ChannelReader<LiveEvent> Events => events;

    public void Dispose() => end();
}
