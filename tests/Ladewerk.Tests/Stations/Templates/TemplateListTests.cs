using System.Net;
using System.Text.Json;
using Ladewerk.Tests.Hosting;
using Ladewerk.Tests.Sessions.Reservations;

namespace Ladewerk.Tests.Stations.Templates;

/// <summary>The size of a model's local authorisation list is kept.</summary>
public sealed class TemplateListTests(Database database)
{
    [Fact]
    public async Task A_list_has_as_many_places_as_the_model_and_a_model_without_one_is_not_asked()
    {
        await using var host = await LadewerkHost.Start(database, options: new Dictionary<string, string?>
        {
            ["Ocpp:Onboarding"] = "Open", ["LocalLists:Poll"] = "00:00:00.2", ["LocalLists:Gather"] = "00:00:00.5", ["LocalLists:Settle"] = "00:00:00", ["Templates:Settle"] = "01:00:00",
        });
        foreach (var uid in new[] { "AABBCC01", "AABBCC02", "AABBCC03" })
        {
            await host.Api.Post("/api/v1/id-tokens", new { uid, status = "accepted" }).Is(HttpStatusCode.Created);
        }

        await TemplateAbilitiesTests.Template(host, "L-NONE", new { localListSize = 0 });
        await TemplateAbilitiesTests.Template(host, "L-TWO", new { localListSize = 2 });
        await using var none = await AnsweringStation.Connect(host, "L-NONE", Answer);
        await using var two = await AnsweringStation.Connect(host, "L-TWO", Answer);
        await TemplateAbilitiesTests.Boot(host, none, "L-NONE");
        await TemplateAbilitiesTests.Boot(host, two, "L-TWO");
        await host.Api.Put("/api/v1/stations/L-NONE/local-list", new { enabled = true }).Is(HttpStatusCode.OK);
        await host.Api.Put("/api/v1/stations/L-TWO/local-list", new { enabled = true }).Is(HttpStatusCode.OK);

        await host.Api.Becomes("/api/v1/stations/L-NONE/local-list", l => l.Text("state") == "notSupported");
        none.Actions.ShouldBeEmpty();
        await host.Api.Becomes("/api/v1/stations/L-TWO/local-list", l => l.Text("state") == "inStep");
        two.Seen.Last().GetProperty("localAuthorizationList").GetArrayLength().ShouldBe(2);

        static string Answer(JsonElement call) => call[2].GetString() == "GetLocalListVersion" ? """{"listVersion":0}""" : TemplateAbilitiesTests.Accepted;
    }
}
