using Ladewerk.Billing;
using Ladewerk.Sessions;
using Ladewerk.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Ladewerk.Tests.Billing;

public sealed class CdrTests(Database database)
{
    [Fact]
    public async Task An_ended_session_gets_one_record_however_often_it_is_told()
    {
        await using var host = await BillingHost.Open(database);
        var session = await host.Session(await host.Account(), BillingHost.Gross);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Tell(host, session)));

        var record = (await host.Records()).ShouldHaveSingleItem();
        record.Kind.ShouldBe(CdrKind.Original);
        record.EnergyWh.ShouldBe(session.EnergyWh);
        record.InclVat.ShouldBe(5.39m); // 11.004 kWh at 0.49
        record.Place.EvseId.ShouldBe("DE*SMU*E0019*1");
        var shown = await host.Db(db => db.Set<ChargingSession>().AsNoTracking().SingleAsync(s => s.Id == session.Id));
        shown.Cost!.RootElement.GetProperty("inclVat").GetString().ShouldBe("5.39");
    }

    [Fact]
    public async Task A_session_under_review_gets_its_record_after_the_decision()
    {
        await using var host = await BillingHost.Open(database);
        var session = await host.Session(await host.Account(), BillingHost.Gross, needsReview: true);

        await Tell(host, session);
        (await host.Records()).ShouldBeEmpty();

        await host.Execute($"update charging_session set needs_review = false where id = '{session.Id.Value}'");
        await Tell(host, session);
        (await host.Records()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_session_without_a_tariff_is_not_free_but_goes_to_review()
    {
        await using var host = await BillingHost.Open(database);
        var session = await host.Session(await host.Account(), tariff: null);

        await Tell(host, session);
        await Tell(host, session);

        (await host.Records()).ShouldBeEmpty();
        var row = await host.Db(db => db.Set<ChargingSession>().AsNoTracking().SingleAsync(s => s.Id == session.Id));
        row.NeedsReview.ShouldBeTrue();
        row.ReviewReasons.ShouldBe(["noTariff"]);
    }

    [Fact]
    public async Task A_session_of_nobody_is_recorded_and_never_invoiced()
    {
        await using var host = await BillingHost.Open(database);
        await host.Recorded(account: null, BillingHost.Gross);

        (await host.Run()).Invoices.ShouldBe(0);

        (await host.Records()).ShouldHaveSingleItem().Billing.ShouldBe(CdrBilling.None);
    }

    [Fact]
    public async Task Energy_that_comes_after_the_record_makes_a_credit_and_a_correction()
    {
        await using var host = await BillingHost.Open(database);
        var account = await host.Account();
        var session = await host.Session(account, BillingHost.Gross);
        await Tell(host, session);
        await host.Run();

        await host.Execute($"update charging_session set energy_wh = 13004, meter_stop_wh = meter_stop_wh + 2000 where id = '{session.Id.Value}'");
        await Tell(host, session);
        await Tell(host, session);

        var records = await host.Records();
        records.Select(r => (r.Kind, r.Revision, r.InclVat)).ShouldBe(
            [(CdrKind.Original, 1, 5.39m), (CdrKind.Credit, 2, -5.39m), (CdrKind.Correction, 2, 6.37m)], ignoreOrder: true);
        (await host.Run()).Invoices.ShouldBe(1);
        (await host.Invoices()).Select(i => i.Gross).ShouldBe([5.39m, 0.98m]);
    }

    [Fact]
    public async Task A_correction_before_the_invoice_leaves_only_the_new_amount()
    {
        await using var host = await BillingHost.Open(database);
        var session = await host.Session(await host.Account(), BillingHost.Gross);
        await Tell(host, session);
        await host.Execute($"update charging_session set energy_wh = 13004 where id = '{session.Id.Value}'");
        await Tell(host, session);

        await host.Run();

        (await host.Invoices()).ShouldHaveSingleItem().Gross.ShouldBe(6.37m);
        (await host.Records()).Count(r => r.Billing == CdrBilling.Offset).ShouldBe(2);
    }

    [Theory]
    [InlineData("update charge_detail_record set incl_vat = 0")]
    [InlineData("update charge_detail_record set cost = '{}'")]
    [InlineData("delete from charge_detail_record")]
    [InlineData("truncate charge_detail_record cascade")]
    public async Task A_record_never_changes(string attempt)
    {
        await using var host = await BillingHost.Open(database);
        await host.Recorded(await host.Account(), BillingHost.Gross);

        (await Should.ThrowAsync<Npgsql.PostgresException>(() => host.Execute(attempt))).SqlState.ShouldBe("23001");
    }

    internal static Task<bool> Tell(BillingHost host, ChargingSession session) => host.In(async services =>
    {
        await services.GetRequiredService<CreateCdr>().Consume(new SessionEnded(session.Id), CancellationToken.None);
        return true;
    });
}
