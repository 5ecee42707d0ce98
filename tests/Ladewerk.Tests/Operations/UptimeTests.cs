using System.Diagnostics;
using System.Net;
using Ladewerk.Kernel;
using Ladewerk.Operations;
using Ladewerk.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Ladewerk.Tests.Operations;

/// <summary>Uptime from the first status to the figure.</summary>
public sealed class UptimeTests(Database database)
{
    [Fact]
    public async Task States_are_noted_from_the_wire_and_planned_maintenance_does_not_count()
    {
        await using var watch = await WatchHost.Start(database);
        var from = watch.Now;
        await using (var station = await TestStation.Connect(watch.Host, "U-1"))
        {
            await WatchHost.Status(station, 1, "Available");
            await watch.Pass(TimeSpan.FromMinutes(4));
            await WatchHost.Status(station, 1, "Charging");
            await watch.Pass(TimeSpan.FromMinutes(2));
            await WatchHost.Status(station, 1, "Faulted", "GroundFailure");
            await watch.Pass(TimeSpan.FromMinutes(2));
            await WatchHost.Status(station, 1, "Available");
            await watch.Pass(TimeSpan.FromSeconds(30));
        }

        await watch.Pass(TimeSpan.FromSeconds(30)); // a break shorter than a minute is nobody's outage
        await using (var station = await TestStation.Connect(watch.Host, "U-1"))
        {
            await station.Call("Heartbeat", new { });
            await watch.Pass(TimeSpan.FromSeconds(30));
        }

        await watch.Pass(TimeSpan.FromMinutes(3));
        await watch.Until(async () => await watch.Scalar<string>("select state from evse_interval where to_at is null") == "offline", "not offline");
        var row = (await Uptime(watch, from)).GetProperty("items")[0];
        row.GetProperty("stationId").GetString().ShouldBe("U-1");
        row.GetProperty("inUseSeconds").GetInt64().ShouldBe(120);
        row.GetProperty("faultedSeconds").GetInt64().ShouldBe(120);
        row.GetProperty("offlineSeconds").GetInt64().ShouldBeGreaterThan(120);
        var before = row.GetProperty("uptimePercent").GetDecimal();
        before.ShouldBeInRange(30m, 80m);

        (await watch.Api.Post("/api/v1/uptime/exclusions", new { reason = "maintenance", from, to = from.AddMinutes(8), stationId = "U-1", note = "Ground wire" })).StatusCode.ShouldBe(HttpStatusCode.Created);
        var after = (await Uptime(watch, from)).GetProperty("items")[0];
        after.GetProperty("excludedSeconds").GetInt64().ShouldBe(120);
        after.GetProperty("uptimePercent").GetDecimal().ShouldBeGreaterThan(before);
        (await (await watch.Api.GetAsync("/api/v1/uptime/export?by=station")).Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("U-1");
        (await watch.Api.Post("/api/v1/uptime/exclusions", new { reason = "maintenance", from, to = from, stationId = "U-1" })).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_look_at_five_thousand_stations_is_a_handful_of_queries()
    {
        await using var watch = await WatchHost.Start(database);
        await using var data = NpgsqlDataSource.Create(watch.Host.ConnectionString);
        await using var fill = data.CreateCommand("""
            insert into charging_station (id, tenant_id, identity, identity_key, last_seen_at) select gen_random_uuid(), t.id, 'M-' || n, 'm-' || n, $1 from tenant t, generate_series(1, 5000) n;
            """);
        fill.Parameters.Add(new() { Value = watch.Now - TimeSpan.FromHours(1) });
        await fill.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await using var connectors = data.CreateCommand("""
            with e as (insert into evse (id, tenant_id, station_id, number) select gen_random_uuid(), tenant_id, id, 1 from charging_station returning tenant_id, station_id)
            insert into connector (id, tenant_id, station_id, evse_number, number, wire_number, status, status_at) select gen_random_uuid(), tenant_id, station_id, 1, 1, 1, 'Faulted', now() from e
            """);
        await connectors.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        var tenant = new TenantId((await watch.Scalar<Guid>("select id from tenant")));
        using var statements = new StatementCounter();
        await watch.Host.Services.GetRequiredService<WatchSweep>().Sweep(tenant, TestContext.Current.CancellationToken);
        statements.Count.ShouldBeInRange(5, 25); // whatever the number of stations
        (await watch.Scalar<long>("select count(*) from finding where kind = 'offline'")).ShouldBe(5000);
        await watch.Host.Services.GetRequiredService<WatchSweep>().Sweep(tenant, TestContext.Current.CancellationToken);
        (await watch.Scalar<long>("select count(*) from finding")).ShouldBe(5000);
    }

    private static Task<System.Text.Json.JsonElement> Uptime(WatchHost watch, DateTimeOffset from) =>
        watch.Api.Json($"/api/v1/uptime?from={Uri.EscapeDataString(from.ToString("O"))}");

    /// <summary>Counts the statements that Npgsql sends on behalf of this test alone.</summary>
    private sealed class StatementCounter : IDisposable
    {
        private readonly Activity mine = new Activity("look").Start();
        private readonly ActivityListener listener;
        private int count;

        public StatementCounter()
        {
            listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == "Npgsql",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = activity => Interlocked.Add(ref count, activity.TraceId == mine.TraceId ? 1 : 0),
            };
            ActivitySource.AddActivityListener(listener);
        }

        public int Count => count;

        public void Dispose()
        {
            mine.Stop();
            mine.Dispose();
            listener.Dispose();
        }
    }
}
