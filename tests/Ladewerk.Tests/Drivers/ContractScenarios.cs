using System.Net;
using System.Text.Json;
using Ladewerk.Drivers.Vouchers;
using Ladewerk.Kernel;
using Ladewerk.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Ladewerk.Tests.Drivers;

/// <summary>Contracts, vouchers and guests from the badge at the station to the bill, over real sockets.</summary>
public sealed class ContractScenarios(Database database)
{
    // Monday evening in Berlin, two minutes before the window.
    private static readonly DateTimeOffset Evening = new(2026, 3, 2, 22, 28, 0, TimeSpan.Zero);

    [Fact]
    public async Task Park_and_charge_opens_at_night_says_when_and_ends_the_session_with_the_window()
    {
        await using var scene = await Scene.Start(database, Evening);
        var site = await scene.Site("Supermarkt");
        var (driver, badge) = await scene.Resident("Anna");
        await scene.Contract(new { name = "Anwohner", sites = new[] { site }, driverIds = new[] { driver }, terms = new { windows = new[] { new { days = Array.Empty<string>(), from = "23:30", to = "00:10" } }, whenWindowEnds = "stop" } });
        await using var station = await scene.Station("PC-1", site);

        (await station.Authorize(badge)).ShouldBe("Blocked");
        var no = await scene.OnlyRefusal($"driverId={driver}");
        no.Text("reason").ShouldBe("outsideWindow");
        no.GetProperty("until").GetDateTimeOffset().ShouldBe(new DateTimeOffset(2026, 3, 2, 22, 30, 0, TimeSpan.Zero));
        no.Text("driver").ShouldContain("23:30");

        await scene.Pass(TimeSpan.FromMinutes(3));
        var yes = (await station.Call("Authorize", new { idTag = badge })).GetProperty("idTagInfo");
        yes.Text("status").ShouldBe("Accepted");
        yes.GetProperty("expiryDate").GetDateTimeOffset().ShouldBe(new DateTimeOffset(2026, 3, 2, 23, 10, 0, TimeSpan.Zero));
        var transaction = await station.Start(1, badge, 1000, scene.Now);

        await scene.Pass(TimeSpan.FromMinutes(41));
        var stop = await scene.Asked(station, "RemoteStopTransaction");
        stop.GetProperty("transactionId").GetInt64().ShouldBe(transaction);
        (await station.Authorize(badge)).ShouldBe("Accepted"); // whoever charges may end it and free the cable
        await station.Stop(transaction, 9000, scene.Now, "Remote");
        var session = await scene.Session("PC-1");
        session.Text("limitReached").ShouldBe("windowEnd");
        (await station.Authorize(badge)).ShouldBe("Blocked");
    }

    [Fact]
    public async Task A_contract_opens_its_own_sites_and_nothing_else()
    {
        await using var scene = await Scene.Start(database, Evening);
        var (own, other) = (await scene.Site("Eigener"), await scene.Site("Fremder"));
        var (driver, badge) = await scene.Resident("Berta");
        await scene.Contract(new { name = "Nur hier", sites = new[] { own }, driverIds = new[] { driver } });
        await using var here = await scene.Station("S-1", own);
        await using var there = await scene.Station("S-2", other);

        (await here.Authorize(badge)).ShouldBe("Accepted");
        (await there.Authorize(badge)).ShouldBe("Blocked");
        (await scene.OnlyRefusal("stationId=S-2")).Text("reason").ShouldBe("noContractHere");
    }

