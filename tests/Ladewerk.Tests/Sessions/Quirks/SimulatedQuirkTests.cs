using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Ladewerk.Simulator.Quirks;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Sessions.Quirks;

/// <summary>Every habit played by the simulator against the real host, from the wire to the session, the price and the record of it.</summary>
public sealed class SimulatedQuirkTests(Database database) : OnOpenHost(database)
{
    /// <summary>Habit, the profile that the operator would choose for it, and what a person must look at.</summary>
    public static TheoryData<string, string?, string?> Habits => new()
    {
        { "Q1", "no-protocol", null },
        { "Q2", null, null },
        { "Q3", null, null },
        { "Q4", "foxess", null },
        { "Q5", "en-plus", null },
        { "Q7", "broken-deflate", null },
        { "Q8", null, null },
        { "Q9", null, null },
        { "Q10", null, null },
        { "Q11", "huawei", null },
        { "Q12", null, null },
        { "Q13", null, null },
        { "Q14", "kwh-as-wh", null },
        { "Q16", "own-transaction-ids", "matchedStop" },
        { "Q17", "abb-terra-dc", null },
        { "Q18", null, null },
        { "Q19", "local-time-berlin", null },
        { "Q20", "alfen", null },
        { "Q21", "everything-on-zero", null },
        { "Q22", "badge-with-suffix", null },
        { "Q23", "growatt", null },
        { "Q24", "abb-terra-ac-1.8.21", null },
        { "Q25", "limits-of-connectors-only", null },
        { "Q26", "mennekes", null },
        { "Q27", "tellus", null },
        { "Q28", "ocular", null },
        { "Q30", "autel", null },
        { "Q31", "never-boots", null },
        { "Q32", null, null },
        { "Q8,Q10,Q11,Q12,Q13,Q17,Q18,Q20,Q22,Q28,Q31", null, null },
    };

    [Theory]
    [MemberData(nameof(Habits))]
    public async Task Qnn_a_station_with_the_habit_charges_and_is_billed_right(string habit, string? profile, string? review)
    {
        await Register(profile);
        var badge = await open.NewBadge();
        await using var station = await OddStation.Connect(open.Host, id, QuirkModes.Parse(habit));
        await station.Charge(badge, TimeSpan.FromHours(1));

        station.TrueWh.ShouldBeInRange(10_000, 13_000);
        var session = await open.OnlySession(id);
        for (var i = 0; i < 100 && session.Net() != OpenHost.NetOf(station.TrueWh); i++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken); // what comes after the end (Q28) is priced anew
            session = await open.OnlySession(id);
        }

        session.State().ShouldBe("ended");
        OpenHost.ShouldCharge(session, station.TrueWh);
        session.Reasons().ShouldBe(review is null ? [] : [review]);
        session.Time("startedAt").ShouldBe(station.StartedAt, TimeSpan.FromSeconds(1));
        (await open.Records(session, review is null ? 1 : 0)).ShouldBe(review is null ? 1 : 0);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("meter-resets", false)]
    public async Task Q15_a_meter_that_begins_again_is_summed_in_segments(string? profile, bool toReview)
    {
        await Register(profile);
        await using var station = await OddStation.Connect(open.Host, id, QuirkModes.Parse("Q15"));
        await station.Charge(await open.NewBadge(), TimeSpan.FromHours(1));

        var session = await open.OnlySession(id);
        var readings = (await open.Samples(session)).Where(s => s.GetProperty("energyWh").ValueKind == JsonValueKind.Number).Select(s => s.GetProperty("energyWh").GetInt64()).ToList();
        session.Energy().ShouldBe(readings[0] - 1_000_000 + session.GetProperty("meterStopWh").GetInt64()); // before the reset and after it; the step itself is nobody's
        session.Energy().ShouldBeInRange(station.TrueWh * 8 / 10, station.TrueWh);
        session.Net().ShouldBe(OpenHost.NetOf(session.Energy()));
        session.Reasons().ShouldBe(toReview ? ["meterReset"] : []);
        (await open.Records(session, toReview ? 0 : 1)).ShouldBe(toReview ? 0 : 1);
    }

    [Fact]
    public async Task Q29_a_password_sent_as_raw_bytes_lets_the_station_in()
    {
        await open.Api.Post("/api/v1/stations", new { id, password = "00FF10203040506070809FA0" }).Is(HttpStatusCode.Created);
        await using var station = await OddStation.Connect(open.Host, id, QuirkModes.Parse("Q29"), password: "00FF10203040506070809FA0");
        await station.Charge(await open.NewBadge(), TimeSpan.FromHours(1));
        (await open.OnlySession(id)).Net().ShouldBe(OpenHost.NetOf(station.TrueWh));
    }

    [Fact]
    public async Task Q6_a_power_cut_within_a_session_ends_it_where_the_meter_stood()
    {
        var badge = await open.NewBadge();
        await using var station = await OddStation.Connect(open.Host, id, QuirkModes.None);
        await station.Begin(badge);
        await station.Leap(TimeSpan.FromMinutes(30));
        await station.LosePower();

        var session = await open.OnlySession(id);
        session.State().ShouldBe("ended");
        session.GetProperty("stopReason").GetString().ShouldBe("PowerLoss");
        session.Energy().ShouldBe(station.TrueWh);
        session.Net().ShouldBe(OpenHost.NetOf(station.TrueWh));
        (await open.Records(session, 1)).ShouldBe(1);
    }

    private async Task Register(string? profile)
    {
        await open.Api.Post("/api/v1/stations", new { id }).Is(HttpStatusCode.Created);
        if (profile is not null)
        {
            using var answer = await open.Api.PutAsJsonAsync($"/api/v1/stations/{id}/quirks", new { profile });
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        }
    }
}
