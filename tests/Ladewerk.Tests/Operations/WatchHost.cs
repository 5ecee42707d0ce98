using System.Text.Json;
using Ladewerk.Tests.Hosting;
using Npgsql;

namespace Ladewerk.Tests.Operations;

/// <summary>A host whose clock is moved by hand, so that a watchdog's minutes pass in no time.</summary>
public sealed class WatchHost : IAsyncDisposable
{
    private WatchHost(LadewerkHost host, ManualTime time) => (Host, Time) = (host, time);

    public LadewerkHost Host { get; }

    public ManualTime Time { get; }

    public HttpClient Api => Host.Api;

    public DateTimeOffset Now => Time.GetUtcNow();

    internal static async Task<WatchHost> Start(Database database)
    {
        var time = new ManualTime();
        return new(await LadewerkHost.Start(database, time, new Dictionary<string, string?> { ["Ocpp:Onboarding"] = "Open" }), time);
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    /// <summary>Lets a time pass in steps of the watch, then waits for findings that fit.</summary>
    public async Task<JsonElement> Finding(string kind, string station, TimeSpan after, string state = "current")
    {
        await Pass(after);
        return await Wait(async () => await Findings(kind, station, state) is [var found, ..] ? found : (JsonElement?)null, $"no {kind} of {station}");
    }

    /// <summary>Lets a time pass; the watch has looked at its end.</summary>
    public async Task Pass(TimeSpan by)
    {
        for (var left = by; left > TimeSpan.Zero; left -= TimeSpan.FromSeconds(10))
        {
            Time.Advance(left < TimeSpan.FromSeconds(10) ? left : TimeSpan.FromSeconds(10));
            await Task.Delay(40);
        }
    }

    public async Task<IReadOnlyList<JsonElement>> Findings(string? kind, string station, string state = "current") =>
        [.. (await Api.Json($"/api/v1/findings?state={state}&stationId={Uri.EscapeDataString(station)}{(kind is null ? "" : "&kind=" + kind)}")).GetProperty("items").EnumerateArray()];

    /// <summary>Passes ten seconds again and again until something is so.</summary>
    private async Task<T> Wait<T>(Func<Task<T?>> look, string what)
        where T : struct
    {
        for (var i = 0; i < 300; i++) // a busy machine takes longer to look
        {
            if (await look() is { } found)
            {
                return found;
            }

            await Task.Delay(50);
            if (i % 20 == 19)
            {
                Time.Advance(TimeSpan.FromSeconds(10));
            }
        }

        throw new TimeoutException(what);
    }

    public async Task Until(Func<Task<bool>> look, string what) => await Wait(async () => await look() ? true : (bool?)null, what);

    public async Task<T?> Scalar<T>(string sql)
    {
        await using var data = NpgsqlDataSource.Create(Host.ConnectionString);
        await using var command = data.CreateCommand(sql);
        return await command.ExecuteScalarAsync() is T value ? value : default;
    }

    internal static Task<JsonElement> Status(TestStation station, int connector, string status, string error = "NoError") =>
        station.Call("StatusNotification", new { connectorId = connector, status, errorCode = error });
}
