using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Ladewerk.Billing;
using Ladewerk.Billing.Dunning;
using Ladewerk.FakeStripe;
using Ladewerk.Kernel;
using Ladewerk.Sessions.App;
using Ladewerk.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Ladewerk.Tests.Payments;

/// <summary>A host whose operator takes cards at a pretended provider, and guests who pay there.</summary>
public sealed class PaymentScene(Database database) : IAsyncLifetime
{
    public const string Secret = "whsec_of_the_tests";
    public const string Good = "4242424242424242", Raising = "4111111111111111", Declined = "4000000000000002", Asking = "4000002760003184";

    /// <summary>Gross, per kWh.</summary>
    public const decimal PerKwh = 0.60m;

    private int stations;

    public LadewerkHost Host { get; private set; } = null!;

    public FakeServer Fake { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Fake = await FakeServer.Start(0, Secret, null);
        Host = await LadewerkHost.Start(database, options: new Dictionary<string, string?>
        {
            ["Stripe:ApiBase"] = Fake.Address.ToString(), ["Stripe:SecretKey"] = "sk_test_of_the_tests", ["Stripe:WebhookSecret"] = "whsec_former," + Secret, ["Stripe:Backoff"] = "00:00:00.010",
        });
        Fake.Hooks.Target = new Uri(Host.Address, "/webhooks/stripe");
        await Scalar<int>("""update tenant set profile = '{"legalName":"Stadtwerke Musterstadt GmbH","street":"Am Markt 5","postalCode":"12345","city":"Musterstadt","vatId":"DE000000000","taxNumber":"000/000/00000"}'""");
        var tariff = await Host.Api.Post("/api/v1/tariffs", new
        {
            currency = "EUR", name = "Ad hoc", taxIncluded = true, elements = new[] { new { components = new[] { new { type = "ENERGY", price = PerKwh, vat = 19m } } } },
        }).Is(HttpStatusCode.Created);
        using var assigned = await Host.Api.PutAsJsonAsync("/api/v1/assignments", new { level = "tenant", target = "", tariffId = tariff.GetProperty("id").GetString() });
        assigned.IsSuccessStatusCode.ShouldBeTrue(await assigned.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Fake.DisposeAsync();
    }

    /// <summary>A free charge point with its station, and a guest who stands before it.</summary>
    /// <param name="site">Where it is; null: at no site.</param>
    public async Task<Guest> Guest(string? site = null)
    {
        var id = $"P-{Interlocked.Increment(ref stations)}";
        await Host.Api.Post("/api/v1/stations", new { id, siteId = site, evses = new[] { new { id = 1, maxPowerW = 22_000, connectors = new[] { new { id = 1, type = "IEC_62196_T2" } } } } }).Is(HttpStatusCode.Created);
        var station = await TestStation.Connect(Host, id);
        await station.Call("BootNotification", new { chargePointVendor = "Test", chargePointModel = "One" });
        await station.Call("StatusNotification", new { connectorId = 1, status = "Available", errorCode = "NoError" });
        return new Guest(this, id, station, (await Scalar<string>("select e.short_code from evse e join charging_station s on s.id = e.station_id where s.identity = $1", id))!);
    }

    /// <summary>The hosted page of an invoice, as a reminder names it.</summary>
    public async Task<string> PayLink(string invoice)
    {
        await using var scope = Host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(new TenantId(await Scalar<Guid>("select tenant_id from invoice where id = $1", Guid.Parse(invoice))));
        return (await scope.ServiceProvider.GetRequiredService<IPayLinks>().Of(new InvoiceId(Guid.Parse(invoice)), CancellationToken.None))!.AbsolutePath;
    }

    /// <summary>What is done each night.</summary>
    public async Task CheckBooks()
    {
        await using var scope = Host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(new TenantId(await Scalar<Guid>("select id from tenant")));
        await scope.ServiceProvider.GetRequiredService<Ladewerk.Payments.CheckBooks>().Run(CancellationToken.None);
    }

    public async Task<T?> Scalar<T>(string sql, params object[] arguments)
    {
        await using var data = NpgsqlDataSource.Create(Host.ConnectionString);
        await using var command = data.CreateCommand(sql);
        foreach (var argument in arguments)
        {
            command.Parameters.Add(new() { Value = argument });
        }

        return await command.ExecuteScalarAsync() is T value ? value : default;
    }

    /// <summary>Every booking adds up to nothing, and so does the whole.</summary>
    public async Task ShouldBalance() =>
        (await Scalar<long>("select count(*) from (select booking_id from ledger_entry group by booking_id, currency having sum(amount) <> 0) odd")).ShouldBe(0);
}

/// <summary>Somebody at a charge point with a card.</summary>
public sealed class Guest(PaymentScene scene, string identity, TestStation station, string code) : IAsyncDisposable
{
    private static int guests;
    private readonly HttpClient browser = Phone(scene.Host.Address);

    public TestStation Station => station;

    public string Code => code;

    public string Link { get; private set; } = "";

    public string Checkout { get; private set; } = "";

    public string Page => Checkout.Split('/')[^1];

    public FakeIntent Intent => Checkout.Length > 0 ? scene.Fake.Books.Page(Page).Intent : scene.Fake.Books.Intents.Single(i => i.Payment == PaymentId);

    public string PaymentId { get; internal set; } = "";

