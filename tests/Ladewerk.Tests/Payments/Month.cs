using System.Globalization;
using System.Net.Http.Json;
using Ladewerk.Billing;
using Ladewerk.Drivers;
using Ladewerk.FakeStripe;
using Ladewerk.Kernel;
using Ladewerk.Payments;
using Ladewerk.Sessions;
using Ladewerk.Tariffs;
using Ladewerk.Tests.Billing;
using Ladewerk.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Ladewerk.Tests.Payments;

/// <summary>
/// An operator's month: sessions with and without contract, readings that come late, runs, cancellations, transfers, cards, refunds; and what it
/// should come to, kept by plain arithmetic beside the product.
/// </summary>
internal sealed class Month : IAsyncDisposable
{
    private const int Hands = 3;

    /// <summary>On a slow machine everything would be broken again and again.</summary>
    private const int MostBroken = 60;
    private readonly Random chance;
    private readonly Lock gate = new();
    private readonly List<Sold> sold = [];
    private readonly Dictionary<string, decimal> transfers = [];
    private readonly Dictionary<BillingAccountId, decimal> forgiven = [];

    private Month(BillingHost billing, FakeServer fake, Random chance) => (Billing, Fake, this.chance) = (billing, fake, chance);

    public BillingHost Billing { get; }

    public decimal Received => transfers.Values.Sum();

    public decimal Taken => Fake.Books.Intents.Sum(i => i.Received) / 100m;

    public decimal GivenBack => Fake.Books.Intents.Sum(i => i.Refunded) / 100m;

    private FakeServer Fake { get; }

    public static async Task<Month> Open(Database database, int seed)
    {
        var fake = await FakeServer.Start(0, PaymentScene.Secret, null);
        var billing = await BillingHost.Open(
            database,
            new Dictionary<string, string?>
            {
                ["Stripe:ApiBase"] = fake.Address.ToString(), ["Stripe:SecretKey"] = "sk_test_of_the_tests", ["Stripe:Backoff"] = "00:00:00.001",
                ["Outbox:MaxAttempts"] = "50", ["Billing:DocumentPoll"] = "01:00:00", ["Billing:WeasyPrint"] = "/nowhere", // pages are looked at elsewhere
            },
            new Hasty(new DateTimeOffset(2026, 12, 1, 5, 0, 0, TimeSpan.Zero)));
        return new Month(billing, fake, new Random(seed));
    }

    public async ValueTask DisposeAsync()
    {
        await Billing.DisposeAsync();
        await Fake.DisposeAsync();
    }

    /// <summary>What was charged in the month; not yet told to anybody.</summary>
    public async Task Sessions(int contract, int guests)
    {
        var accounts = new List<BillingAccount>();
        for (var i = 0; i < 9; i++)
        {
            accounts.Add(await Billing.Account($"Kunde {i}", company: i % 3 == 0 ? $"Firma {i} GmbH" : null));
        }

        for (var i = 0; i < contract + guests; i++)
        {
            var account = i < contract ? accounts[chance.Next(accounts.Count)] : null;
            var tariff = account?.Company is null ? BillingHost.Gross : BillingHost.NetMixed;
            var energy = chance.Next(8) == 0 ? 0 : chance.NextInt64(200, account is null ? 150_000 : 80_000);
            var session = await Billing.Session(account, tariff, energy, BillingHost.Start.AddDays(-9).AddMinutes(chance.Next(20 * 1440)));
            sold.Add(new Sold(session, account?.Id, tariff, energy, account is null ? await Hold(session) : null));
        }
    }

