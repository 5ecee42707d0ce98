using System.Text.Json;
using Ladewerk.Billing;
using Ladewerk.Kernel;
using Ladewerk.Tests.Billing;
using Ladewerk.Tests.Hosting;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Tests.Payments;

/// <summary>A month at random, while connections break, answers are lost and the program starts anew: at its end every sum agrees with every other.</summary>
public sealed class MonthTests(Database database)
{
    [Fact]
    public async Task After_a_month_with_faults_records_invoices_payments_and_ledger_agree()
    {
        await using var month = await Month.Open(database, seed: 20261130);
        await month.Sessions(contract: 70, guests: 30);

        await month.Live(deeds: 220);
        await month.Close();

        await month.ShouldHaveBilledEverySessionOnce();
        await month.ShouldHaveTakenFromCardsWhatSessionsCost();
        await month.ShouldHaveGaplessNumbers();
        var sums = (await month.Billing.Host.Api.Json("/api/v1/ledger/agreement")).GetProperty("items").EnumerateArray().ToList();
        sums.ShouldAllBe(sum => sum.GetProperty("agrees").GetBoolean(), string.Join('\n', sums));
        Sum(sums, "received").ShouldBe(month.Received);
        Sum(sums, "captured").ShouldBe(month.Taken);
        Sum(sums, "refunded").ShouldBe(month.GivenBack);
        (await month.Billing.Db(db => db.Database.SqlQuery<long>($"select count(*) as \"Value\" from (select booking_id from ledger_entry group by booking_id having sum(amount) <> 0) odd").SingleAsync())).ShouldBe(0);
        (await month.Billing.Db(db => db.Set<Invoice>().SumAsync(i => i.Vat))).ShouldBe(await month.Billing.Db(db => db.Database.SqlQuery<decimal>(
            $"""
            select -sum(e.amount) as "Value" from ledger_entry e join ledger_booking b on b.id = e.booking_id left join payment p on p.id = b.payment_id
            where e.account = 'vat' and b.kind = 'sale' and (p.id is null or p.state = 'captured')
            """).SingleAsync()));
    }

    private static decimal Sum(List<JsonElement> sums, string what) =>
        decimal.Parse(sums.Single(s => s.GetProperty("what").GetString() == what).GetProperty("ledger").GetProperty("amount").GetString()!, System.Globalization.CultureInfo.InvariantCulture);
}