    [Fact]
    public async Task A_budget_counts_what_runs_warns_at_four_fifths_and_ends_the_session_that_overruns_it()
    {
        await using var scene = await Scene.Start(database, Evening);
        var (driver, badge) = await scene.Resident("Carl");
        var contract = await scene.Contract(new { name = "Zehn im Monat", driverIds = new[] { driver }, terms = new { budget = new { energyWh = 10_000 }, whenBudgetEnds = "stop" } });
        await using var station = await scene.Station("B-1");
        var first = await station.Start(1, badge, 0, scene.Now);
        await scene.Pass(TimeSpan.FromMinutes(40));
        await station.Stop(first, 7000, scene.Now);

        var second = await station.Start(1, badge, 7000, scene.Now);
        await scene.Pass(TimeSpan.FromMinutes(20));
        await station.Energy(1, second, 8500, scene.Now);
        await scene.Until(async () => await scene.Scalar<long>("select count(*) from contract where warned_for = '2026-03-01'") == 1);
        var usage = await scene.Api.Json($"/api/v1/contracts/{contract}/usage");
        usage.GetProperty("energyWh").GetInt64().ShouldBe(8500);
        usage.GetProperty("share").GetDecimal().ShouldBe(0.85m);

        await scene.Pass(TimeSpan.FromMinutes(20));
        await station.Energy(1, second, 10_200, scene.Now);
        (await scene.Asked(station, "RemoteStopTransaction")).GetProperty("transactionId").GetInt64().ShouldBe(second);
        await station.Stop(second, 10_300, scene.Now, "Remote");

        (await station.Authorize(badge)).ShouldBe("Blocked");
        (await scene.OnlyRefusal($"contractId={contract}")).Text("reason").ShouldBe("budgetUsedUp");
        (await scene.Session("B-1")).Text("limitReached").ShouldBe("budget");
    }

    [Fact]
    public async Task A_budget_in_money_counts_the_live_cost_of_sessions_that_run()
    {
        await using var scene = await Scene.Start(database, Evening);
        var (driver, badge) = await scene.Resident("Dora", concurrent: 2);
        await scene.Contract(new { name = "Fünf Euro", driverIds = new[] { driver }, terms = new { budget = new { money = 5m } } });
        await using var station = await scene.Station("M-1");
        await using var other = await scene.Station("M-2");
        var transaction = await station.Start(1, badge, 0, scene.Now);
        (await other.Authorize(badge)).ShouldBe("Accepted");
        await scene.Pass(TimeSpan.FromMinutes(40));
        await station.Energy(1, transaction, 10_000, scene.Now); // 10 kWh at 0.50 net, 19 %: 5.95

        await scene.Until(async () => await other.Authorize(badge) == "Blocked");
        (await scene.OnlyRefusal("stationId=M-2")).Text("reason").ShouldBe("budgetUsedUp");
    }

    [Fact]
    public async Task A_contract_and_its_group_choose_the_tariff()
    {
        await using var scene = await Scene.Start(database, Evening);
        var (cheap, own) = (await scene.Tariff("Mitglieder", 0.30m), await scene.Tariff("Nur wir", 0.20m));
        await scene.Api.Put("/api/v1/assignments", new { level = "group", target = "MEMBERS", tariffId = cheap }).Is(HttpStatusCode.OK);
        var (member, badge) = await scene.Resident("Emil");
        var (partner, other) = await scene.Resident("Frida");
        await scene.Contract(new { name = "Mitglied", tariffGroup = "MEMBERS", costCentre = "4711", driverIds = new[] { member } });
        await scene.Contract(new { name = "Partner", tariffId = own, driverIds = new[] { partner } });
        await using var station = await scene.Station("T-1");
        (await scene.Api.Json($"/api/v1/tariffs/resolve?evse=T-1&token={badge}")).ToString().ShouldContain(cheap);

        (await scene.Charge(station, badge, 10_000)).Net().ShouldBe(3.00m);
        (await scene.Charge(station, other, 10_000)).Net().ShouldBe(2.00m);
        (await scene.Scalar<long>("select count(*) from charge_detail_record where cost_centre = '4711'")).ShouldBe(1);
    }

    [Fact]
    public async Task A_contract_allows_so_many_sessions_at_once()
    {
        await using var scene = await Scene.Start(database, Evening);
        var (first, badge) = await scene.Resident("Gert");
        var (second, other) = await scene.Resident("Hilde");
        await scene.Contract(new { name = "Einer zur Zeit", driverIds = new[] { first, second }, terms = new { concurrentSessions = 1 } });
        await using var station = await scene.Station("C-1");
        await using var next = await scene.Station("C-2");
        var transaction = await station.Start(1, badge, 0, scene.Now);

        (await next.Authorize(other)).ShouldBe("ConcurrentTx");
        await station.Stop(transaction, 100, scene.Now);
        (await next.Authorize(other)).ShouldBe("Accepted");
    }

