using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;

[assembly: AssemblyFixture(typeof(Ladewerk.Tests.Hosting.OpenHost))]

namespace Ladewerk.Tests.Hosting;

/// <summary>One host for all tests that only need stations to be let in: each test takes stations and badges of its own.</summary>
public sealed class OpenHost(Database database) : IAsyncLifetime
{
    private int stations;

    public LadewerkHost Host { get; private set; } = null!;

    public HttpClient Api => Host.Api;

    public async ValueTask InitializeAsync() =>
        Host = await LadewerkHost.Start(database, options: new Dictionary<string, string?> { ["Ocpp:Onboarding"] = "Open" });

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
        insert.Parameters.Add(new() { Value = Drivers.IdTokenUid.Key(uid) });
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

/// <summary>Readers of session JSON.</summary>
internal static class SessionJson
{
    public static long Energy(this JsonElement session) => session.GetProperty("energyWh").GetInt64();

    public static string State(this JsonElement session) => session.GetProperty("state").GetString()!;

    public static bool NeedsReview(this JsonElement session) => session.GetProperty("needsReview").GetBoolean();

    public static string[] Reasons(this JsonElement session) => [.. session.GetProperty("reviewReasons").EnumerateArray().Select(r => r.GetString()!)];

    public static DateTimeOffset Time(this JsonElement session, string name) => session.GetProperty(name).GetDateTimeOffset();
}
