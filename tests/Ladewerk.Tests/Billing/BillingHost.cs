using Ladewerk.Billing;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Stations;
using Ladewerk.Tariffs;
using Ladewerk.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Tests.Billing;

/// <summary>A host with an operator that may issue invoices, a site with a station, and a few tariffs.</summary>
internal sealed class BillingHost : IAsyncDisposable
{
    /// <summary>0.49 EUR gross per kWh at 19 %, 0.10 EUR gross per minute of parking: shown to consumers.</summary>
    public static readonly Tariff Gross = new()
    {
        Id = Guid.CreateVersion7().ToString(),
        Currency = "EUR",
        TaxIncluded = true,
        Elements =
        [
            new TariffElement { Components = [new EnergyPrice { Price = 0.49m, Vat = 19m }, new ParkingPrice { Price = 6m, Vat = 19m }] },
        ],
    };

    /// <summary>0.3951 EUR net per kWh at 19 %, and parking at 7 %.</summary>
    public static readonly Tariff NetMixed = new()
    {
        Id = Guid.CreateVersion7().ToString(),
        Currency = "EUR",
        Elements =
        [
            new TariffElement { Components = [new EnergyPrice { Price = 0.3951m, Vat = 19m }, new ParkingPrice { Price = 1.337m, Vat = 7m }] },
        ],
    };

    public static readonly DateTimeOffset Start = new(2026, 11, 10, 13, 40, 0, TimeSpan.Zero);

    private long transaction;

    private BillingHost(LadewerkHost host, TimeProvider time)
    {
        Host = host;
        Time = time;
    }

    public LadewerkHost Host { get; }

    public TimeProvider Time { get; }

    public TenantId Tenant { get; private set; }

    private ChargingStation Station { get; set; } = null!;

    private Site Site { get; set; } = null!;