    [Fact]
    public async Task A_badge_reported_lost_is_refused_at_once_and_the_operator_sees_where()
    {
        await using var scene = await Scene.Start(database, Evening);
        var (driver, badge) = await scene.Resident("Ida");
        await using var station = await scene.Station("L-1");
        (await station.Authorize(badge)).ShouldBe("Accepted");
        await scene.Api.Patch($"/api/v1/id-tokens/{badge}", new { status = "lost" }).Is(HttpStatusCode.OK);

        (await station.Authorize(badge)).ShouldBe("Blocked");
        var no = await scene.OnlyRefusal($"idToken={badge}");
        no.Text("reason").ShouldBe("lost");
        no.Text("stationId").ShouldBe("L-1");
        (await scene.OnlyRefusal($"driverId={driver}")).Text("id").ShouldBe(no.Text("id"));
    }

    [Fact]
    public async Task A_voucher_pays_once_never_more_than_is_owed_and_is_used_up()
    {
        await using var scene = await Scene.Start(database, Evening);
        var site = await scene.Site("Markt");
        var batch = await scene.Api.Post("/api/v1/vouchers", new { name = "Kundentag", grants = "money", amount = 5m, sites = new[] { site } }).Is(HttpStatusCode.Created);
        var code = (await scene.Api.Json($"/api/v1/vouchers/{batch.Text("id")}/codes")).GetProperty("items")[0].Text("code");
        await using var station = await scene.Station("V-1", site);
        await using var elsewhere = await scene.Station("V-2");

        (await scene.Redeem("V-2", code)).ShouldBe(new Redeemed.Refused(CodeRefusal.NotHere));
        var token = (await scene.Redeem("V-1", code.ToLowerInvariant().Replace("-", " ", StringComparison.Ordinal))).ShouldBeOfType<Redeemed.Accepted>().Token;
        token.Length.ShouldBeLessThanOrEqualTo(20);
        (await scene.Redeem("V-1", code)).ShouldBeOfType<Redeemed.Accepted>().Token.ShouldBe(token); // tried again before the start
        (await scene.Redeem("V-1/1", code)).ShouldBe(new Redeemed.Refused(CodeRefusal.UsedUp));

        var session = await scene.Charge(station, token, 6000); // 6 kWh: 3.00 net, 3.57 gross
        session.GetProperty("cost").Text("inclVat").ShouldBe("0.00");
        session.GetProperty("cost").Text("exclVat").ShouldBe("0.00");
        var line = session.GetProperty("cost").GetProperty("lines").EnumerateArray().Single(l => l.Text("type") == "VOUCHER");
        line.Text("inclVat").ShouldBe("-3.57");
        (await scene.Scalar<decimal>("select remaining from charge_code")).ShouldBe(1.43m);
        (await scene.Redeem("V-1", code)).ShouldBe(new Redeemed.Refused(CodeRefusal.UsedUp));
        (await station.Authorize(token)).ShouldBe("Blocked");
    }

    [Fact]
    public async Task Free_energy_ends_the_session_when_it_has_been_taken()
    {
        await using var scene = await Scene.Start(database, Evening);
        var batch = await scene.Api.Post("/api/v1/vouchers", new { name = "Zehn", grants = "energy", amount = 10_000 }).Is(HttpStatusCode.Created);
        var code = (await scene.Api.Json($"/api/v1/vouchers/{batch.Text("id")}/codes")).GetProperty("items")[0].Text("code");
        await using var station = await scene.Station("F-1");
        var token = (await scene.Redeem("F-1", code)).ShouldBeOfType<Redeemed.Accepted>().Token;
        var transaction = await station.Start(1, token, 0, scene.Now);
        await scene.Pass(TimeSpan.FromMinutes(40));
        await station.Energy(1, transaction, 10_000, scene.Now);
        await scene.Asked(station, "RemoteStopTransaction");
        await station.Stop(transaction, 12_500, scene.Now, "Remote");

        var session = await scene.Priced("F-1");
        session.Text("limitReached").ShouldBe("code");
        session.GetProperty("cost").Text("inclVat").ShouldBe("1.49"); // 12.5 kWh: 7.4375 gross, of which four fifths are free
    }

