using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ladewerk.Tests.Notifications;

/// <summary>What somebody posted.</summary>
public sealed record Posted(string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body, string Method = "POST");

/// <summary>Another system's HTTP server: keeps what it gets and answers as a test wishes.</summary>
public sealed class Listener : IAsyncDisposable
{
    private readonly Channel<Posted> posted = Channel.CreateUnbounded<Posted>();
    private readonly WebApplication app;

    private Listener(WebApplication app) => this.app = app;

    /// <summary>http://127.0.0.1:port/</summary>
    public string Address { get; private set; } = "";

    /// <summary>What it answers.</summary>
    public Func<Posted, HttpStatusCode> Answer { get; set; } = _ => HttpStatusCode.OK;

    /// <summary>How long it takes to answer.</summary>
    public TimeSpan Takes { get; set; }

    public static async Task<Listener> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var listener = new Listener(builder.Build());
        listener.app.MapMethods("/{**path}", ["POST", "PUT", "PATCH", "DELETE"], listener.Take);
        await listener.app.StartAsync();
        listener.Address = listener.app.Urls.First() + "/";
        return listener;
    }

    /// <summary>The next that came; waits for it.</summary>
    public async Task<Posted> Next()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        return await posted.Reader.ReadAsync(limit.Token);
    }

    /// <summary>Whether more came.</summary>
    public bool IsEmpty => posted.Reader.Count == 0;

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private async Task<IResult> Take(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        var one = new Posted(request.Path, request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase), body.ToArray(), request.Method);
        await Task.Delay(Takes);
        var status = Answer(one);
        await posted.Writer.WriteAsync(one);
        return Results.Text("as you say", statusCode: (int)status);
    }
}
