using Ladewerk.Billing;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Tariffs;

namespace Ladewerk.Tests.Billing;

/// <summary>What a document says in figures where gross prices were agreed.</summary>
public sealed class GrossPriceTests
{
    [Theory]
    [InlineData(19)]
    [InlineData(7)]
    [InlineData(20)]
    [InlineData(8.1)]
    public void The_tax_is_what_lies_in_the_gross_sum_and_meets_the_standard_wherever_a_net_amount_can(double percent)
    {
        var rate = (decimal)percent;
        var off = 0;
        for (var gross = 0.01m; gross <= 60m; gross += 0.01m)
        {
            var content = InvoiceContent.Of([Record(gross, rate)], consumer: true, VatDecision.AsPriced);

            content.Gross.ShouldBe(gross);
            content.Vat.ShouldBe(gross - content.Net);
            Math.Abs(content.Vat - (gross * rate / (100m + rate))).ShouldBeLessThanOrEqualTo(0.005m);
            var byNet = Cents(content.Net * rate / 100m);
            Math.Abs(content.Vat - byNet).ShouldBeLessThanOrEqualTo(0.01m);
            if (content.Vat != byNet)
            {
                // No net amount leads to this sum: the one below falls short of it, the next one goes beyond.
                off++;
                Enumerable.Range(-3, 7).Select(cents => content.Net + (cents * 0.01m)).ShouldNotContain(net => net + Cents(net * rate / 100m) == gross);
            }
        }

        off.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void The_agreed_side_is_the_sum_of_the_records_to_the_cent()
    {
        var random = new Random(14);
        for (var n = 0; n < 500; n++)
        {
            List<ChargeDetailRecord> records = [.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => Record(random.Next(1, 9000) / 100m, random.Next(2) == 0 ? 19m : 7m, pricesGross: random.Next(2) == 0))];

            var consumer = InvoiceContent.Of(records, consumer: true, VatDecision.AsPriced);
            consumer.Gross.ShouldBe(records.Sum(r => r.InclVat!.Value));
            var company = InvoiceContent.Of(records.FindAll(r => !r.PricesGross) is { Count: > 0 } net ? net : records, consumer: false, VatDecision.AsPriced);
            if (records.Exists(r => !r.PricesGross))
            {
                company.Net.ShouldBe(records.Where(r => !r.PricesGross).Sum(r => r.ExclVat!.Value));
            }

            foreach (var content in (InvoiceContent[])[consumer, company])
            {
                (content.Net + content.Vat).ShouldBe(content.Gross);
                content.VatLines.ShouldAllBe(v => content.Lines.Where(l => l.VatRate == v.Rate).Sum(l => l.Net) == v.Net && content.Lines.Where(l => l.VatRate == v.Rate).Sum(l => l.Gross) == v.Gross);
            }
        }
    }

    [Fact]
    public void What_is_booked_for_a_session_paid_on_the_spot_is_the_tax_of_its_receipt()
    {
        var random = new Random(33);
        for (var n = 0; n < 300; n++)
        {
            var record = Record(random.Next(1, 9000) / 100m, 19m);
            InvoiceContent.VatAtThePoint(record).ShouldBe(InvoiceContent.Of([record], consumer: true, VatDecision.AsPriced).Vat);
        }
    }

    private static decimal Cents(decimal amount) => decimal.Round(amount, 2, MidpointRounding.AwayFromZero);

    private static ChargeDetailRecord Record(decimal gross, decimal rate, bool pricesGross = true)
    {
        var net = Cents(gross * 100m / (100m + rate));
        var line = new CostLine("ENERGY", 10m, "kWh", gross / 10m, net, rate, gross, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddHours(1), 0);
        return new ChargeDetailRecord
        {
            TenantId = default, SessionId = SessionId.New(), Kind = CdrKind.Original, Revision = 1, Place = new PlaceFacts("Rathaus", null, null, null, "DE", "S", "S", "DE*X*E1*1"), TimeZone = "Europe/Berlin",
            StartedAt = DateTimeOffset.UnixEpoch, EndedAt = DateTimeOffset.UnixEpoch.AddHours(1), MeterStartWh = new WattHours(0), EnergyWh = new WattHours(10_000), TariffId = Guid.Empty, TariffVersion = 1,
            PricesGross = pricesGross, Currency = "EUR", ExclVat = net, InclVat = gross, CreatedAt = DateTimeOffset.UnixEpoch,
            Cost = new Cost("EUR", net, gross, [new VatAmount(rate, gross - net)], [line], new ExactTotals(net, gross), []),
        };
    }
}
