using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Ladewerk.FakeStripe;

/// <summary>How events are sent: each so many times, in a wild order, or not before they are let go.</summary>
public sealed class FakeHooks(string secret, Uri? target) : IAsyncDisposable
{
    private readonly HttpClient http = new();
    private readonly ConcurrentQueue<(string Id, string Body)> waiting = new();
    private readonly CancellationTokenSource ended = new();
    private readonly SemaphoreSlim bell = new(0);
    private Task pump = Task.CompletedTask;
    private int last;

    /// <summary>Copies of each event.</summary>
    public int Copies { get; set; } = 1;

    /// <summary>The last first.</summary>
    public bool Reversed { get; set; }

    /// <summary>Keeps them until it is false again.</summary>
    public bool Held { get; set; }

    public Uri? Target { get; set; } = target;

    /// <summary>All that was ever sent or waits: id and body.</summary>
    public ConcurrentQueue<(string Id, string Body)> All { get; } = new();

    /// <summary>What the receiver answered, in order.</summary>
    public ConcurrentQueue<int> Answers { get; } = new();

    internal void Begin() => pump = Task.Run(Pump);

    internal void Add(string type, JsonObject about)
    {
        var id = FormattableString.Invariant($"evt_fake{Interlocked.Increment(ref last):D8}");
        var body = new JsonObject
        {
            ["id"] = id, ["object"] = "event", ["type"] = type, ["livemode"] = false, ["created"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), ["data"] = new JsonObject { ["object"] = about.DeepClone() },
        }.ToJsonString();
        All.Enqueue((id, body));
        waiting.Enqueue((id, body));
        bell.Release();
    }

    /// <summary>The header over a body, as of a moment.</summary>
    public static string Sign(string body, string secret, DateTimeOffset at)
    {
        var t = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"t={t},v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{t}.{body}")))}";
    }

    /// <summary>Sends one body.</summary>
    public async Task<HttpStatusCode> Send(string body, string? header = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Target) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Stripe-Signature", header ?? Sign(body, secret, TimeProvider.System.GetUtcNow()));
        using var answer = await http.SendAsync(request, ended.Token);
        Answers.Enqueue((int)answer.StatusCode);
        return answer.StatusCode;
    }

    /// <summary>Waits until all that is not held was sent.</summary>
    public async Task Sent()
    {
        while (!waiting.IsEmpty && !Held)
        {
            await Task.Delay(10);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        await pump;
        http.Dispose();
        bell.Dispose();
        ended.Dispose();
    }

    private async Task Pump()
    {
        try
        {
            while (true)
            {
                await bell.WaitAsync(TimeSpan.FromMilliseconds(50), ended.Token);
                await Task.Delay(Reversed ? 50 : 0, ended.Token);
                if (Held || Target is null || waiting.IsEmpty)
                {
                    continue;
                }

                var batch = waiting.ToList();
                foreach (var (_, body) in Reversed ? batch.AsEnumerable().Reverse() : batch)
                {
                    for (var copy = 0; copy < Copies; copy++)
                    {
                        await SendPatiently(body);
                    }
                }

                foreach (var _ in batch)
                {
                    waiting.TryDequeue(out var _);
                }
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            return; // the fake stops
        }
    }

    private async Task SendPatiently(string body)
    {
        for (var attempt = 0; attempt < 5; attempt++)
        {
            try
            {
                if (await Send(body) == HttpStatusCode.OK)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                Answers.Enqueue(0); // nobody listens
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200 << attempt), ended.Token);
        }
    }
}
