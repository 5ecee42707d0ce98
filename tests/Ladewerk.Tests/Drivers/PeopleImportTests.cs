using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Drivers;

/// <summary>Drivers and badges from a file: checked, done, told of, taken back.</summary>
public sealed class PeopleImportTests(Database database)
{
    private const int Rows = 20_000, BadRows = 50;

    [Fact]
    public async Task Twenty_thousand_rows_with_fifty_bad_ones_are_reported_done_and_taken_back()
    {
        await using var host = await LadewerkHost.Start(database);
        var import = await Upload(host, Large());
        var ready = await Until(host, import, "ready");
        ready.GetProperty("counts").GetProperty("bad").GetInt32().ShouldBe(BadRows);
        ready.GetProperty("counts").GetProperty("driversCreated").GetInt32().ShouldBe(Rows - BadRows);
        (await host.Api.Json("/api/v1/drivers")).GetProperty("items").GetArrayLength().ShouldBe(0); // a dry run writes nothing
        await EachBadRowIsReported(host, import);

        await host.Api.Post($"/api/v1/drivers/imports/{import}/start", new { }).Is(HttpStatusCode.Accepted);
        var seen = new List<int>();
        var done = await Until(host, import, "finished", i => seen.Add(i.GetProperty("seen").GetInt32()));
        done.GetProperty("counts").GetProperty("done").GetInt32().ShouldBe(Rows - BadRows);
        done.GetProperty("counts").GetProperty("badgesCreated").GetInt32().ShouldBe(Rows - BadRows);
        seen.Distinct().Count().ShouldBeGreaterThan(2); // progress is there to be seen
        (await host.Api.Json("/api/v1/id-tokens/AB00000007")).GetProperty("visualNumber").GetString().ShouldBe("N-7");

        await host.Api.Post($"/api/v1/drivers/imports/{import}/undo", new { }).Is(HttpStatusCode.Accepted);
        (await Until(host, import, "undone")).GetProperty("counts").GetProperty("undone").GetInt32().ShouldBe(Rows - BadRows);
        (await host.Api.Json("/api/v1/drivers")).GetProperty("items").GetArrayLength().ShouldBe(0);
        await host.Api.GetAsync("/api/v1/id-tokens/AB00000007").IsProblem(HttpStatusCode.NotFound, "not-found");
    }

