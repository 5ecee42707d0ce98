using Ladewerk.Access;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Stations;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Ladewerk.Demo;

/// <summary>
/// Seeds the demonstration utility into the first tenant: profile, sites, stations, drivers, tariffs, and a past of some weeks.
/// A second run adds what is missing and changes nothing else.
/// </summary>
internal sealed class DemoSeed(
    LadewerkDb db, TenantContext context, IOptions<BootstrapOptions> bootstrap, RegisterStation register, SaveTariff tariffs, AssignTariff assign, DemoPast past, DemoMeters meters, TimeProvider time)
{
    private const string Company = "Stadtwerke Musterstadt";

    /// <summary>Seeds, and returns what the simulator needs; passwords of <paramref name="known"/> stay.</summary>
    public async Task<FleetFile> Run(FleetFile? known, CancellationToken ct)
    {
        var tenant = await db.Set<Tenant>().SingleAsync(t => t.Slug == bootstrap.Value.Tenant, ct);
        context.Use(tenant.Id);
        Describe(tenant);
        await AddDrivers(ct);
        await DemoBadges.Add(db, context.Current, time.GetUtcNow(), ct);
        await db.SaveChangesAsync(ct);
        await AddSites(ct);
        var passwords = await AddStations(known, ct);
        await AddTariffs(ct);
        if (!await db.Set<ChargingSession>().AnyAsync(ct))
        {
            await past.Write(ct);
        }

        return await Fleet(passwords, await meters.Run(known, ct), ct);
    }

    // Only where nobody has said who the operator is.
    private static void Describe(Tenant tenant)
    {
        if (tenant.Profile.LegalName is not null)
        {
            return;
        }

        tenant.Name = Company;
        tenant.Profile = tenant.Profile with
        {
            LegalName = $"{Company} GmbH",
            Street = "Industriestraße 40",
            PostalCode = "12347",
            City = "Musterstadt",
            Email = "laden@stadtwerke-musterstadt.example",
            Phone = "+49 30 23125 000",
            Website = "https://stadtwerke-musterstadt.example",
            VatId = "DE123456789",
            TaxNumber = "12/345/67890",
            RegisterEntry = "Amtsgericht Musterstadt, HRB 12345",
            ManagingDirector = "Dr. Martina Muster",
            BankName = "Sparkasse Musterstadt",
            Iban = "DE02120300000000202051",
            Bic = "BYLADEM1001",
        };
        tenant.Brand = tenant.Brand with { Colour = "#0f6fbf", Accent = "#12a678", ImprintUrl = "https://stadtwerke-musterstadt.example/impressum", PrivacyUrl = "https://stadtwerke-musterstadt.example/datenschutz" };
    }

    private async Task AddDrivers(CancellationToken ct)
    {
        var known = await db.Set<IdToken>().Select(t => t.UidKey).ToListAsync(ct);
        var number = 10_000;
        foreach (var person in DemoPeople.Drivers)
        {
            number++;
            if (known.Contains(IdTokenUid.Key(person.Uid)))
            {
                continue;
            }

            var now = time.GetUtcNow();
            var account = new BillingAccount
            {
                TenantId = context.Current, Name = person.Name, Company = person.Company, Street = person.Street, PostalCode = "12345", City = "Musterstadt",
                Email = person.Email, CustomerNumber = $"K{number}", CreatedAt = now,
            };
            var driver = new Driver { TenantId = context.Current, Name = person.Name, Email = person.Email, BillingAccountId = account.Id, CreatedAt = now };
            db.Add(account);
            db.Add(driver);
            db.Add(new IdToken
            {
                TenantId = context.Current, Uid = person.Uid, UidKey = IdTokenUid.Key(person.Uid), DriverId = driver.Id, GroupId = person.Group, VisualNumber = $"SWM {number}",
                Status = person.Status == "blocked" ? IdTokenStatus.Blocked : IdTokenStatus.Accepted, CreatedAt = now,
            });
        }

        await db.SaveChangesAsync(ct);
    }

    private async Task AddSites(CancellationToken ct)
    {
        var known = await db.Set<Site>().Select(s => s.Name).ToListAsync(ct);
        foreach (var site in DemoPlaces.Sites.Where(s => !known.Contains(s.Name)))
        {
            db.Add(new Site
            {
                TenantId = context.Current, Name = site.Name, Street = site.Street, PostalCode = site.PostalCode, City = site.City, Latitude = site.Latitude,
                Longitude = site.Longitude, Access = site.Access, OpeningHours = site.OpeningHours, GridConnectionKw = site.GridKw, CreatedAt = time.GetUtcNow(),
            });
        }

        await db.SaveChangesAsync(ct);
    }

    private async Task<Dictionary<string, string>> AddStations(FleetFile? known, CancellationToken ct)
    {
        var passwords = known?.Stations.ToDictionary(s => s.Id, s => s.Password, StringComparer.Ordinal) ?? [];
        var sites = await db.Set<Site>().ToDictionaryAsync(s => s.Name, s => s.Id, StringComparer.Ordinal, ct);
        foreach (var site in DemoPlaces.Sites)
        {
            foreach (var station in site.Stations)
            {
                var there = await db.Set<ChargingStation>().SingleOrDefaultAsync(s => s.IdentityKey == StationIdentity.Key(station.Identity) && s.RemovedAt == null, ct);
                there ??= Register(station, sites[site.Name]);
                var password = passwords.GetValueOrDefault(station.Identity) ?? StationPassword.Generate();
                passwords[station.Identity] = password;
                if (there.PasswordHash is null || !StationPassword.Verify(there.PasswordHash, System.Text.Encoding.UTF8.GetBytes(password)))
                {
                    there.PasswordHash = StationPassword.Hash(password, generated: true);
                }
            }
        }

        await db.SaveChangesAsync(ct);
        return passwords;
    }

    private ChargingStation Register(DemoStation station, SiteId site)
    {
        var evses = Enumerable.Range(1, station.Points).Select(point => new NewEvse(
            point, DemoPlaces.EvseId(station, point), new Watts(station.PowerW), station.IsDc ? "DC" : "AC3",
            [new NewConnector(point, station.IsDc ? "IEC_62196_T2_COMBO" : "IEC_62196_T2", station.IsDc ? "CABLE" : "SOCKET")]));
        var added = register.Add(new NewStation(station.Identity, site, station.Name, SecurityProfile: 1, Evses: [.. evses])).Station;
        (added.Vendor, added.Model, added.SerialNumber) = (station.Vendor, station.Model, station.SerialNumber);
        return added;
    }

    private async Task AddTariffs(CancellationToken ct)
    {
        var sites = await db.Set<Site>().ToDictionaryAsync(s => s.Name, s => s.Id.Value.ToString(), StringComparer.Ordinal, ct);
        var fast = DemoPlaces.Sites.SelectMany(s => s.Stations).Where(s => s.IsDc).Select(s => (AssignmentLevel.Station, (string?)s.Identity));
        if (await Add(DemoTariffs.City, [(AssignmentLevel.Tenant, null)], ct) is { } city)
        {
            await assign.MakeDefault(city, ct);
        }

        await Add(DemoTariffs.CarPark, [(AssignmentLevel.Site, sites["Parkhaus Altstadt"])], ct);
        await Add(DemoTariffs.Fast, [.. fast], ct);
        await Add(DemoTariffs.Staff, [(AssignmentLevel.Group, DemoPeople.StaffGroup)], ct);
    }

    // Null where it was there before: what an operator has changed since is left alone.
    private async Task<TariffId?> Add(Tariff tariff, IReadOnlyList<(AssignmentLevel Level, string? Target)> places, CancellationToken ct)
    {
        if (await db.Set<StoredTariff>().AnyAsync(t => t.Name == tariff.Name.De, ct))
        {
            return null;
        }

        var id = await Create(tariff, ct);
        foreach (var (level, target) in places)
        {
            await Assign(id, level, target, ct);
        }

        return id;
    }

    private async Task<TariffId> Create(Tariff tariff, CancellationToken ct) => await tariffs.Create(tariff, ct) switch
    {
        SaveOutcome.Saved saved => saved.Tariff.Id,
        SaveOutcome.Refused refused => throw new InvalidOperationException($"The tariff {tariff.Name.En} breaks {string.Join(", ", refused.Findings.Select(f => f.Rule))}."),
        var other => throw new InvalidOperationException($"The tariff {tariff.Name.En} was not stored: {other}."),
    };

    private async Task Assign(TariffId tariff, AssignmentLevel level, string? target, CancellationToken ct)
    {
        if (await assign.Run(new AssignmentWish(level, target, tariff), ct) is not AssignOutcome.Assigned and var outcome)
        {
            throw new InvalidOperationException($"A tariff was not assigned to {level} {target}: {outcome}.");
        }
    }

    private async Task<FleetFile> Fleet(Dictionary<string, string> passwords, IReadOnlyDictionary<(string Station, int Point), DemoMeter> signing, CancellationToken ct)
    {
        var registers = await past.Registers(ct);
        return new FleetFile(
            [.. DemoPlaces.Sites.SelectMany(s => s.Stations).Select(s => new FleetStation(
                s.Identity, passwords[s.Identity], s.Vendor, s.Model, s.SerialNumber,
                [.. Enumerable.Range(1, s.Points).Select(point => Connector(s, registers.GetValueOrDefault((s.Identity, point)), signing.GetValueOrDefault((s.Identity, point))))]))],
            DemoPeople.GoodUids,
            DemoPeople.BadUids);
    }

    private static FleetConnector Connector(DemoStation station, long meterWh, DemoMeter? meter) => new(station.IsDc, station.PowerW, meterWh, meter?.PrivateKey, meter?.Curve, meter?.Serial);
}
