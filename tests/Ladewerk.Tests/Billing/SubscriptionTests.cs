using System.Globalization;
using System.Net;
using Ladewerk.Billing;
using Ladewerk.Billing.Subscriptions;
using Ladewerk.Drivers;
using Ladewerk.Tariffs;
using Ladewerk.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Ladewerk.Tests.Billing;

public sealed class SubscriptionTests(Database database)
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
    private static readonly DateOnly November = new(2026, 11, 1);

    /// <summary>9.99 EUR net a month at 19 %, and 0.39 gross per kWh.</summary>
    private static readonly Tariff Member = BillingHost.Gross with
    {
        Id = Guid.CreateVersion7().ToString(), Extensions = new TariffExtensions { Subscription = new Subscription(9.99m, 19m) },
        Elements = [new TariffElement { Components = [new EnergyPrice { Price = 0.39m, Vat = 19m }] }],
    };

    [Theory]
    [InlineData("2026-01-01", null, 30, "9.99", "11.89")]
    [InlineData("2026-11-19", null, 12, "4.00", "4.76")] // from the day on which it began
    [InlineData("2026-01-01", "2026-11-15", 14, "4.66", "5.55")] // until the day before its end
    [InlineData("2026-12-01", null, 0, "0", "0")]
    public void A_month_costs_the_fee_and_a_part_of_it_the_share_of_its_days(string from, string? until, int days, string net, string gross)
    {
        var stretches = SubscriptionDays.Of(November, Berlin, new InForce(Midnight(from), until is null ? null : Midnight(until)), [Fee(9.99m)]);

        stretches.Sum(s => s.Days).ShouldBe(days);
        stretches.Sum(s => s.Net).ShouldBe(decimal.Parse(net, CultureInfo.InvariantCulture));
        stretches.Sum(s => s.Gross)!.Value.ShouldBe(decimal.Parse(gross, CultureInfo.InvariantCulture));
    }

    [Fact]
    public void A_change_within_the_month_makes_two_stretches_and_the_contracts_own_tariff_goes_before_its_groups()
    {
        var stretches = SubscriptionDays.Of(November, Berlin, new InForce(Midnight("2026-01-01"), null),
        [
            Fee(30m, until: "2026-11-11"), Fee(15m, from: "2026-11-11"), Fee(99m, byContract: false),
        ]);

        stretches.Select(s => (s.From.Day, s.To.Day, s.Days, s.Net)).ShouldBe([(1, 10, 10, 10m), (11, 30, 20, 10m)]);
    }

    [Fact]
    public async Task A_monthly_fee_stands_once_on_the_months_invoice_and_comes_again_when_that_is_cancelled()
    {
        await using var host = await BillingHost.Open(database);
        await host.Store(Member);
        var account = await host.Account();
        var contract = await host.Host.Api.Post("/api/v1/contracts", new { name = "Mitglied", billingAccountId = account.Id.Value, tariffId = Member.Id, validFrom = "2026-11-19T08:00:00Z" }).Is(HttpStatusCode.Created);
        var other = await host.Account("Nur Grundgebühr", language: "en");
        await host.Host.Api.Post("/api/v1/contracts", new { name = "Still", billingAccountId = other.Id.Value, tariffId = Member.Id, validFrom = "2026-11-01T00:00:00Z" }).Is(HttpStatusCode.Created);
        await host.Recorded(account, BillingHost.Gross);

        (await host.Run()).Invoices.ShouldBe(2);
        (await host.Run()).Invoices.ShouldBe(0);
        var invoices = await host.Invoices();
        var mixed = invoices.Single(i => i.BillingAccountId == account.Id);
        mixed.SessionCount.ShouldBe(1);
        var fee = mixed.Lines.Single(l => l.Type == "SUBSCRIPTION");
        (fee.CdrId, fee.Net, fee.Gross, fee.Unit, fee.Quantity).ShouldBe((null, 4.00m, 4.76m, "month", 0.4m));
        fee.Description.ShouldBe($"Test: Grundgebühr November 2026, 12 von 30 Tagen, Vertrag {contract.GetProperty("number").GetString()}");
        var only = invoices.Single(i => i.BillingAccountId == other.Id);
        (only.SessionCount, only.Gross, only.PeriodFrom, only.PeriodTo).ShouldBe((0, 11.89m, new DateOnly(2026, 11, 1), new DateOnly(2026, 11, 30)));
        await EInvoices.RandomInvoices.Check(host, mixed);
        await EInvoices.RandomInvoices.Check(host, only);
        (await PdfTools.Text(await host.Host.Api.GetByteArrayAsync($"/api/v1/invoices/{only.Id.Value}.pdf"))).ShouldContain("basic fee November 2026");

        var charges = (await host.Host.Api.Json($"/api/v1/subscription-charges?billingAccountId={account.Id.Value}")).GetProperty("items");
        charges.GetArrayLength().ShouldBe(1);
        charges[0].GetProperty("invoiceId").GetGuid().ShouldBe(mixed.Id.Value);

        await host.Host.Api.Post($"/api/v1/invoices/{mixed.Id.Value}/cancel", new { reason = "Probe" }).Is(HttpStatusCode.Created);
        (await host.Run()).Invoices.ShouldBe(1);
        var again = (await host.Invoices()).Single(i => i.BillingAccountId == account.Id && i is { Kind: InvoiceKind.Invoice, State: InvoiceState.Issued });
        (again.Gross, again.Preceding.ShouldHaveSingleItem().Number).ShouldBe((mixed.Gross, mixed.Number));
    }

    [Fact]
    public async Task Posting_twice_at_once_charges_once()
    {
        await using var host = await BillingHost.Open(database);
        await host.Store(Member);
        var account = await host.Account();
        await host.Host.Api.Post("/api/v1/contracts", new { name = "Mitglied", billingAccountId = account.Id.Value, tariffId = Member.Id, validFrom = "2026-10-15T08:00:00Z" }).Is(HttpStatusCode.Created);

        var added = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => host.In(services => services.GetRequiredService<PostSubscriptions>().Run(CancellationToken.None))));

        var months = await host.Db(db => db.Set<SubscriptionCharge>().OrderBy(c => c.Month).Select(c => c.Month).ToListAsync());
        months.ShouldBe([new DateOnly(2026, 10, 1), November]);
        added.Sum().ShouldBeLessThanOrEqualTo(2);
    }

    private static AssignedFee Fee(decimal fee, string? from = null, string? until = null, bool byContract = true) => new(
        byContract, 0, DateTimeOffset.UnixEpoch, from is null ? null : Midnight(from), until is null ? null : Midnight(until), Guid.CreateVersion7(), 1, null, null, "Tarif", "EUR", new Subscription(fee, 19m));

    private static DateTimeOffset Midnight(string day)
    {
        var local = DateTime.Parse(day, CultureInfo.InvariantCulture);
        return new DateTimeOffset(local, Berlin.GetUtcOffset(local)).ToUniversalTime();
    }
}
