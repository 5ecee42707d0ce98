using System.Runtime.CompilerServices;
using Ladewerk.Billing;
using Ladewerk.Drivers;
using Ladewerk.FakeStripe;
using Ladewerk.Kernel;
using Ladewerk.Payments;
using Ladewerk.Payments.Invoices;
using Ladewerk.Payments.Methods;
using Ladewerk.Tests.Billing;
using Ladewerk.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Ladewerk.Tests.Payments;

/// <summary>The program dies between the provider's answer and its own commit while invoices are collected, at random, again and again: each is paid once.</summary>
public sealed class ContractCrashTests(Database database)
{
    private const int Invoices = 40;

    [Fact]
    public async Task Invoices_are_collected_and_given_back_once_whatever_crashes()
    {
        await using var fake = await FakeServer.Start(0, PaymentScene.Secret, null);
        await using var billing = await BillingHost.Open(database, new Dictionary<string, string?> { ["Stripe:ApiBase"] = fake.Address.ToString(), ["Stripe:SecretKey"] = "sk_test_of_the_tests", ["Stripe:Backoff"] = "00:00:00.001" });
        // Nobody but us takes collections further: each step is made here, until it dies.
        await billing.Host.Services.GetServices<IHostedService>().OfType<CollectionWorker>().Single().StopAsync(CancellationToken.None);
        var chance = new Random(20261122);
        for (var i = 0; i < Invoices; i++)
        {
            var account = await billing.Account($"Payer {i}");
            await billing.Recorded(account, BillingHost.Gross, 2_000 + (i * 137));
            await Gave(billing, fake, account);
        }

        await billing.Run();
        var invoices = await billing.Invoices();
        invoices.Count.ShouldBe(Invoices);
        var crashes = 0;
        foreach (var invoice in invoices)
        {
            await billing.In(services => services.GetRequiredService<PlanCollection>().Run(invoice.Id, isAsked: false, CancellationToken.None));
            crashes += await UntilIt(billing, invoice.Id, chance, CollectionState.Paid);
        }

        foreach (var cancelled in invoices.Where((_, i) => i % 4 == 0))
        {
            await billing.In(services => services.GetRequiredService<CancelInvoice>().Run(cancelled.Id, new CancelRequest("Probe", Rebill: false), CancellationToken.None));
            crashes += await UntilIt(billing, cancelled.Id, chance, CollectionState.Over);
        }

        crashes.ShouldBeGreaterThan(Invoices / 4);
        fake.Books.Intents.Count.ShouldBe(Invoices, "one payment each");
        fake.Books.Intents.ShouldAllBe(i => i.Captures == 1);
        fake.Books.Intents.Sum(i => i.Received).ShouldBe(decimal.ToInt64(invoices.Sum(i => i.Gross) * 100));
        fake.Books.Intents.Sum(i => i.Refunded).ShouldBe(decimal.ToInt64(invoices.Where((_, i) => i % 4 == 0).Sum(i => i.Gross) * 100));
        (await Scalar<long>(billing, "select count(*) as \"Value\" from (select booking_id from ledger_entry group by booking_id having sum(amount) <> 0) odd")).ShouldBe(0);
        (await Scalar<decimal>(billing, "select sum(amount) as \"Value\" from ledger_entry e join ledger_booking b on b.id = e.booking_id where account = 'provider' and kind <> 'fee'"))
            .ShouldBe(fake.Books.Intents.Sum(i => (i.Received - i.Refunded) / 100m));
        (await Scalar<decimal>(billing, "select sum(amount) as \"Value\" from invoice_payment")).ShouldBe(fake.Books.Intents.Sum(i => (i.Received - i.Refunded) / 100m));
    }

    /// <summary>A card is kept at the provider and here.</summary>
    private static async Task Gave(BillingHost billing, FakeServer fake, BillingAccount account)
    {
        var customer = fake.Books.CreateCustomer(new Dictionary<string, string>(StringComparer.Ordinal))["id"]!.GetValue<string>();
        var setup = fake.Books.OpenSetup(new Dictionary<string, string>(StringComparer.Ordinal) { ["customer"] = customer, ["success_url"] = "http://127.0.0.1/" });
        fake.Books.Give(setup.Id, FakeCards.Good, confirmed: true).ShouldBeNull();
        await billing.Db(async db =>
        {
            db.AddRange(
                new PaymentCustomer { TenantId = billing.Tenant, BillingAccountId = account.Id, CustomerId = customer, CreatedAt = BillingHost.Start },
                new PaymentMethod
                {
                    TenantId = billing.Tenant, BillingAccountId = account.Id, ProviderId = setup.Method!.Id, Kind = PaymentMethodKind.Card, Brand = "visa", Last4 = "4242", IsDefault = true, AddedBy = "test", AddedAt = BillingHost.Start,
                });
            return await db.SaveChangesAsync();
        });
    }