    /// <summary>Presses the button and is sent to the provider.</summary>
    public async Task Open()
    {
        using var none = new StringContent("");
        using var opened = await browser.PostAsync($"/c/{code}/pay?lang=de", none);
        opened.StatusCode.ShouldBe(HttpStatusCode.Found, await opened.Content.ReadAsStringAsync());
        var next = opened.Headers.Location!.ToString();
        Link = next.Split('?')[0].Split('/')[^1];
        using var page = await browser.GetAsync(next);
        Checkout = page.Headers.GetValues("Refresh").Single().Split("url=")[1];
        PaymentId = (await scene.Scalar<Guid>("select id from payment where checkout_id = $1", Page)).ToString();
    }

    /// <summary>Presses the button of a link with that proof; gives where it leads.</summary>
    public async Task<string> Press(string? proof)
    {
        using var words = new FormUrlEncodedContent(proof is null ? [] : new Dictionary<string, string> { ["s"] = proof });
        using var answer = await browser.PostAsync($"/c/{code}/pay?lang=de", words);
        return answer.Headers.Location!.ToString();
    }

    /// <summary>Sends a form; gives the answer's status, where it leads and what it says.</summary>
    public async Task<(HttpStatusCode Status, string? Location, string Text)> Posts(string path, params (string Name, string Value)[] fields)
    {
        using var words = new FormUrlEncodedContent(fields.ToDictionary(f => f.Name, f => f.Value));
        using var answer = await browser.PostAsync($"{path}?lang=de", words);
        return (answer.StatusCode, answer.Headers.Location?.ToString(), WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()));
    }

    /// <summary>Presses the button of the card reader; the payer's own page is the link from then on.</summary>
    public async Task PressTerminal()
    {
        var (status, next, text) = await Posts($"/c/{code}/terminal");
        status.ShouldBe(HttpStatusCode.Found, text);
        next.ShouldNotBeNull().ShouldStartWith("/pay/");
        Link = next.Split('?')[0].Split('/')[^1];
    }

    /// <summary>What the sticker's link is signed with.</summary>
    public async Task<string> Signature()
    {
        await using var scope = scene.Host.Services.CreateAsyncScope();
        var point = (await scope.ServiceProvider.GetRequiredService<ChargePoints>().FindPublic(code, CancellationToken.None))!;
        return await scope.ServiceProvider.GetRequiredService<PointLinks>().Sign(point, CancellationToken.None);
    }

    /// <summary>Gives a card on the provider's page.</summary>
    /// <param name="bank">What is said to the bank's question: yes or no.</param>
    public async Task<HttpStatusCode> Give(string card, string? bank = null)
    {
        using var words = new FormUrlEncodedContent(new Dictionary<string, string> { ["card"] = card, ["email"] = "gast@example.org", ["bank"] = bank ?? "" });
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var answer = await client.PostAsync(new Uri(Checkout), words);
        return answer.StatusCode;
    }

    /// <summary>The station is asked to start and answers; gives the token.</summary>
    public async Task<string> Asked(string answer = "Accepted")
    {
        var call = await station.Receive();
        call[2].GetString().ShouldBe("RemoteStartTransaction");
        await station.Send($"[3,\"{call[1].GetString()}\",{{\"status\":\"{answer}\"}}]");
        return call[3].GetProperty("idTag").GetString()!;
    }

    public async Task<JsonElement> Payment() => (await scene.Host.Api.Json($"/api/v1/payments/{PaymentId}")).GetProperty("payment");

    /// <summary>Waits until it is in that state.</summary>
    public async Task<JsonElement> Becomes(string state)
    {
        for (var i = 0; ; i++)
        {
            var now = await Payment();
            if (now.GetProperty("state").GetString() == state)
            {
                return now;
            }

            if (i == 150)
            {
                now.GetProperty("state").GetString().ShouldBe(state, now.ToString());
            }

            await Task.Delay(100);
        }
    }

    /// <summary>What the payer's page says.</summary>
    public async Task<string> Reads(string path)
    {
        using var page = await browser.GetAsync($"/{path}/{Link}?lang=de");
        return WebUtility.HtmlDecode(await page.Content.ReadAsStringAsync());
    }

    public async Task<string> Reads(string path, string query) => WebUtility.HtmlDecode(System.Text.Encoding.UTF8.GetString(await Fetches($"/{path}{query}")));

    public async Task<byte[]> Fetches(string path)
    {
        using var answer = await browser.GetAsync(path);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, path);
        return await answer.Content.ReadAsByteArrayAsync();
    }

    /// <summary>Time passes for this payment: what was to happen by now is due.</summary>
    public Task Later(string column) => scene.Scalar<int>($"update payment set {column} = {column} - interval '1 hour', due_at = now() where id = $1", Guid.Parse(PaymentId));

    /// <summary>The amount of an account that this payment moved.</summary>
    public async Task<decimal> Booked(string account) => await scene.Scalar<decimal>(
        "select coalesce(sum(e.amount), 0) from ledger_entry e join ledger_booking b on b.id = e.booking_id where b.payment_id = $1 and e.account = $2", Guid.Parse(PaymentId), account);

    public async ValueTask DisposeAsync()
    {
        browser.Dispose();
        await station.DisposeAsync();
    }

    public override string ToString() => identity;

    /// <summary>A browser with an address of its own, as guests have.</summary>
    private static HttpClient Phone(Uri home)
    {
        var own = new IPEndPoint(new IPAddress([127, 0, 1, (byte)Interlocked.Increment(ref guests)]), 0);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectCallback = async (context, ct) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                socket.Bind(own);
                await socket.ConnectAsync(context.DnsEndPoint, ct);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return new HttpClient(handler) { BaseAddress = home };
    }
}
