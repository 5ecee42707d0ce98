using System.Net;
using System.Text.Json;
using Ladewerk.Drivers.Vouchers;
using Ladewerk.Kernel;
using Ladewerk.Sessions.LocalLists;
using Ladewerk.Stations;
using Ladewerk.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Ladewerk.Tests.Drivers;

/// <summary>A host with a clock that is moved by hand, and what people and stations do there.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private readonly LadewerkHost host;
    private readonly ManualTime time;
    private readonly List<TestStation> stations = [];
    private int badges, steps;

    private Scene(LadewerkHost host, ManualTime time) => (this.host, this.time) = (host, time);

    public HttpClient Api => host.Api;

    public LadewerkHost Host => host;

    public DateTimeOffset Now => time.GetUtcNow();

    public static async Task<Scene> Start(Database database, DateTimeOffset at)
    {
        var clock = new ManualTime(at);
        var scene = new Scene(await LadewerkHost.Start(database, clock, new Dictionary<string, string?> { ["Ocpp:Onboarding"] = "Open" }), clock);
        var tariff = await scene.Tariff("Kilowattstunde", 0.50m);
        await scene.Api.Put("/api/v1/assignments", new { level = "tenant", target = "", tariffId = tariff }).Is(HttpStatusCode.OK);
        return scene;
    }

    public async Task<string> Tariff(string name, decimal net) =>
        (await Api.Post("/api/v1/tariffs", new { currency = "EUR", name, elements = new[] { new { components = new[] { new { type = "ENERGY", price = net, vat = 19m } } } } }).Is(HttpStatusCode.Created)).Text("id");

    public async Task<string> Site(string name, string access = "public") =>
        (await Api.Post("/api/v1/sites", new { name, access, timeZone = "Europe/Berlin" }).Is(HttpStatusCode.Created)).Text("id");

    /// <summary>A driver with a badge.</summary>
    public async Task<(string Driver, string Badge)> Resident(string name, int concurrent = 1)
    {
        var driver = (await Api.Post("/api/v1/drivers", new { name }).Is(HttpStatusCode.Created)).Text("id");
        var uid = $"04A1B2C3D4E5{++badges:00}";
        await Api.Post("/api/v1/id-tokens", new { uid, driverId = driver, concurrentSessions = concurrent }).Is(HttpStatusCode.Created);
        return (driver, uid);
    }

    public async Task<string> Contract(object wish) => (await Api.Post("/api/v1/contracts", wish).Is(HttpStatusCode.Created)).Text("id");

    public async Task<TestStation> Station(string id, string? site = null)
    {
        await Api.Post("/api/v1/stations", new { id, siteId = site, evses = new[] { new { id = 1, connectors = new[] { new { id = 1 } } } } }).Is(HttpStatusCode.Created);
        var station = await TestStation.Connect(host, id);
        stations.Add(station);
        return station;
    }

    /// <summary>What the code gives at an EVSE.</summary>
    public async Task<Redeemed> Redeem(string evse, string code, string from = "203.0.113.1")
    {
        await using var scope = host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(new TenantId(await Scalar<Guid>("select id from tenant where slug = 'default'")));
        return await scope.ServiceProvider.GetRequiredService<RedeemCode>().Run(evse, code, from, TestContext.Current.CancellationToken);
    }

    /// <summary>The badges that belong on a station's list.</summary>
    public async Task<IReadOnlyList<string>> Listed(string identity)
    {
        await using var scope = host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(new TenantId(await Scalar<Guid>("select id from tenant where slug = 'default'")));
        var station = (await scope.ServiceProvider.GetRequiredService<StationReader>().Find(identity, TestContext.Current.CancellationToken))!;
        var wanted = await scope.ServiceProvider.GetRequiredService<WantedList>().Of(station, sendsBlocked: false, 100, 20, TestContext.Current.CancellationToken);
        return [.. wanted.Tokens.Select(t => t.Token)];
    }

    /// <summary>A session from start to price.</summary>
    public async Task<JsonElement> Charge(TestStation station, string token, long wattHours)
    {
        var before = Now;
        var transaction = await station.Start(1, token, 1000, before);
        await Pass(TimeSpan.FromMinutes(40));
        await station.Stop(transaction, 1000 + wattHours, Now);
        var id = await Scalar<Guid>("select id from charging_session where transaction_id = $1", transaction);
        return await Priced(id);
    }

    public async Task<JsonElement> Session(string station) => (await Api.Json($"/api/v1/sessions?stationId={station}")).GetProperty("items")[0];

    /// <summary>The newest session of a station, once it has its record.</summary>
    public async Task<JsonElement> Priced(string station) => await Priced(Guid.Parse((await Session(station)).Text("id")));

    public async Task<JsonElement> OnlyRefusal(string filter) => (await Api.Json("/api/v1/authorisation-refusals?" + filter)).GetProperty("items").EnumerateArray().ShouldHaveSingleItem();

    /// <summary>The payload of the next call of that action, while time goes on; it is answered.</summary>
    public async Task<JsonElement> Asked(TestStation station, string action)
    {
        while (true)
        {
            var receiving = station.Receive(TimeSpan.FromSeconds(60));
            while (!receiving.IsCompleted)
            {
                time.Advance(TimeSpan.FromSeconds(1));
                await Task.WhenAny(receiving, Task.Delay(100));
            }

            var call = await receiving;
            await station.Send(JsonSerializer.Serialize<object[]>([3, call[1].GetString()!, new { status = "Accepted" }]));
            if (call[2].GetString() == action)
            {
                return call[3];
            }
        }
    }

    /// <summary>Lets a time pass, in steps, so that what is due is done on the way.</summary>
    public async Task Pass(TimeSpan by)
    {
        for (var left = by; left > TimeSpan.Zero; left -= TimeSpan.FromSeconds(30))
        {
            time.Advance(left < TimeSpan.FromSeconds(30) ? left : TimeSpan.FromSeconds(30));
            await Task.Delay(15);
            if (++steps % 4 == 0)
            {
                foreach (var station in stations)
                {
                    await station.Call("Heartbeat", new { });
                }
            }
        }
    }

    /// <summary>Lets seconds pass until something is so.</summary>
    public async Task Until(Func<Task<bool>> holds)
    {
        for (var i = 0; i < 200; i++)
        {
            if (await holds())
            {
                return;
            }

            time.Advance(TimeSpan.FromSeconds(2));
            await Task.Delay(50);
        }

        Assert.Fail("It never became so.");
    }

    public async Task<T?> Scalar<T>(string sql, params object[] arguments)
    {
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using var command = data.CreateCommand(sql);
        foreach (var argument in arguments)
        {
            command.Parameters.Add(new() { Value = argument });
        }

        return await command.ExecuteScalarAsync() is T value ? value : default;
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();

    private async Task<JsonElement> Priced(Guid session)
    {
        await Until(async () => await Scalar<long>("select count(*) from charge_detail_record where session_id = $1", session) > 0);
        return await Api.Json($"/api/v1/sessions/{session}");
    }
}

/// <summary>Short words.</summary>
internal static class SceneWords
{
    public static async Task<string> Authorize(this TestStation station, string badge) =>
        (await station.Call("Authorize", new { idTag = badge })).GetProperty("idTagInfo").Text("status");

    public static string Text(this JsonElement json, string name) => json.GetProperty(name).ToString();
}