    /// <returns>How often it crashed on the way.</returns>
    private static async Task<int> UntilIt(BillingHost billing, InvoiceId id, Random chance, CollectionState wanted)
    {
        for (var crashes = 0; ; crashes++)
        {
            try
            {
                await billing.In(async services =>
                {
                    var crashing = new Crashing(services.GetRequiredService<IPaymentProviders>(), chance);
                    await ActivatorUtilities.CreateInstance<AdvanceCollection>(services, (IPaymentProviders)crashing).Run(id, CancellationToken.None);
                    return true;
                });
                var state = await billing.Db(db => db.Set<InvoiceCollection>().AsNoTracking().Where(c => c.InvoiceId == id).Select(c => c.State).SingleAsync());
                if (state == wanted)
                {
                    return crashes;
                }

                crashes.ShouldBeLessThan(100, state.ToString()); // somebody else was at it in that moment
            }
            catch (CrashException)
            {
                crashes.ShouldBeLessThan(100);
            }
        }
    }

    private static Task<T> Scalar<T>(BillingHost billing, string sql) => billing.Db(db => db.Database.SqlQueryRaw<T>(sql).SingleAsync());

    private sealed class CrashException() : Exception("The program died here.");

    /// <summary>Does what it is asked, and dies before it can say so, in two of five calls.</summary>
    private sealed class Crashing(IPaymentProviders real, Random chance) : IPaymentProviders, IContractProvider
    {
        private IContractProvider provider = null!;

        public string Name => provider.Name;

        public async Task<IPaymentProvider?> Current(CancellationToken ct)
        {
            provider = (IContractProvider)(await real.Current(ct))!;
            return this;
        }

        public Task<HoldPage> OpenHold(HoldRequest request, CancellationToken ct) => provider.OpenHold(request, ct);

        public Task<HoldPage> Page(string id, CancellationToken ct) => Then(provider.Page(id, ct));

        public Task<HoldPage> ClosePage(string id, CancellationToken ct) => Then(provider.ClosePage(id, ct));

        public Task<ProviderPayment> Find(string intentId, CancellationToken ct) => Then(provider.Find(intentId, ct));

        public Task<ProviderPayment> Capture(string intentId, Money amount, string key, CancellationToken ct) => Then(provider.Capture(intentId, amount, key, ct));

        public Task<ProviderPayment> Cancel(string intentId, string key, CancellationToken ct) => Then(provider.Cancel(intentId, key, ct));

        public Task<ProviderPayment> Increase(string intentId, Money total, string key, CancellationToken ct) => Then(provider.Increase(intentId, total, key, ct));

        public Task<ProviderRefund> Refund(string intentId, Guid refund, Money amount, string key, CancellationToken ct) => Then(provider.Refund(intentId, refund, amount, key, ct));

        public Task<ProviderRefund?> FindRefund(string intentId, Guid refund, CancellationToken ct) => Then(provider.FindRefund(intentId, refund, ct));

        public Task<string> Customer(NewCustomer customer, CancellationToken ct) => Then(provider.Customer(customer, ct));

        public Task Forget(string customerId, CancellationToken ct) => provider.Forget(customerId, ct);

        public Task<SetupPage> OpenSetup(SetupRequest request, CancellationToken ct) => Then(provider.OpenSetup(request, ct));

        public Task<SetupPage> Setup(string id, CancellationToken ct) => Then(provider.Setup(id, ct));

        public Task Detach(string methodId, CancellationToken ct) => provider.Detach(methodId, ct);

        public Task<ProviderCharge> Charge(ChargeRequest request, CancellationToken ct) => Then(provider.Charge(request, ct));

        public Task<ProviderCharge?> Sought(Guid chargeId, string customerId, DateTimeOffset since, CancellationToken ct) => Then(provider.Sought(chargeId, customerId, since, ct));

        public Task<ProviderCharge> Charged(string intentId, CancellationToken ct) => Then(provider.Charged(intentId, ct));

        public Task<HoldPage> OpenPayPage(PayPageRequest request, CancellationToken ct) => Then(provider.OpenPayPage(request, ct));

        public Task<ProviderDispute> Dispute(string id, CancellationToken ct) => Then(provider.Dispute(id, ct));

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