    [Fact]
    public async Task The_same_file_again_changes_nothing_and_a_changed_one_only_what_it_says()
    {
        await using var host = await LadewerkHost.Start(database);
        await Done(host, "number;name;email;uid\nP-1;Eva Muster;eva@example.org;04A22F1B\nP-1;;;04B77199\n;Jonas;jonas@example.org;\n");
        var again = await Done(host, "number;name;email;uid\nP-1;Eva Muster;eva@example.org;04:a2:2f:1b\nP-1;;;04B77199\n;Jonas;JONAS@example.org;\n");
        again.GetProperty("counts").GetProperty("driversCreated").GetInt32().ShouldBe(0);
        again.GetProperty("counts").GetProperty("badgesCreated").GetInt32().ShouldBe(0);
        var changed = await Done(host, "number,phone,uid,group\nP-1,0171 5550100,04A22F1B,haus-7\n");
        changed.GetProperty("counts").GetProperty("driversChanged").GetInt32().ShouldBe(1);
        (await host.Api.Json("/api/v1/id-tokens/04A22F1B")).GetProperty("groupId").GetString().ShouldBe("haus-7");
        var eva = (await host.Api.Json("/api/v1/drivers?q=eva")).GetProperty("items")[0];
        (eva.GetProperty("name").GetString(), eva.GetProperty("phone").GetString()).ShouldBe(("Eva Muster", "0171 5550100"));

        await Undo(host, changed);
        (await host.Api.Json("/api/v1/drivers?q=eva")).GetProperty("items")[0].GetProperty("phone").ValueKind.ShouldBe(JsonValueKind.Null);
        (await host.Api.Json("/api/v1/id-tokens/04A22F1B")).GetProperty("groupId").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task What_was_used_or_changed_since_is_not_taken_back()
    {
        await using var host = await LadewerkHost.Start(database, options: new Dictionary<string, string?> { ["Ocpp:Onboarding"] = "Open" });
        var import = await Done(host, "number;name;uid\nP-1;Used Driver;0A0A0A0A\nP-2;Changed Driver;0B0B0B0B\nP-3;Untouched Driver;0C0C0C0C\n");
        await using (var station = await TestStation.Connect(host, "IMP-1"))
        {
            await station.Call("BootNotification", new { chargePointVendor = "V", chargePointModel = "M" });
            await station.Call("StartTransaction", new { connectorId = 1, idTag = "0A0A0A0A", meterStart = 0, timestamp = DateTimeOffset.UnixEpoch.AddYears(56) });
        }

        await host.Api.Patch("/api/v1/id-tokens/0B0B0B0B", new { note = "by hand" }).Is(HttpStatusCode.OK);
        var undone = await Undo(host, import);
        undone.GetProperty("counts").GetProperty("kept").GetInt32().ShouldBe(2);
        undone.GetProperty("counts").GetProperty("undone").GetInt32().ShouldBe(1);
        var kept = (await host.Api.Json($"/api/v1/drivers/imports/{import.GetProperty("id").GetString()}/rows?state=kept")).GetProperty("items");
        kept.EnumerateArray().Select(r => r.GetProperty("faults")[0].GetProperty("code").GetString()).ShouldBe(["usedSince", "changedSince"]);
        (await host.Api.Json("/api/v1/drivers")).GetProperty("items").EnumerateArray().Select(d => d.GetProperty("name").GetString()).ShouldBe(["Changed Driver", "Used Driver"]);
    }

    [Fact]
    public async Task A_restart_in_the_middle_loses_and_doubles_nothing()
    {
        await using var host = await LadewerkHost.Start(database);
        var import = await Upload(host, Large(), "?start=true");
        await Until(host, import, "running", stopWhen: i => i.GetProperty("seen").GetInt32() > 0);
        await host.Restart();
        (await Until(host, import, "finished")).GetProperty("counts").GetProperty("driversCreated").GetInt32().ShouldBe(Rows - BadRows);
        var export = await host.Api.GetStringAsync("/api/v1/drivers/export");
        export.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(Rows - BadRows + 1);
    }

    [Fact]
    public async Task What_is_exported_is_read_again_without_a_change()
    {
        await using var host = await LadewerkHost.Start(database);
        await host.Api.Post("/api/v1/billing-accounts", new { name = "Payer", customerNumber = "K-1" }).Is(HttpStatusCode.Created);
        await Done(host, "number;name;phone;customer;uid;validUntil;note\nP-1;\"Muster; Eva\";+49 171 5550100;K-1;04A22F1B;31.12.2027;\"says \"\"hello\"\"\"\n;;;;0D0D0D0D;;stock\n");
        var export = await host.Api.GetStringAsync("/api/v1/drivers/export");
        var again = await Done(host, export);
        again.GetProperty("counts").GetProperty("unchanged").GetInt32().ShouldBe(2, export);
    }

    [Fact]
    public async Task A_file_without_the_columns_is_refused()
    {
        await using var host = await LadewerkHost.Start(database);
        using var file = new StringContent("a;b\n1;2\n", Encoding.UTF8, "text/csv");
        await host.Api.PostAsync("/api/v1/drivers/import", file).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
    }

    private static async Task EachBadRowIsReported(LadewerkHost host, string import)
    {
        var rows = (await host.Api.Json($"/api/v1/drivers/imports/{import}/rows?state=bad&limit=100")).GetProperty("items").EnumerateArray().ToList();
        rows.Select(r => r.GetProperty("line").GetInt32()).ShouldBe(Enumerable.Range(1, BadRows).Select(i => (i * 400) + 1)); // the header is line 1
        rows.Select(r => r.GetProperty("faults")[0].GetProperty("code").GetString()).Distinct().Order().ShouldBe(["customerUnknown", "date", "email", "nameMissing", "uidTaken"]);
        var csv = await host.Api.GetStringAsync($"/api/v1/drivers/imports/{import}/bad.csv");
        csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(BadRows + 1);
    }

    private static string Large()
    {
        var file = new StringBuilder("number,name,email,uid,visualNumber,customer,validUntil\n");
        for (var i = 1; i <= Rows; i++)
        {
            var bad = i % (Rows / BadRows) == 0 ? (i / (Rows / BadRows) % 5) + 1 : 0;
            file.AppendLine(string.Create(
                CultureInfo.InvariantCulture,
                $"P-{i},{(bad == 1 ? "" : $"Driver {i}")},{(bad == 2 ? "nobody" : $"d{i}@example.org")},{(bad == 3 ? "AB00000001" : $"AB{i:D8}")},N-{i},{(bad == 4 ? "K-404" : "")},{(bad == 5 ? "someday" : "2030-12-31")}"));
        }

        return file.ToString();
    }

    private static async Task<JsonElement> Done(LadewerkHost host, string csv) => await Until(host, await Upload(host, csv, "?start=true"), "finished");

    private static async Task<JsonElement> Undo(LadewerkHost host, JsonElement import)
    {
        var id = import.GetProperty("id").GetString()!;
        await host.Api.Post($"/api/v1/drivers/imports/{id}/undo", new { }).Is(HttpStatusCode.Accepted);
        return await Until(host, id, "undone");
    }

    private static async Task<string> Upload(LadewerkHost host, string csv, string query = "")
    {
        using var file = new StringContent(csv, Encoding.UTF8, "text/csv");
        return (await host.Api.PostAsync("/api/v1/drivers/import" + query, file).Is(HttpStatusCode.Accepted)).GetProperty("id").GetString()!;
    }

    private static async Task<JsonElement> Until(LadewerkHost host, string import, string state, Action<JsonElement>? look = null, Func<JsonElement, bool>? stopWhen = null)
    {
        for (var i = 0; i < 1200; i++)
        {
            var now = await host.Api.Json($"/api/v1/drivers/imports/{import}");
            look?.Invoke(now);
            now.GetProperty("error").GetString().ShouldBeNull();
            if (stopWhen?.Invoke(now) ?? now.GetProperty("state").GetString() == state)
            {
                return now;
            }

            await Task.Delay(50);
        }

        throw new InvalidOperationException($"The import did not come to be {state}.");
    }
}