    [Fact]
    public async Task A_guest_charges_with_a_code_until_the_stay_ends()
    {
        await using var scene = await Scene.Start(database, Evening);
        var hotel = await scene.Site("Hotel");
        var guest = await scene.Api.Post("/api/v1/guest-codes", new { label = "Zimmer 12", validUntil = scene.Now.AddMinutes(30), siteId = hotel }).Is(HttpStatusCode.Created);
        await using var station = await scene.Station("H-1", hotel);
        var first = (await scene.Redeem("H-1", guest.Text("code"))).ShouldBeOfType<Redeemed.Accepted>().Token;
        (await scene.Redeem("H-1", guest.Text("code"))).ShouldBeOfType<Redeemed.Accepted>().Token.ShouldBe(first);
        await scene.Charge(station, first, 1000);

        await scene.Pass(TimeSpan.FromMinutes(31));
        (await station.Authorize(first)).ShouldBe("Expired");
        (await scene.Redeem("H-1", guest.Text("code"))).ShouldBe(new Redeemed.Refused(CodeRefusal.Expired));
    }

    [Fact]
    public async Task Codes_cannot_be_guessed_by_trying()
    {
        await using var scene = await Scene.Start(database, Evening);
        await using var station = await scene.Station("G-1");
        for (var i = 0; i < 10; i++)
        {
            (await scene.Redeem("G-1", $"AAAA-AAAA-AAA{i}", "203.0.113.7")).ShouldBe(new Redeemed.Refused(CodeRefusal.Unknown));
        }

        (await scene.Redeem("G-1", "AAAA-AAAA-AAAA", "203.0.113.7")).ShouldBe(new Redeemed.Refused(CodeRefusal.TooMany));
        (await scene.Redeem("G-1", "AAAA-AAAA-AAAA", "203.0.113.8")).ShouldBe(new Redeemed.Refused(CodeRefusal.Unknown));
    }

    [Fact]
    public async Task Charging_at_home_is_paid_back_by_the_kilowatt_hour_and_not_invoiced()
    {
        await using var scene = await Scene.Start(database, Evening);
        var home = await scene.Site("Zuhause", "private");
        var (driver, badge) = await scene.Resident("Jana");
        await scene.Contract(new { name = "Dienstwagen", kind = "homeCharging", costCentre = "K1", reimbursementPerKwh = 0.3215m, sites = new[] { home }, driverIds = new[] { driver } });
        await using var station = await scene.Station("W-1", home);
        await scene.Charge(station, badge, 12_340);

        var row = (await scene.Api.Json("/api/v1/contracts/reimbursements?month=2026-03")).GetProperty("items").EnumerateArray().ShouldHaveSingleItem();
        row.GetProperty("energyWh").GetInt64().ShouldBe(12_340);
        row.GetProperty("amount").Text("amount").ShouldBe("3.97"); // 12.34 × 0.3215 = 3.96731
        (await scene.Api.GetStringAsync("/api/v1/contracts/reimbursements.csv?month=2026-03")).ShouldContain("Jana");
        (await scene.Scalar<string>("select billing from charge_detail_record")).ShouldBe("none");
    }

    [Fact]
    public async Task A_pool_card_belongs_to_nobody_and_who_drove_is_noted_afterwards()
    {
        await using var scene = await Scene.Start(database, Evening);
        var (driver, _) = await scene.Resident("Kurt");
        var contract = await scene.Contract(new { name = "Pool", kind = "fleetPool", costCentre = "Fuhrpark" });
        var card = (await scene.Api.Post("/api/v1/id-tokens", new { uid = "04AABBCCDDEE80", contractId = contract }).Is(HttpStatusCode.Created)).Text("uid");
        await using var station = await scene.Station("P-1");
        var session = await scene.Charge(station, card, 1000);
        session.Text("costCentre").ShouldBe("Fuhrpark");

        await scene.Api.Put($"/api/v1/sessions/{session.Text("id")}/driver", new { driverId = driver }).Is(HttpStatusCode.NoContent);
        (await scene.Session("P-1")).Text("notedDriverId").ShouldBe(driver);
    }

