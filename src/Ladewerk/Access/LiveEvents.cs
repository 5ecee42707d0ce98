using System.Security.Claims;
using System.Text.Json;
using System.Threading.Channels;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Ladewerk.Access;

/// <summary><c>GET /events</c>: the tenant's live events as server-sent events, each named by its topic; after 5 silent seconds a <c>ping</c> says that the way is open.</summary>
internal static class LiveEvents
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    /// <param name="topics">Only these, separated by commas; all when absent.</param>
    public static async Task Stream(
        HttpContext http, string? topics, LiveFeed feed, IEnumerable<ILiveSnapshot> snapshots, TenantContext tenant, LiveScope scope, TimeProvider time, IHostApplicationLifetime lifetime)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        var wanted = topics?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToHashSet(StringComparer.Ordinal);
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers["X-Accel-Buffering"] = "no"; // nginx would hold events back
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        try
        {
            using var listening = feed.Listen(tenant.Current, wanted);
            await http.Response.WriteAsync(": open\n\n", ended.Token);
            foreach (var e in snapshots.SelectMany(s => s.Now(tenant.Current)).Where(e => wanted?.Contains(e.Topic) != false && MaySee(http.User, e.Topic)))
            {
                await WriteEvent(http, e, scope, ended.Token);
            }

            await http.Response.Body.FlushAsync(ended.Token);
            await Write(http, listening.Events, scope, time, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            return; // the page was closed, or the host stops
        }
    }

    private static async Task Write(HttpContext http, ChannelReader<LiveEvent> events, LiveScope scope, TimeProvider time, CancellationToken ct)
    {
        var more = events.WaitToReadAsync(ct).AsTask();
        while (true)
        {
            if (await Task.WhenAny(more, Task.Delay(Heartbeat, time, ct)) != more)
            {
                ct.ThrowIfCancellationRequested();
                await http.Response.WriteAsync("event: ping\ndata: {}\n\n", ct);
            }
            else if (!await more)
            {
                return;
            }
            else
            {
                while (events.TryRead(out var e))
                {
                    if (MaySee(http.User, e.Topic))
                    {
                        await WriteEvent(http, e, scope, ct);
                    }
                }

                more = events.WaitToReadAsync(ct).AsTask();
            }

            await http.Response.Body.FlushAsync(ct);
        }
    }

    private static async Task WriteEvent(HttpContext http, LiveEvent e, LiveScope scope, CancellationToken ct)
    {
        if (await scope.Shown(e, ct) is { } data)
        {
            await http.Response.WriteAsync($"event: {e.Topic}\ndata: {JsonSerializer.Serialize(data, ApiJson.Options)}\n\n", ct);
        }
    }

    private static bool MaySee(ClaimsPrincipal reader, string topic) => topic switch
    {
        "session" => reader.Can(Permission.SessionsRead),
        "invoice" => reader.Can(Permission.BillingRead),
        _ => reader.Can(Permission.StationsRead),
    };
}
