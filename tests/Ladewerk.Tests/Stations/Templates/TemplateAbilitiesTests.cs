using System.Net;
using System.Text.Json;
using Ladewerk.Tests.Hosting;
using Ladewerk.Tests.Sessions.Reservations;

namespace Ladewerk.Tests.Stations.Templates;

/// <summary>What a template knows of a model is acted upon, on the wire; what the station says of itself goes before it.</summary>
public sealed class TemplateAbilitiesTests(Database database) : OnOpenHost(database)
{
    internal const string Accepted = """{"status":"Accepted"}""";

    [Fact]
    public async Task A_limit_goes_out_in_the_unit_of_the_model_until_the_station_names_its_own()
    {
        await Template(open.Host, id, new { limitUnit = "W", maxStackLevel = 3 });
        var units = "Current";
        await using var station = await AnsweringStation.Connect(open.Host, id, call => call[2].GetString() == "GetConfiguration"
            ? $$"""{"configurationKey":[{"key":"ChargingScheduleAllowedChargingRateUnit","readonly":true,"value":"{{units}}"}]}""" : Accepted);
        await Boot(open.Host, station, id);

        await Limit(new { maxA = 16 });
        Schedule(station).ShouldBe(("W", 11_040));
        var view = await open.Api.Json($"/api/v1/stations/{id}");
        (view.GetProperty("limitA").GetDecimal(), view.GetProperty("limitW").ValueKind).ShouldBe((16, JsonValueKind.Null)); // as the operator said it

        await open.Api.Post($"/api/v1/stations/{id}/commands/set-charging-profile", new { connectorId = 1, profileId = 7, stackLevel = 9, purpose = "transactionDefault", unit = "A", periods = new[] { new { startSeconds = 0, limit = 10 } } }).Is(HttpStatusCode.OK);
        Schedule(station).ShouldBe(("W", 6900));
        station.Seen.Last().GetProperty("csChargingProfiles").GetProperty("stackLevel").GetInt32().ShouldBe(3);

        await open.Api.Post($"/api/v1/stations/{id}/commands/get-configuration", new { keys = new[] { "ChargingScheduleAllowedChargingRateUnit" } }).Is(HttpStatusCode.OK);
        await Limit(new { maxA = 16 });
        Schedule(station).ShouldBe(("A", 16));
        await Limit(new { maxW = 6900 });
        Schedule(station).ShouldBe(("A", 10));
        (await open.Api.Json($"/api/v1/stations/{id}")).GetProperty("limitW").GetInt64().ShouldBe(6900);

        units = "Current,Power";
        await open.Api.Post($"/api/v1/stations/{id}/commands/get-configuration", new { keys = new[] { "ChargingScheduleAllowedChargingRateUnit" } }).Is(HttpStatusCode.OK);
        await Limit(new { maxW = 6900 });
        Schedule(station).ShouldBe(("W", 6900));
    }

    [Fact]
    public async Task A_limit_of_the_whole_is_parted_where_the_model_takes_none_and_no_quirk_profile_says_otherwise()
    {
        await Template(open.Host, id, new { stationLimit = false });
        await using var station = await AnsweringStation.Connect(open.Host, id, _ => Accepted);
        await Boot(open.Host, station, id);
        await station.Send("""[2,"s1","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available"}]""");
        await station.Send("""[2,"s2","StatusNotification",{"connectorId":2,"errorCode":"NoError","status":"Available"}]""");
        await open.Api.Becomes($"/api/v1/stations/{id}", s => s.GetProperty("evses").GetArrayLength() == 2);

        await Limit(new { maxA = 32 });
        station.Seen.Where(s => s.TryGetProperty("csChargingProfiles", out _)).Select(s => (s.GetProperty("connectorId").GetInt32(), Limit(s))).ShouldBe([(1, 16m), (2, 16m)]);

        await open.Api.Put($"/api/v1/stations/{id}/quirks", new Dictionary<string, object> { ["override"] = new { noStationLimit = false } }).Is(HttpStatusCode.OK);
        await Limit(new { maxA = 32 });
        (station.Seen.Last().GetProperty("connectorId").GetInt32(), Limit(station.Seen.Last())).ShouldBe((0, 32m));
    }

    [Fact]
    public async Task What_the_model_cannot_hold_is_not_promised_until_the_station_says_that_it_can()
    {
        await Template(open.Host, id, new { reservation = false });
        await using var station = await AnsweringStation.Connect(open.Host, id, call => call[2].GetString() == "GetConfiguration"
            ? """{"configurationKey":[{"key":"SupportedFeatureProfiles","readonly":true,"value":"Core,Reservation"}]}""" : Accepted);
        await Boot(open.Host, station, id);
        var wish = new { stationId = id, idToken = await open.NewBadge(), durationMinutes = 10 };

        var faults = await open.Api.Post("/api/v1/reservations", wish).Is(HttpStatusCode.BadRequest);
        faults.GetProperty("errors").GetProperty("stationId")[0].GetString().ShouldBe("This station takes no reservations.");
        station.Actions.ShouldNotContain("ReserveNow");

        await open.Api.Post($"/api/v1/stations/{id}/commands/get-configuration", new { keys = new[] { "SupportedFeatureProfiles" } }).Is(HttpStatusCode.OK);
        await open.Api.Post("/api/v1/reservations", wish).Is(HttpStatusCode.Created);
        station.Actions.ShouldContain("ReserveNow");
    }

    private Task<JsonElement> Limit(object body) => open.Api.Post($"/api/v1/stations/{id}/commands/limit", body).Is(HttpStatusCode.OK);

    internal static Task<JsonElement> Template(LadewerkHost host, string model, object capabilities) => host.Api.Put(
        $"/api/v1/station-templates/able-{model.ToLowerInvariant()}",
        new { key = $"able-{model.ToLowerInvariant()}", name = model, match = new { vendor = "Able works", models = new[] { model } }, data = new { currentType = "AC3", phases = 3 }, capabilities }).Is(HttpStatusCode.OK);

    internal static async Task Boot(LadewerkHost host, AnsweringStation station, string model)
    {
        await station.Boot("Able works", model);
        await host.Api.Becomes($"/api/v1/stations/{model}", s => s.Text("model") == model);
    }

    private static (string? Unit, decimal Limit) Schedule(AnsweringStation station)
    {
        var last = station.Seen.Last(s => s.TryGetProperty("csChargingProfiles", out _));
        return (last.GetProperty("csChargingProfiles").GetProperty("chargingSchedule").GetProperty("chargingRateUnit").GetString(), Limit(last));
    }

    private static decimal Limit(JsonElement sent) => sent.GetProperty("csChargingProfiles").GetProperty("chargingSchedule").GetProperty("chargingSchedulePeriod")[0].GetProperty("limit").GetDecimal();
}