    /// <summary>Does this and that at random, several at a time, while things break.</summary>
    public async Task Live(int deeds)
    {
        using var over = new CancellationTokenSource();
        var breaking = BreakConnections(over.Token);
        var left = deeds;
        var hands = Enumerable.Range(0, Hands).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                await Deed();
            }
        }));
        await Task.WhenAll(hands);
        await over.CancelAsync();
        await breaking;
        await Billing.Host.Restart();
    }

    /// <summary>The month's end: every session is told, everything is invoiced, and what is on its way arrives.</summary>
    public async Task Close()
    {
        foreach (var one in sold)
        {
            await Tell(one);
        }

        await Cancel(rebill: false);
        await Until("payments are over", () => Count("select count(*) from payment where state not in ('captured', 'released') or due_at is not null or lease_until is not null"));
        await Until("refunds are made", () => Count("select count(*) from payment_refund where state = 'asked'"));
        for (var i = 0; i < 3; i++)
        {
            (await Billing.Run()).State.ShouldBe(RunState.Finished);
        }

        await Until("events have arrived", () => Count("select count(*) from outbox"));
        await Until("transfers are booked", async () =>
        {
            Billing.Host.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<ReceivedPayments>().Single().Ring();
            return await Count("select count(*) from invoice_payment p where not exists (select from ledger_booking b where b.key = 'received:' || replace(p.id::text, '-', ''))");
        });
    }

    public async Task ShouldHaveBilledEverySessionOnce()
    {
        var records = await Billing.Records();
        foreach (var one in sold)
        {
            var mine = records.Where(r => r.SessionId == one.Session.Id).ToList();
            (one.IsNet ? mine.Sum(r => r.ExclVat!.Value) : mine.Sum(r => r.InclVat!.Value)).ShouldBe(one.Price, $"{one.EnergyWh} Wh");
            mine.ShouldAllBe(r => r.Billing != CdrBilling.Open);
        }

        var standing = (await Billing.Invoices()).Where(i => i is { Kind: InvoiceKind.Invoice or InvoiceKind.Correction, State: InvoiceState.Issued }).ToList();
        foreach (var account in sold.Where(s => s.Account is not null).GroupBy(s => s.Account))
        {
            var invoices = standing.Where(i => i.BillingAccountId == account.Key).ToList();
            var due = account.Sum(s => s.Price) - forgiven.GetValueOrDefault(account.Key!.Value);
            (account.First().IsNet ? invoices.Sum(i => i.Net) : invoices.Sum(i => i.Gross)).ShouldBe(due);
        }
    }

    public async Task ShouldHaveTakenFromCardsWhatSessionsCost()
    {
        foreach (var one in sold.Where(s => s.Card is not null))
        {
            var payment = await Billing.Db(db => db.Set<Payment>().AsNoTracking().SingleAsync(p => p.Id == one.Card!.Value));
            var intent = Fake.Books.Intent(payment.IntentId!);
            var taken = one.First < 0.50m ? 0m : decimal.Min(one.First!.Value, payment.Hold);
            (intent.Captures, payment.Captured).ShouldBe((taken > 0 ? 1 : 0, taken));
            (intent.Received, intent.Refunded).ShouldBe((Cents(payment.Captured), Cents(payment.Refunded)));
            payment.Refunded.ShouldBeGreaterThanOrEqualTo(decimal.Max(0, payment.Captured - one.Price));
        }
    }

    public async Task ShouldHaveGaplessNumbers()
    {
        foreach (var series in (await Billing.Invoices()).GroupBy(i => i.Kind))
        {
            series.Select(i => i.Sequence).Order().ShouldBe(Enumerable.Range(1, series.Count()));
        }
    }

    private int Next(int below)
    {
        lock (gate)
        {
            return chance.Next(below);
        }
    }

    private async Task Deed()
    {
        var one = sold[Next(sold.Count)];
        await (Next(100) switch
        {
            < 45 => InTurn(one, Tell),
            < 58 => InTurn(one, Late),
            < 66 => Again(() => Billing.Run(one.Account)),
            < 74 => Cancel(),
            < 88 => Transfer(),
            < 96 => GiveBack(one),
            _ => Task.Run(() => Fake.LoseAnswers(3)),
        });
    }

    private static async Task InTurn(Sold one, Func<Sold, Task> deed)
    {
        await one.Turn.WaitAsync();
        try
        {
            await deed(one);
        }
        finally
        {
            one.Turn.Release();
        }
    }

    /// <summary>Its end is told, perhaps twice at a time.</summary>
    private async Task Tell(Sold one)
    {
        await Again(() => Task.WhenAll(CdrTests.Tell(Billing, one.Session), CdrTests.Tell(Billing, one.Session)));
        if (one.Card is { } card)
        {
            await Again(() => Execute($"update payment set due_at = '{Billing.Time.GetUtcNow():O}' where id = '{card.Value}'"));
            await Until("its card is looked at", () => Count($"select count(*) from payment where id = '{card.Value}' and state = 'charging'"));
        }

        one.First ??= one.Price;
    }

    /// <summary>A reading that came late makes it dearer or cheaper.</summary>
    private async Task Late(Sold one)
    {
        if (one.First is null or 0)
        {
            return;
        }

        var energy = one.EnergyWh = 1_000 + Next(120_000);
        await Again(() => Execute($"update charging_session set energy_wh = {energy}, meter_stop_wh = meter_start_wh + {energy} where id = '{one.Session.Id.Value}'"));
        await Tell(one);
    }

    private async Task Cancel(bool rebill = true)
    {
        var invoices = await Again(() => Billing.Db(db => db.Set<Invoice>().AsNoTracking().Where(i => i.Kind == InvoiceKind.Invoice && i.State == InvoiceState.Issued).ToListAsync()));
        if (invoices.Count == 0)
        {
            return;
        }

        var invoice = invoices[Next(invoices.Count)];
        await Again(() => Billing.In(services => services.GetRequiredService<CancelInvoice>().Run(invoice.Id, new CancelRequest("Zufall", rebill), CancellationToken.None)));
        if (!rebill)
        {
            forgiven[invoice.BillingAccountId!.Value] = forgiven.GetValueOrDefault(invoice.BillingAccountId.Value) + (sold.First(s => s.Account == invoice.BillingAccountId).IsNet ? invoice.Net : invoice.Gross);
        }
    }

    /// <summary>A customer transfers all or a part, and the bank tells it twice.</summary>
    private async Task Transfer()
    {
        var invoices = await Again(() => Billing.Db(db => db.Set<Invoice>().AsNoTracking().Where(i => i.Kind == InvoiceKind.Invoice && i.Gross > i.Paid).ToListAsync()));
        NewInvoicePayment payment;
        Invoice invoice;
        lock (gate)
        {
            if (invoices.Count == 0)
            {
                return;
            }

            invoice = invoices[chance.Next(invoices.Count)];
            var reference = $"transfer {transfers.Count}";
            payment = new NewInvoicePayment(chance.Next(3) == 0 ? decimal.Round(invoice.Gross / 3, 2) : invoice.Gross, new DateOnly(2026, 12, 1), "transfer", reference);
            transfers.Add(reference, payment.Amount);
        }

        await Again(() => Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Billing.In(services => services.GetRequiredService<NoteInvoicePayment>().Run(invoice.Id, payment, CancellationToken.None)))));
    }

    private async Task GiveBack(Sold one)
    {
        if (one.Card is { } card)
        {
            await Again(() => Billing.In(services => services.GetRequiredService<RefundPayment>().Run(card, new RefundWish(1.23m, "Kulanz"), CancellationToken.None)));
        }
    }

    /// <summary>The card is held at the provider; the session will end.</summary>
    private async Task<PaymentId> Hold(ChargingSession session)
    {
        var intent = Fake.Books.NewIntent(6000, "eur", manual: true, payment: null, increments: false);
        Fake.Books.Confirm(intent, PaymentScene.Good, confirmed: true);
        var payment = new Payment
        {
            TenantId = Billing.Tenant, StationId = session.StationId, EvseNumber = 1, Evse = "DE*SMU*E0019*1", LinkHash = Guid.NewGuid().ToByteArray(), Currency = "EUR", Hold = 60, Language = "de",
            LinkSealed = "", State = PaymentState.Charging, IntentId = intent.Id, SessionId = session.Id, HeldAt = session.StartedAt, CreatedAt = session.StartedAt,
        };
        await Billing.Db(async db =>
        {
            db.Add(payment);
            return await db.SaveChangesAsync();
        });
        return payment.Id;
    }

    /// <summary>Ends connections that are in the middle of something.</summary>
    private async Task BreakConnections(CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(Billing.Host.ConnectionString);
        await connection.OpenAsync(CancellationToken.None);
        await using var command = new NpgsqlCommand(
            """
            select count(pg_terminate_backend(pid)) from (
              select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null order by random() limit 1) victim
            """,
            connection);
        for (var broken = 0L; broken < MostBroken && !ct.IsCancellationRequested;)
        {
            broken += (long)(await command.ExecuteScalarAsync(CancellationToken.None))!;
            await Task.Delay(50, CancellationToken.None);
        }
    }

    /// <summary>Whoever gets no answer asks again.</summary>
    private static async Task<T> Again<T>(Func<Task<T>> work)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                return await work();
            }
            catch (Exception broken) when (i < MostBroken && broken is NpgsqlException or DbUpdateException or InvalidOperationException or IOException)
            {
                await Task.Delay(10);
            }
        }
    }

    private async Task<bool> Execute(string sql)
    {
        await Billing.Execute(sql);
        return true;
    }

    private async Task<long> Count(string sql)
    {
        await using var connection = new NpgsqlConnection(Billing.Host.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    // What failed often waits a minute and more before it is tried again.
    private static async Task Until(string what, Func<Task<long>> open)
    {
        for (var i = 0; await Again(open) is var left and > 0; i++)
        {
            i.ShouldBeLessThan(3000, string.Create(CultureInfo.InvariantCulture, $"{what}: {left} are not"));
            await Task.Delay(100);
        }
    }

    private static long Cents(decimal amount) => decimal.ToInt64(amount * 100);

    /// <summary>A session and what it should come to.</summary>
    private sealed class Sold(ChargingSession session, BillingAccountId? account, Tariff tariff, long energyWh, PaymentId? card)
    {
        public ChargingSession Session => session;

        public BillingAccountId? Account => account;

        public PaymentId? Card => card;

        public bool IsNet => !tariff.TaxIncluded;

        public long EnergyWh { get; set; } = energyWh;

        /// <summary>One at a time.</summary>
        public SemaphoreSlim Turn { get; } = new(1);

        /// <summary>What it cost when it was told first: that is what a card is charged with.</summary>
        public decimal? First { get; set; }

        public decimal Price => decimal.Round(EnergyWh / 1000m * (IsNet ? 0.3951m : 0.49m), 2, MidpointRounding.AwayFromZero);
    }

    /// <summary>A clock that goes sixty times as fast.</summary>
    private sealed class Hasty(DateTimeOffset start) : TimeProvider
    {
        private readonly long began = System.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => start + (60 * System.GetElapsedTime(began));
    }
}
