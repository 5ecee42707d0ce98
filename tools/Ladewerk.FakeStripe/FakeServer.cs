using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ladewerk.FakeStripe;

/// <summary>The fake on a port of this machine.</summary>
public sealed partial class FakeServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, (string Request, TaskCompletionSource<(int Status, string Body)> Answer)> keys = new(StringComparer.Ordinal);
    private int toFail;

    private FakeServer(WebApplication app, FakeBooks books, FakeHooks hooks)
    {
        (this.app, Books, Hooks, Connect) = (app, books, hooks, new FakeConnect(books));
    }

    public Uri Address { get; private set; } = null!;

    public FakeBooks Books { get; }

    public FakeHooks Hooks { get; }

    public FakeConnect Connect { get; }

    /// <summary>Ends when somebody stops it.</summary>
    public Task Stopped => app.WaitForShutdownAsync();

    /// <summary>Calls that reached the API, in order: method and path.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>Runs when a change was made and its answer has not left yet: the moment in which a caller can be lost. Gets the path.</summary>
    public Func<string, Task>? BeforeAnswer { get; set; }

    /// <summary>So many next answers are lost after the work was done, as when a line breaks.</summary>
    public void LoseAnswers(int count) => Interlocked.Exchange(ref toFail, count);

    public static async Task<FakeServer> Start(int port, string secret, Uri? webhook)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var web = builder.Build();
        var books = new FakeBooks();
        var hooks = new FakeHooks(secret, webhook);
        books.Happened += hooks.Add;
        var fake = new FakeServer(web, books, hooks);
        web.Map("/v1/{**path}", fake.Api);
        FakeCheckout.Map(web, books);
        FakeOnboarding.Map(web, fake.Connect);
        MapSetupPage(web, books);
        MapReaderPage(web, books);
        await web.StartAsync();
        fake.Address = new Uri(web.Urls.First());
        books.Home = fake.Address.ToString().TrimEnd('/');
        hooks.Begin();
        return fake;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await Hooks.DisposeAsync();
        await app.DisposeAsync();
    }

    private async Task Api(HttpContext http)
    {
        Calls.Enqueue($"{http.Request.Method} {http.Request.Path}");
        if (!http.Request.Headers.Authorization.ToString().StartsWith("Bearer sk_test_", StringComparison.Ordinal))
        {
            await Answer(http, 401, new FakeRefusalException(401, "invalid_request_error", "api_key_invalid").Body.ToJsonString());
            return;
        }

        var form = http.Request.HasFormContentType ? (await http.Request.ReadFormAsync(http.RequestAborted)).ToDictionary(f => f.Key, f => f.Value.ToString(), StringComparer.Ordinal) : [];
        foreach (var (name, value) in http.Request.Query)
        {
            form.TryAdd(name, value.ToString());
        }

        var (status, body) = await Once(http.Request, form);
        if (http.Request.Method == "POST" && BeforeAnswer is { } before)
        {
            await before(http.Request.Path.Value!);
        }

        if (http.Request.Method == "POST" && Interlocked.Decrement(ref toFail) >= 0)
        {
            http.Abort();
            return;
        }

        await Answer(http, status, body);
    }

    /// <summary>The same key is the same request and gets the same answer; with other words it is a mistake.</summary>
    private async Task<(int Status, string Body)> Once(HttpRequest request, Dictionary<string, string> form)
    {
        if (request.Method != "POST" || request.Headers["Idempotency-Key"].ToString() is not { Length: > 0 } key)
        {
            return Work(request, form);
        }

        var words = $"{request.Path} {string.Join('&', form.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => $"{f.Key}={f.Value}"))}";
        var mine = new TaskCompletionSource<(int, string)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var known = keys.GetOrAdd(key, (words, mine));
        if (known.Request != words)
        {
            return (400, new FakeRefusalException(400, "idempotency_error", "idempotency_key_in_use").Body.ToJsonString());
        }

        if (known.Answer == mine)
        {
            mine.SetResult(Work(request, form));
        }

        return await known.Answer.Task;
    }

    private (int Status, string Body) Work(HttpRequest request, Dictionary<string, string> form)
    {
        try
        {
            return (200, Route(request.Method, request.Path.Value!["/v1/".Length..].Split('/'), form).ToJsonString());
        }
        catch (FakeRefusalException refusal)
        {
            return (refusal.Status, refusal.Body.ToJsonString());
        }
    }

    private JsonObject Route(string method, string[] path, Dictionary<string, string> form)
    {
        var expand = string.Join(',', form.Where(f => f.Key.StartsWith("expand", StringComparison.Ordinal)).Select(f => f.Value));
        long? Amount(string name) => form.TryGetValue(name, out var text) ? long.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : null;
        return OfContracts(method, path, form, expand) ?? OfReaders(method, path, form, expand) ?? (method, path) switch
        {
            ("POST", ["checkout", "sessions"]) => FakeViews.Of(Books.OpenPage(form)),
            ("GET", ["checkout", "sessions", var id]) => Books.Do(() => FakeViews.Of(Books.Page(id))),
            ("POST", ["checkout", "sessions", var id, "expire"]) => FakeViews.Of(Books.Expire(id)),
            ("POST", ["payment_intents"]) => Create(form, expand),
            ("GET", ["payment_intents", var id]) => Books.Do(() => FakeViews.Of(Books.Intent(id), expand)),
            ("POST", ["payment_intents", var id, "capture"]) => FakeViews.Of(Books.Capture(id, Amount("amount_to_capture")), expand),
            ("POST", ["payment_intents", var id, "cancel"]) => FakeViews.Of(Books.Cancel(id), expand),
            ("POST", ["payment_intents", var id, "increment_authorization"]) => FakeViews.Of(Books.Increment(id, Amount("amount") ?? 0), expand),
            ("POST", ["refunds"]) => Books.Refund(form.GetValueOrDefault("payment_intent") ?? "", Amount("amount"), form.GetValueOrDefault("metadata[refund]")),
            ("GET", ["refunds"]) => Books.Refunds(form.GetValueOrDefault("payment_intent") ?? ""),
            ("GET", ["balance_transactions"]) => Movements(form),
            _ => Connect.Route(method, path, form) ?? throw new FakeRefusalException(404, "invalid_request_error", "url_invalid"),
        };
    }

    private JsonObject Create(Dictionary<string, string> form, string expand)
    {
        var intent = Books.NewIntent(
            long.Parse(form["amount"], System.Globalization.CultureInfo.InvariantCulture), form["currency"], form.GetValueOrDefault("capture_method") == "manual", form.GetValueOrDefault("metadata[payment]"), increments: false);
        if (form.GetValueOrDefault("confirm") != "true")
        {
            return FakeViews.Of(intent, expand);
        }

        var card = form.GetValueOrDefault("payment_method") switch
        {
            "pm_card_visa" => "4242424242424242",
            "pm_card_authenticationRequired" => "4000002760003184",
            "pm_card_chargeDeclinedInsufficientFunds" => "4000000000009995",
            _ => "4000000000000002",
        };
        return Books.Confirm(intent, card, confirmed: false) is { } refused && refused != "3ds" ? throw new FakeRefusalException(402, "card_error", "card_declined", refused) : FakeViews.Of(intent, expand);
    }

    private JsonObject Movements(Dictionary<string, string> form)
    {
        var from = long.Parse(form.GetValueOrDefault("created[gte]") ?? "0", System.Globalization.CultureInfo.InvariantCulture);
        var to = long.Parse(form.GetValueOrDefault("created[lt]") ?? long.MaxValue.ToString(System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
        var limit = int.Parse(form.GetValueOrDefault("limit") ?? "10", System.Globalization.CultureInfo.InvariantCulture);
        var all = Books.Movements.Where(m => m.Created >= from && m.Created < to).Reverse().ToList();
        var rest = form.TryGetValue("starting_after", out var after) ? all.SkipWhile(m => m.Id != after).Skip(1).ToList() : all;
        return new JsonObject
        {
            ["object"] = "list", ["url"] = "/v1/balance_transactions", ["has_more"] = rest.Count > limit, ["data"] = new JsonArray([.. rest.Take(limit).Select(m => Books.Do(() => FakeViews.Of(m, form.Any(f => f.Key.StartsWith("expand", StringComparison.Ordinal) && f.Value == "data.source") ? Books.Source(m) : null)))]),
        };
    }

    private static Task Answer(HttpContext http, int status, string body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.Headers["Request-Id"] = "req_" + Guid.NewGuid().ToString("N");
        return http.Response.WriteAsync(body, http.RequestAborted);
    }
}
