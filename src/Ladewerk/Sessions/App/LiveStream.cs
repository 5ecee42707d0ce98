using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Ladewerk.Sessions.App;

/// <summary>The live values of one session as server-sent events <c>state</c>: with every change, at most once a second, and at least every five.</summary>
internal sealed class LiveStream(LiveFeed feed, TenantContext tenant, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5), Pace = TimeSpan.FromSeconds(1);
    private static readonly HashSet<string> SessionTopics = new(StringComparer.Ordinal) { "session" };

    /// <summary>What changes the state of a point.</summary>
    public static readonly IReadOnlySet<string> PointTopics = new HashSet<string>(StringComparer.Ordinal) { "connector", "station" };

    /// <summary>Writes until the reader goes or the host stops.</summary>
    /// <param name="http">The reader.</param>
    /// <param name="state">The state of now.</param>
    /// <param name="topics">What changes it; a session's values where absent.</param>
    public Task Write(HttpContext http, Func<CancellationToken, Task<LiveState>> state, IReadOnlySet<string>? topics = null) =>
        Write(http, topics ?? SessionTopics, async (_, ct) => $"event: state\ndata: {JsonSerializer.Serialize(await state(ct), ApiJson.Options)}\n\n");

    /// <summary>Writes <c>changed</c> when the availability of any point did, and a <c>ping</c> when nothing does; what it was stays with us.</summary>
    public Task WriteChanges(HttpContext http) =>
        Write(http, PointTopics, (isChange, _) => Task.FromResult(isChange ? "event: changed\ndata: {}\n\n" : "event: ping\ndata: {}\n\n"));

    private async Task Write(HttpContext http, IReadOnlySet<string> topics, Func<bool, CancellationToken, Task<string>> next)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no"; // nginx would hold events back
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        try
        {
            using var listening = feed.Listen(tenant.Current, topics);
            for (bool more = true, isChange = false; more && !ended.IsCancellationRequested;)
            {
                await http.Response.WriteAsync(await next(isChange, ended.Token), ended.Token);
                await http.Response.Body.FlushAsync(ended.Token);
                await Task.Delay(Pace, time, ended.Token);
                var change = listening.Events.WaitToReadAsync(ended.Token).AsTask();
                isChange = await Task.WhenAny(change, Task.Delay(Heartbeat - Pace, time, ended.Token)) == change;
                more = !isChange || await change;
                while (listening.Events.TryRead(out _))
                {
                    // Whatever has changed by now is in what is written next.
                }
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            return; // the page was closed, or the host stops
        }
    }
}
