using System.Runtime.CompilerServices;
using Ladewerk.Billing;
using Ladewerk.FakeStripe;
using Ladewerk.Kernel;
using Ladewerk.Payments;
using Ladewerk.Sessions;
using Ladewerk.Tests.Billing;
using Ladewerk.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Ladewerk.Tests.Payments;

/// <summary>The program dies between the provider's yes and its own commit, at random, again and again: money moves once all the same.</summary>
public sealed class PaymentCrashTests(Database database)
{
    private const int Payments = 200;

    [Fact]
    public async Task Two_hundred_payments_survive_crashes_at_any_point()
    {
        await using var fake = await FakeServer.Start(0, PaymentScene.Secret, null);
        await using var billing = await BillingHost.Open(database, new Dictionary<string, string?> { ["Stripe:ApiBase"] = fake.Address.ToString(), ["Stripe:SecretKey"] = "sk_test_of_the_tests", ["Stripe:Backoff"] = "00:00:00.001" });
        var chance = new Random(20261121);
        var payments = new List<(PaymentId Id, FakeIntent Intent, decimal Price)>();
        for (var i = 0; i < Payments; i++)
        {
            payments.Add(await Charged(billing, fake, 2_000 + (i * 137)));
        }

        var crashes = 0;
        await Parallel.ForEachAsync(payments, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (payment, _) =>
        {
            Interlocked.Add(ref crashes, await UntilOver(billing, payment.Id, chance, PaymentState.Captured));
            if (payment.Intent.Received % 2 == 0)
            {
                await billing.In(services => services.GetRequiredService<RefundPayment>().Run(payment.Id, new RefundWish(1.00m), CancellationToken.None));
                Interlocked.Add(ref crashes, await UntilOver(billing, payment.Id, chance, PaymentState.Captured));
            }
        });

        crashes.ShouldBeGreaterThan(Payments / 2);
        foreach (var (_, intent, price) in payments)
        {
            (intent.Captures, intent.Received).ShouldBe((1, decimal.ToInt64(price * 100)));
            intent.Refunded.ShouldBe(intent.Received % 2 == 0 ? 100 : 0);
        }

        var moved = await billing.Db(db => db.Database.SqlQuery<decimal>($"select sum(amount) as \"Value\" from ledger_entry e join ledger_booking b on b.id = e.booking_id where account = 'provider' and kind <> 'fee'").SingleAsync());
        moved.ShouldBe(payments.Sum(p => (p.Intent.Received - p.Intent.Refunded) / 100m));
        var unbalanced = await billing.Db(db => db.Database.SqlQuery<long>($"select count(*) as \"Value\" from (select booking_id from ledger_entry group by booking_id having sum(amount) <> 0) odd").SingleAsync());
        unbalanced.ShouldBe(0);
        // CDRs, payments and ledger say the same.
        var sold = await billing.Db(db => db.Database.SqlQuery<decimal>($"select -sum(amount) as \"Value\" from ledger_entry e join ledger_booking b on b.id = e.booking_id where account in ('revenue', 'vat') and kind = 'sale'").SingleAsync());
        sold.ShouldBe(payments.Sum(p => p.Price));
    }

    /// <summary>A payment whose session is over and priced, with the card held at the provider.</summary>
    private static async Task<(PaymentId Id, FakeIntent Intent, decimal Price)> Charged(BillingHost billing, FakeServer fake, long wattHours)
    {
        var session = await billing.Session(null, BillingHost.Gross, wattHours);
        var record = (await billing.Record(session, BillingHost.Gross))[^1];
        var intent = fake.Books.NewIntent(6000, "eur", manual: true, payment: null, increments: false);
        fake.Books.Confirm(intent, PaymentScene.Good, confirmed: true);
        var payment = new Payment
        {
            TenantId = billing.Tenant, StationId = session.StationId, EvseNumber = 1, Evse = "DE*SMU*E0019*1", LinkHash = Guid.NewGuid().ToByteArray(), Currency = "EUR", Hold = 60, Language = "de",
            LinkSealed = "", State = PaymentState.Charging, IntentId = intent.Id, SessionId = session.Id, HeldAt = session.StartedAt, CreatedAt = session.StartedAt,
        };
        await billing.Db(async db =>
        {
            db.Add(payment);
            return await db.SaveChangesAsync();
        });
        return (payment.Id, intent, record.InclVat!.Value);
    }

    /// <returns>How often it crashed on the way.</returns>
    private static async Task<int> UntilOver(BillingHost billing, PaymentId id, Random chance, PaymentState wanted)
    {
        for (var crashes = 0; ; crashes++)
        {
            try
            {
                await billing.In(async services =>
                {
                    var crashing = new Crashing(services.GetRequiredService<IPaymentProviders>(), chance);
                    await ActivatorUtilities.CreateInstance<AdvancePayment>(services, (IPaymentProviders)crashing).Run(id, CancellationToken.None);
                    return true;
                });
                (await billing.Db(db => db.Set<Payment>().AsNoTracking().Where(p => p.Id == id).Select(p => p.State).SingleAsync())).ShouldBe(wanted);
                return crashes;
            }
            catch (CrashException)
            {
                crashes.ShouldBeLessThan(100);
            }
        }
    }

    private sealed class CrashException() : Exception("The program died here.");

    /// <summary>Does what it is asked, and dies before it can say so, in two of five calls.</summary>
    private sealed class Crashing(IPaymentProviders real, Random chance) : IPaymentProviders, IPaymentProvider
    {
        private IPaymentProvider provider = null!;

        public string Name => provider.Name;

        public async Task<IPaymentProvider?> Current(CancellationToken ct)
        {
            provider = (await real.Current(ct))!;
            return this;
        }

        public Task<HoldPage> OpenHold(HoldRequest request, CancellationToken ct) => Then(provider.OpenHold(request, ct));

        public Task<HoldPage> Page(string id, CancellationToken ct) => Then(provider.Page(id, ct));

        public Task<HoldPage> ClosePage(string id, CancellationToken ct) => Then(provider.ClosePage(id, ct));

        public Task<ProviderPayment> Find(string intentId, CancellationToken ct) => Then(provider.Find(intentId, ct));

        public Task<ProviderPayment> Capture(string intentId, Money amount, string key, CancellationToken ct) => Then(provider.Capture(intentId, amount, key, ct));

        public Task<ProviderPayment> Cancel(string intentId, string key, CancellationToken ct) => Then(provider.Cancel(intentId, key, ct));

        public Task<ProviderPayment> Increase(string intentId, Money total, string key, CancellationToken ct) => Then(provider.Increase(intentId, total, key, ct));

        public Task<ProviderRefund> Refund(string intentId, Guid refund, Money amount, string key, CancellationToken ct) => Then(provider.Refund(intentId, refund, amount, key, ct));

        public Task<ProviderRefund?> FindRefund(string intentId, Guid refund, CancellationToken ct) => Then(provider.FindRefund(intentId, refund, ct));

        public async IAsyncEnumerable<ProviderMovement> Movements(DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken ct)
        {
            await foreach (var movement in provider.Movements(from, to, ct))
            {
                yield return movement;
            }
        }

        private async Task<T> Then<T>(Task<T> done)
        {
            var result = await done;
            lock (chance)
            {
                return chance.NextDouble() < 0.4 ? throw new CrashException() : result;
            }
        }
    }
}
