using System.Security.Claims;
using System.Text.Json;
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
        HttpContext http, string? topics, LiveFeed feed, TenantContext tenant, TimeProvider time, IHostApplicationLifetime lifetime)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        var wanted = topics?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToHashSet(StringComparer.Ordinal);
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers["X-Accel-Buffering"] = "no"; // nginx would hold events back
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        try
        {
            await Write(http, feed.Listen(tenant.Current, wanted, ended.Token), e => MaySee(http.User, e.Topic), time, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            return; // the page was closed, or the host stops
        }
    }

    private static async Task Write(HttpContext http, IAsyncEnumerable<LiveEvent> events, Func<LiveEvent, bool> shown, TimeProvider time, CancellationToken ct)
    {
        await using var incoming = events.GetAsyncEnumerator(ct);
        var next = incoming.MoveNextAsync().AsTask();
        try
        {
            await http.Response.WriteAsync(": open\n\n", ct);
            await http.Response.Body.FlushAsync(ct);
            while (true)
            {
                if (await Task.WhenAny(next, Task.Delay(Heartbeat, time, ct)) != next)
                {
                    ct.ThrowIfCancellationRequested();
                    await http.Response.WriteAsync("event: ping\ndata: {}\n\n", ct);
                }
                else if (!await next)
                {
                    return;
                }
                else
                {
                    if (shown(incoming.Current))
                    {
                        await http.Response.WriteAsync($"event: {incoming.Current.Topic}\ndata: {JsonSerializer.Serialize(incoming.Current.Data, ApiJson.Options)}\n\n", ct);
                    }

                    next = incoming.MoveNextAsync().AsTask();
                }

                if (!next.IsCompleted)
                {
                    await http.Response.Body.FlushAsync(ct);
                }
            }
        }
        finally
        {
            // An iterator must not be disposed while it moves; the token that ended the stream ends this too.
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static bool MaySee(ClaimsPrincipal reader, string topic) => topic switch
    {
        "session" => reader.Can(Permission.SessionsRead),
        "invoice" => reader.Can(Permission.BillingRead),
        _ => reader.Can(Permission.StationsRead),
    };
}
