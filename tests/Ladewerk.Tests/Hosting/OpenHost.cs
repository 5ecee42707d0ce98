using System.Net.Http.Json;
using System.Text.Json;
using Ladewerk.Drivers;
using Npgsql;

namespace Ladewerk.Tests.Hosting;

/// <summary>One host for all tests that only need stations to be let in: each test takes stations and badges of its own.</summary>
public sealed class OpenHost : IAsyncDisposable
{
    private int stations;

    private OpenHost(LadewerkHost host)
    {
        Host = host;
    }

    public LadewerkHost Host { get; }

    public HttpClient Api => Host.Api;

    internal static async Task<OpenHost> Start(Database database)
    {
        var open = new OpenHost(await LadewerkHost.Start(database, options: new Dictionary<string, string?> { ["Ocpp:Onboarding"] = "Open" }));
        var tariff = await open.Api.Post("/api/v1/tariffs", new { currency = "EUR", name = "By the kilowatt-hour", elements = new[] { new { components = new[] { new { type = "ENERGY", price = NetPerKwh, vat = 19m } } } } })
            .Is(System.Net.HttpStatusCode.Created);
        using var assigned = await open.Api.PutAsJsonAsync("/api/v1/assignments", new { level = "tenant", target = "", tariffId = tariff.GetProperty("id").GetString() });
        assigned.IsSuccessStatusCode.ShouldBeTrue(await assigned.Content.ReadAsStringAsync());
        return open;
    }

    private const decimal NetPerKwh = 0.50m;

    /// <summary>What so much energy costs without VAT by the tariff of every station here.</summary>
    public static decimal NetOf(long wattHours) => decimal.Round(wattHours * NetPerKwh / 1000, 2, MidpointRounding.AwayFromZero);

    /// <summary>The session has that energy, and costs what it costs.</summary>
    public static void ShouldCharge(JsonElement session, long wattHours)
    {
        session.Energy().ShouldBe(wattHours);
        session.Net().ShouldBe(NetOf(wattHours));
    }

    /// <summary>How many charge detail records a session has, corrections apart, as soon as it has so many; a record comes shortly after the end.</summary>
    public async Task<long> Records(JsonElement session, long wanted)
    {
        var count = 0L;
        for (var i = 0; i < 100; i++)
        {
            count = await Scalar<long>("select count(*) from charge_detail_record where session_id = $1 and kind = 'original'", Guid.Parse(session.GetProperty("id").GetString()!));
            if (count == wanted && (wanted > 0 || i > 5))
            {
                break;
            }

            await Task.Delay(50);
        }

        return count;
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    /// <summary>A name that no other test uses.</summary>
    public string NewStation() => $"T-{Interlocked.Increment(ref stations)}";

    public Task<TestStation> Connect(string identity) => TestStation.Connect(Host, identity);

    /// <summary>Registers a badge that may charge, as often at once as it likes.</summary>
    public async Task<string> NewBadge(string? uid = null, string status = "accepted", int concurrent = 0, string? group = null)
    {
        uid ??= Convert.ToHexString(Guid.NewGuid().ToByteArray().AsSpan(0, 7));
        await using var data = NpgsqlDataSource.Create(Host.ConnectionString);
        await using var insert = data.CreateCommand("""
            insert into id_token (id, tenant_id, uid, uid_key, status, concurrent_sessions, group_id) select $1, t.id, $2, $3, $4, $5, $6 from tenant t where t.slug = 'default'
            """);
        insert.Parameters.Add(new() { Value = Guid.CreateVersion7() });
        insert.Parameters.Add(new() { Value = uid });
        insert.Parameters.Add(new() { Value = IdTokenUid.Key(uid) });
        insert.Parameters.Add(new() { Value = status });
        insert.Parameters.Add(new() { Value = concurrent });
        insert.Parameters.Add(new() { Value = (object?)group ?? DBNull.Value });
        await insert.ExecuteNonQueryAsync();
        return uid;
    }

    /// <summary>The station's sessions as the API shows them, the newest first.</summary>
    public async Task<IReadOnlyList<JsonElement>> Sessions(string identity) =>
        [.. (await Api.GetFromJsonAsync<JsonElement>($"/api/v1/sessions?stationId={Uri.EscapeDataString(identity)}")).GetProperty("items").EnumerateArray()];

    public async Task<JsonElement> OnlySession(string identity) => (await Sessions(identity)).ShouldHaveSingleItem();

    public async Task<IReadOnlyList<JsonElement>> Samples(JsonElement session) =>
        [.. (await Api.GetFromJsonAsync<JsonElement>($"/api/v1/sessions/{session.GetProperty("id").GetString()}/samples")).GetProperty("items").EnumerateArray()];

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
}

/// <summary>Tests that share the open host.</summary>
public abstract class OnOpenHost(Database database) : IAsyncLifetime
{
    /// <summary>The host.</summary>
    private protected OpenHost open = null!;

    /// <summary>A station's name for this test alone.</summary>
    private protected string id = null!;

    public async ValueTask InitializeAsync()
    {
        open = await database.Open();
        id = open.NewStation();
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>Readers of session JSON.</summary>
internal static class SessionJson
{
    public static long Energy(this JsonElement session) => session.GetProperty("energyWh").GetInt64();

    public static string State(this JsonElement session) => session.GetProperty("state").GetString()!;

    /// <summary>Cost without VAT.</summary>
    public static decimal Net(this JsonElement session) =>
        decimal.Parse(session.GetProperty("cost").GetProperty("exclVat").GetString()!, System.Globalization.CultureInfo.InvariantCulture);

    public static bool NeedsReview(this JsonElement session) => session.GetProperty("needsReview").GetBoolean();

    public static string[] Reasons(this JsonElement session) => [.. session.GetProperty("reviewReasons").EnumerateArray().Select(r => r.GetString()!)];

    public static DateTimeOffset Time(this JsonElement session, string name) => session.GetProperty(name).GetDateTimeOffset();
}

/// <summary>The time of the run in whole seconds: what a station's timestamp can say.</summary>
internal static class TestClock
{
    public static DateTimeOffset Now { get; } = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
}