    [Fact]
    public async Task When_the_window_ends_the_price_may_change_instead()
    {
        await using var scene = await Scene.Start(database, Evening.AddMinutes(3));
        var cheap = await scene.Tariff("Nachts", 0.10m);
        var (driver, badge) = await scene.Resident("Lena");
        await scene.Contract(new { name = "Nacht", tariffId = cheap, driverIds = new[] { driver }, terms = new { windows = new[] { new { days = Array.Empty<string>(), from = "23:30", to = "00:11" } }, whenWindowEnds = "switchPrice" } });
        await using var station = await scene.Station("N-1");
        var begun = scene.Now;
        var transaction = await station.Start(1, badge, 0, begun);
        await scene.Pass(TimeSpan.FromMinutes(40));
        await station.Energy(1, transaction, 10_000, scene.Now);
        await scene.Pass(TimeSpan.FromMinutes(40));
        await station.Stop(transaction, 20_000, scene.Now);

        (await scene.Priced("N-1")).Net().ShouldBe(6.00m); // 10 kWh at 0.10 and 10 kWh at 0.50
    }

    [Fact]
    public async Task A_car_charges_by_its_MAC_as_its_driver_and_only_where_the_driver_agreed()
    {
        await using var scene = await Scene.Start(database, Evening);
        var (driver, _) = await scene.Resident("Mia");
        var car = await scene.Api.Post("/api/v1/vehicles", new { model = "Volkswagen ID.3 Pro", mac = "00:7D:FA:01:02:03", driverId = driver, autocharge = true }).Is(HttpStatusCode.Created);
        car.GetProperty("batteryWh").GetInt64().ShouldBe(58_000);
        car.Text("mac").ShouldBe("007DFA010203");
        await using var station = await scene.Station("A-1");
        (await station.Authorize("VID:007dfa010203")).ShouldBe("Accepted");
        (await scene.Charge(station, "VID:007DFA010203", 1000)).Text("driverId").ShouldBe(driver);
        await scene.Api.Post("/api/v1/vehicles", new { name = "Doppelt", mac = "007DFA010203" }).Is(HttpStatusCode.BadRequest);

        await scene.Api.Patch($"/api/v1/vehicles/{car.Text("id")}", new { autocharge = false }).Is(HttpStatusCode.OK);
        (await station.Authorize("VID:007DFA010203")).ShouldBe("Blocked");
    }

    [Fact]
    public async Task A_station_that_decides_alone_is_not_given_badges_that_a_contract_limits()
    {
        await using var scene = await Scene.Start(database, Evening);
        var (here, elsewhere) = (await scene.Site("Hier"), await scene.Site("Dort"));
        var (_, free) = await scene.Resident("Nora");
        var (limited, atNight) = await scene.Resident("Otto");
        var (listed, offline) = await scene.Resident("Paul");
        var (other, away) = await scene.Resident("Quirin");
        var night = new[] { new { days = Array.Empty<string>(), from = "20:00", to = "07:00" } };
        await scene.Contract(new { name = "Nachts", driverIds = new[] { limited }, terms = new { windows = night } });
        await scene.Contract(new { name = "Auch offline", driverIds = new[] { listed }, terms = new { windows = night, chargesOffline = true } });
        await scene.Contract(new { name = "Dort", driverIds = new[] { other }, sites = new[] { elsewhere } });
        await using var station = await scene.Station("LL-1", here);
        await using var there = await scene.Station("LL-2", elsewhere);

        (await scene.Listed("LL-1")).ShouldBe([free, offline], ignoreOrder: true);
        (await scene.Listed("LL-2")).ShouldBe([free, offline, away], ignoreOrder: true);
        atNight.ShouldNotBeNull();
    }
}