    public static async Task<BillingHost> Open(Database database, IReadOnlyDictionary<string, string?>? options = null, TimeProvider? time = null)
    {
        var clock = time ?? new FirstOfDecember();
        var host = await LadewerkHost.Start(database, clock, options);
        var billing = new BillingHost(host, clock);
        await billing.Seed();
        return billing;
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    /// <summary>Runs in a scope of the tenant.</summary>
    public async Task<T> In<T>(Func<IServiceProvider, Task<T>> work)
    {
        await using var scope = Host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(Tenant);
        return await work(scope.ServiceProvider);
    }

    public Task<T> Db<T>(Func<LadewerkDb, Task<T>> work) => In(services => work(services.GetRequiredService<LadewerkDb>()));

    public Task<BillingAccount> Account(string name = "Erika Mustermann", string language = "de", string? company = null, string? street = "Gartenweg 7") => Db(async db =>
    {
        var account = new BillingAccount
        {
            TenantId = Tenant,
            Name = name,
            Company = company,
            Street = street,
            PostalCode = "12345",
            City = "Musterstadt",
            Language = language,
            CustomerNumber = "K-10427",
            CreatedAt = Time.GetUtcNow(),
        };
        db.Add(account);
        await db.SaveChangesAsync();
        return account;
    });

    /// <summary>An ended session of 5 h 22 min with the energy taken in its first 4 h.</summary>
    public Task<ChargingSession> Session(BillingAccount? account, Tariff? tariff, long wattHours = 11_004, DateTimeOffset? start = null, bool needsReview = false) => Db(async db =>
    {
        var begin = start ?? Start;
        var session = new ChargingSession
        {
            TenantId = Tenant,
            StationId = Station.Id,
            SiteId = Site.Id,
            EvseNumber = 1,
            ConnectorNumber = 1,
            TransactionId = Interlocked.Increment(ref transaction),
            StartKey = transaction,
            IdToken = "04A22F1B",
            IdTokenKey = "04A22F1B",
            BillingAccountId = account?.Id,
            Authorisation = account is null ? "unknown" : "accepted",
            StartedAt = begin,
            EndedAt = begin.AddMinutes(322),
            State = SessionState.Ended,
            Phase = SessionPhase.Ended,
            MeterStartWh = new WattHours(3_318_870),
            MeterStopWh = new WattHours(3_318_870 + wattHours),
            EnergyWh = new WattHours(wattHours),
            TariffId = tariff is null ? null : Guid.Parse(tariff.Id),
            TariffVersion = tariff?.Version,
            TimeZone = "Europe/Berlin",
            NeedsReview = needsReview,
            CreatedAt = begin,
        };
        db.Add(session);
        await db.SaveChangesAsync();
        return session;
    });

    /// <summary>Prices the session (parking after 4 h) and records the result.</summary>
    public Task<IReadOnlyList<ChargeDetailRecord>> Record(ChargingSession session, Tariff tariff) => In(services =>
    {
        var cost = PricingEngine.Price(
            tariff,
            new PricingSession
            {
                Start = session.StartedAt,
                End = session.EndedAt!.Value,
                Periods =
                [
                    new PricingPeriod(session.StartedAt, session.EnergyWh.KilowattHours, PeriodState.Charging),
                    new PricingPeriod(session.StartedAt.AddHours(4), 0m, PeriodState.Parking),
                ],
            },
            TimeZoneInfo.FindSystemTimeZoneById(session.TimeZone));
        return services.GetRequiredService<RecordCdr>().Run(session, new PricedSession(tariff, new SessionCost(cost), null), CancellationToken.None);
    });

    public async Task<ChargeDetailRecord> Recorded(BillingAccount? account, Tariff tariff, long wattHours = 11_004, DateTimeOffset? start = null) =>
        (await Record(await Session(account, tariff, wattHours, start), tariff))[^1];

    /// <summary>Stores a run and works it off here and now.</summary>
    public async Task<RunView> Run(BillingAccountId? account = null)
    {
        var run = await In(async services => await services.GetRequiredService<StartInvoiceRun>().Run(new RunRequest(BillingAccountId: account?.Value), CancellationToken.None));
        var id = run.ShouldBeOfType<StartResult.Started>().Run.Id;
        await Host.Services.GetRequiredService<RunInvoices>().Run(Tenant, id, CancellationToken.None);
        return (await In(services => services.GetRequiredService<ReadInvoices>().Run(id, CancellationToken.None)))!;
    }

    public Task<List<Invoice>> Invoices() => Db(db => db.Set<Invoice>().AsNoTracking().Include(i => i.Lines).OrderBy(i => i.Sequence).ToListAsync());

    public Task<List<ChargeDetailRecord>> Records() => Db(db => db.Set<ChargeDetailRecord>().AsNoTracking().OrderBy(r => r.CreatedAt).ThenBy(r => r.Revision).ToListAsync());

    public async Task Execute(string sql)
    {
        await using var connection = new NpgsqlConnection(Host.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task Seed()
    {
        await using (var connection = new NpgsqlConnection(Host.ConnectionString))
        {
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("select id from tenant where slug = 'default'", connection);
            Tenant = TenantId.From((Guid)(await command.ExecuteScalarAsync())!);
        }

        await Db(async db =>
        {
            var tenant = await db.Set<Tenant>().SingleAsync(t => t.Id == Tenant);
            tenant.Name = "Stadtwerke Musterstadt";
            tenant.Profile = Supplier;
            Site = new Site { TenantId = Tenant, Name = "Rathaus", Street = "Rathausplatz 2", PostalCode = "12345", City = "Musterstadt", CreatedAt = Start };
            Station = new ChargingStation { TenantId = Tenant, Identity = "SMU-0019", IdentityKey = StationIdentity.Key("SMU-0019"), SiteId = Site.Id, CreatedAt = Start };
            db.AddRange(Site, Station, new Evse { TenantId = Tenant, StationId = Station.Id, Number = 1, EvseId = "DE*SMU*E0019*1" });
            return await db.SaveChangesAsync();
        });
        foreach (var tariff in (Tariff[])[Gross, NetMixed])
        {
            await Store(tariff);
        }
    }

    /// <summary>What the law wants of a supplier.</summary>
    public static readonly TenantProfile Supplier = new()
    {
        LegalName = "Stadtwerke Musterstadt GmbH",
        Street = "Am Markt 5",
        PostalCode = "12345",
        City = "Musterstadt",
        Email = "rechnung@sw-musterstadt.example",
        Phone = "030 23125042",
        VatId = "DE000000000",
        TaxNumber = "000/000/00000",
        RegisterEntry = "Amtsgericht Musterstadt, HRB 12345",
        ManagingDirector = "Dr. Anna Beispiel",
        BankName = "Musterbank",
        Iban = "DE00000000000000000000",
        Bic = "MUSTDEM1XXX",
    };

    public async Task Store(Tariff tariff)
    {
        await using var connection = new NpgsqlConnection(Host.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            """
            with t as (insert into tariff (id, tenant_id, name, currency) values ($1, $2, 'Test', 'EUR') returning id)
            insert into tariff_version (tariff_id, version, tenant_id, document) select id, $3, $2, $4 from t
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = Guid.Parse(tariff.Id) },
                new() { Value = Tenant.Value },
                new() { Value = tariff.Version },
                new() { Value = TariffJson.Write(tariff), NpgsqlDbType = NpgsqlDbType.Jsonb },
            },
        };
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Always the same moment; timers run.</summary>
    private sealed class FirstOfDecember : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 12, 1, 5, 0, 0, TimeSpan.Zero);
    }
}
