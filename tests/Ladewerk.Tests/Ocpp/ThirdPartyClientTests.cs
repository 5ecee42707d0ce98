using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Ocpp;

/// <summary>A client library that is not ours, in strict mode, charges once; the session is exact and priced by its tariff.</summary>
public sealed class ThirdPartyClientTests(Database database)
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "ThirdParty");

    [Fact]
    public async Task A_session_driven_by_ocpp_rpc_is_exact_and_priced()
    {
        Directory.Exists(Path.Combine(Folder, "node_modules")).ShouldBeTrue("run ./test, or npm ci in tests/Ladewerk.Tests/ThirdParty");
        await using var host = await LadewerkHost.Start(database);
        await Post(host, "stations", """{"id":"TP-1","password":"a password of its own","evses":[{"id":1,"connectors":[{"id":1,"type":"IEC_62196_T2"}]}]}""");
        await Post(host, "id-tokens", """{"uid":"04A22F1B5C6D80"}""");
        var tariff = await Post(host, "tariffs", """{"currency":"EUR","name":{"de":"Stadt","en":"Town"},"elements":[{"components":[{"type":"ENERGY","price":0.40,"vat":19},{"type":"FLAT","price":1.00,"vat":19}]}]}""");
        (await host.Api.PutAsJsonAsync("/api/v1/assignments", new { level = "station", target = "TP-1", tariffId = tariff.GetProperty("id").GetString() })).IsSuccessStatusCode.ShouldBeTrue();

        var (start, stop) = (TestClock.Now.AddHours(-2), TestClock.Now);
        var answers = await Drive($"ws://127.0.0.1:{host.Address.Port}/ocpp", "TP-1", "a password of its own", "04A22F1B5C6D80", $"{start:yyyy-MM-ddTHH:mm:ss.fffZ}", $"{stop:yyyy-MM-ddTHH:mm:ss.fffZ}");

        answers.GetProperty("start").GetProperty("idTagInfo").GetProperty("status").GetString().ShouldBe("Accepted");
        answers.GetProperty("startAgain").ToString().ShouldBe(answers.GetProperty("start").ToString());
        answers.GetProperty("stopAgain").ToString().ShouldBe(answers.GetProperty("stop").ToString());

        var session = (await host.Api.GetFromJsonAsync<JsonElement>("/api/v1/sessions")).GetProperty("items").EnumerateArray().ShouldHaveSingleItem();
        session.Energy().ShouldBe(20_034);
        session.State().ShouldBe("ended");
        session.Time("startedAt").ShouldBe(start);
        session.Time("endedAt").ShouldBe(stop);
        // 20.034 kWh x 0.40 + 1.00 = 9.0136 net, 10.726184 gross
        Amount(session, "exclVat").ShouldBe(9.01m);
        Amount(session, "inclVat").ShouldBe(10.73m);

        var samples = await host.Api.GetFromJsonAsync<JsonElement>($"/api/v1/sessions/{session.GetProperty("id").GetString()}/samples");
        samples.GetProperty("items").EnumerateArray().Count(s => s.GetProperty("energyWh").ValueKind == JsonValueKind.Number).ShouldBe(3);
    }

    private static decimal Amount(JsonElement session, string name) =>
        decimal.Parse(session.GetProperty("cost").GetProperty(name).GetString()!, System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<JsonElement> Post(LadewerkHost host, string path, string body)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var response = await host.Api.PostAsync($"/api/v1/{path}", content);
        response.StatusCode.ShouldBe(HttpStatusCode.Created, await response.Content.ReadAsStringAsync());
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static async Task<JsonElement> Drive(params string[] arguments)
    {
        using var node = Process.Start(new ProcessStartInfo("node", ["session.mjs", .. arguments]) { WorkingDirectory = Folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = node.StandardError.ReadToEndAsync();
        var output = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        node.ExitCode.ShouldBe(0, await errors);
        return JsonSerializer.Deserialize<JsonElement>(output);
    }
}
