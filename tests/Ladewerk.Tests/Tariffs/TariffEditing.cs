using System.Globalization;
using System.Net;
using System.Text.Json;
using Ladewerk.Tariffs;
using Ladewerk.Tariffs.Portal;
using Ladewerk.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using static Ladewerk.Tests.Tariffs.Sessions;

namespace Ladewerk.Tests.Tariffs;

/// <summary>The editor's form is a tariff as typed: what goes in comes out, and each step of editing is a pure change.</summary>
public sealed class TariffEditing(Database database)
{
    private static readonly Tariff Rich = Tariff(
        Element(new Restrictions { StartTime = new TimeOnly(6, 0), EndTime = new TimeOnly(18, 0), DayOfWeek = [Weekday.Monday, Weekday.Friday] }, Energy(0.55m, 19m)),
        Element(new Restrictions { StartDate = new DateOnly(2026, 1, 1), EndDate = new DateOnly(2026, 7, 1), Holidays = false, MinKwh = 5m, MaxDuration = 3600 }, Energy(0.49m, 19m), Time(1m, 7m, 300)),
        Element(new Restrictions { ConnectorTypes = ["IEC_62196_T2"], UserGroups = ["staff", "guests"], MinEvsePower = 11m, FirstTimeUser = true }, Parking(6m, 19m, 60)),
        Element(new Restrictions { Reservation = ReservationRestriction.ReservationExpires }, Flat(4m, 19m)),
        Element(new MarketEnergyPrice { Price = 0.6m, Vat = 19m, Factor = 1.1m, Adder = 0.12m, Ceiling = 0.9m })) with
    {
        Id = "t", Version = 3, TaxIncluded = true, Kind = TariffKind.AdHoc, Name = new LocalizedText("Stadt", "Town"),
        MinPrice = new PriceLimit(1m, 1.19m), ValidFrom = At("2026-03-01 00:00").ToUniversalTime(),
        Extensions = new TariffExtensions
        {
            Grace = new Grace(15m),
            Caps = [new Cap(CapPeriod.Session, 12m, [Dimension.ParkingTime]), new Cap(CapPeriod.Night, 5m, [Dimension.ParkingTime], new TimeOnly(22, 0), new TimeOnly(8, 0))],
            FreeAllowance = new FreeAllowance(2m, null, ["shop"]),
            HolidayRegion = "DE-BY",
            Subscription = new Subscription(4.99m, 19m),
        },
    };

    [Theory]
    [InlineData("de-DE")]
    [InlineData("en-GB")]
    public void What_is_shown_is_what_is_stored(string culture)
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        try
        {
            var errors = new FormErrors();
            var read = TariffForm.Of(Rich, Berlin).ToTariff(Rich, Berlin, errors);

            errors.ByField.ShouldBeEmpty();
            // One block per price: an element with two prices becomes two with the same conditions.
            read.Elements.Count.ShouldBe(6);
            var session = Session("2026-03-02 10:00", Charge(120m, 20m), Park(60m));
            Price(read, session).Exact.ShouldBe(Price(Rich, session).Exact);
            Same(read with { Elements = [] }, Rich with { Elements = [] }).ShouldBeTrue();
            Same(TariffForm.Of(read, Berlin).ToTariff(read, Berlin, errors), read).ShouldBeTrue();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("0,49", "0.49")]
    [InlineData("0.49", "0.49")]
    [InlineData("1.234,50", "1234.50")]
    [InlineData("1,234.50", "1234.50")]
    [InlineData("12", "12")]
    [InlineData("x", null)]
    [InlineData("1e9", null)]
    public void Numbers_are_read_as_people_type_them(string text, string? number) =>
        FormNumber.Parse(text).ShouldBe(number is null ? null : decimal.Parse(number, CultureInfo.InvariantCulture));

    [Fact]
    public void Gross_becomes_net_at_the_same_price_for_the_driver()
    {
        var form = Post("net", ("tax", "gross"), ("b0.type", "ENERGY"), ("b0.price", "0.595"), ("b0.vat", "19"));

        (form["tax"], FormNumber.Parse(form.Blocks[0]["price"])).ShouldBe(("net", 0.5m));
    }

    [Fact]
    public void A_new_block_stands_before_the_one_that_always_holds()
    {
        var form = Post("add:ENERGY", ("b0.type", "ENERGY"), ("b0.price", "0.49"), ("b0.vat", "19"));

        form.Blocks.Select(block => block["price"]).ShouldBe(["", "0.49"]);
        form.Blocks[0]["vat"].ShouldBe("19");
    }

    [Theory]
    [InlineData("remove:7")]
    [InlineData("up:-1")]
    [InlineData("drop:x:y")]
    [InlineData("cond:0:wishes")]
    [InlineData("dropCap:3")]
    [InlineData("nonsense")]
    public void A_step_that_makes_no_sense_changes_nothing(string op) =>
        Post(op, ("b0.type", "ENERGY"), ("b0.price", "0.49")).Blocks.Single()["price"].ShouldBe("0.49");

    [Fact]
    public async Task A_tariff_is_made_assigned_and_explained_on_pages()
    {
        await using var host = await LadewerkHost.Start(database);
        var saved = await Send(host, "/portal/tariffs/save", ("nameDe", "Neu"), ("currency", "EUR"), ("tax", "gross"), ("kind", "Regular"), ("blocks", "1"), ("b0.type", "ENERGY"), ("b0.price", "0,49"), ("b0.vat", "19"));
        saved.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var page = saved.Headers.GetValues("HX-Redirect").Single();

        (await Page(host, page)).ShouldContain("0,49 €");
        (await Page(host, page + "/versions")).ShouldContain("0,49 €");
        (await Page(host, "/portal/tariffs")).ShouldContain("Neu");
        (await Page(host, "/portal/tariffs/simulator")).ShouldContain("10,78");
        var assigned = await Send(host, "/portal/tariffs/assign", ("tariffId", page[(page.LastIndexOf('/') + 1)..]), ("target", "Tenant|"), ("priority", "0"));
        assigned.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await Page(host, "/portal/tariffs/assignments")).ShouldContain("/portal/tariffs/unassign/");
        (await Send(host, "/portal/tariffs/save", ("currency", "EUR"), ("blocks", "1"), ("b0.type", "ENERGY"), ("b0.price", "x"))).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await host.Api.GetAsync($"/portal/tariffs/{Guid.NewGuid()}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    private static bool Same(Tariff a, Tariff b) =>
        JsonElement.DeepEquals(JsonSerializer.SerializeToElement(a, TariffJson.Options), JsonSerializer.SerializeToElement(b, TariffJson.Options));

    private static async Task<string> Page(LadewerkHost host, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept-Language", "de" } } };
        var response = await host.Api.SendAsync(request);
        var html = WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync());
        response.StatusCode.ShouldBe(HttpStatusCode.OK, html);
        return html;
    }

    private static async Task<HttpResponseMessage> Send(LadewerkHost host, string path, params (string Name, string Value)[] fields)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Headers = { { "HX-Request", "true" } } };
        request.Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        return await host.Api.SendAsync(request);
    }

    private static TariffForm Post(string op, params (string Name, string Value)[] fields)
    {
        var values = fields.ToDictionary(field => field.Name, field => new StringValues(field.Value));
        values["op"] = op;
        values["blocks"] = "1";
        return TariffForm.Read(new FormCollection(values));
    }
}
