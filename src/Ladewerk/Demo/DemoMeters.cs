using System.Security.Cryptography;
using Ladewerk.Eichrecht;
using Ladewerk.Kernel;
using Ladewerk.Receipts;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Demo;

/// <summary>What a connector's meter signs with.</summary>
/// <param name="PrivateKey">PKCS #8 in base64.</param>
internal sealed record DemoMeter(string PrivateKey, string Curve, string Serial);

/// <summary>The public stations sign, on all the curves that there are; those of the depot do not.</summary>
internal sealed class DemoMeters(LadewerkDb db, TenantContext tenant, TimeProvider time)
{
    private static readonly string[] Signing = [.. DemoPlaces.Sites.SelectMany(s => s.Stations).Select(s => s.Identity).Where(id => !id.Contains("-BTH-", StringComparison.Ordinal))];

    /// <summary>Meters by station and point; keys of <paramref name="known"/> stay.</summary>
    public async Task<IReadOnlyDictionary<(string Station, int Point), DemoMeter>> Run(FleetFile? known, CancellationToken ct)
    {
        var meters = new Dictionary<(string, int), DemoMeter>();
        var places = DemoPlaces.Sites.SelectMany(s => s.Stations).Where(s => Signing.Contains(s.Identity)).SelectMany(s => Enumerable.Range(1, s.Points).Select(p => (Station: s, Point: p))).ToList();
        for (var i = 0; i < places.Count; i++)
        {
            var (station, point) = places[i];
            var before = known?.Stations.FirstOrDefault(s => s.Id == station.Identity)?.Connectors.ElementAtOrDefault(point - 1);
            var meter = before is { MeterKey: { } key, MeterCurve: { } curve, MeterSerial: { } serial } ? new DemoMeter(key, curve, serial) : Make(i);
            meters[(station.Identity, point)] = meter;
            await Keep(station.Identity, point, meter, i, ct);
        }

        await db.SaveChangesAsync(ct);
        return meters;
    }

    private static DemoMeter Make(int number)
    {
        var curve = MeterCurve.All[number % MeterCurve.All.Count];
        using var key = ECDsa.Create(ECCurve.CreateFromValue(curve.Oid));
        return new DemoMeter(Convert.ToBase64String(key.ExportPkcs8PrivateKey()), curve.Name, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"1LWM0047{1100 + number}"));
    }

    private async Task Keep(string identity, int point, DemoMeter meter, int number, CancellationToken ct)
    {
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(Convert.FromBase64String(meter.PrivateKey), out _);
        var read = MeterKey.Read(Convert.ToHexString(key.ExportSubjectPublicKeyInfo())) ?? throw new InvalidOperationException("A key that was just made cannot be read.");
        var lower = StationIdentity.Key(identity);
        var station = await db.Set<ChargingStation>().Where(s => s.IdentityKey == lower && s.RemovedAt == null).Select(s => s.Id).SingleAsync(ct);
        if (await db.Set<MeterKeyEntry>().AnyAsync(k => k.StationId == station && k.EvseNumber == point, ct))
        {
            return;
        }

        var now = time.GetUtcNow();
        db.Add(new MeterKeyEntry
        {
            TenantId = tenant.Current, StationId = station, EvseNumber = point, Fingerprint = read.Fingerprint, Curve = read.Curve.Name, PublicKey = read.Original, Source = KeySource.Import, State = KeyState.Approved,
            SeenAt = now.AddDays(-60), DecidedAt = now.AddDays(-60), DecidedBy = "Demo",
        });
        db.Add(new Meter
        {
            TenantId = tenant.Current, StationId = station, EvseNumber = point, Serial = meter.Serial, Vendor = "Ladewerk", Model = "Simulator",
            TypeExamination = "DE-MTP 26 B 001 M", CalibratedUntil = DateOnly.FromDateTime(now.UtcDateTime).AddDays(number == 5 ? 60 : 365 * (4 + (number % 4))), UpdatedAt = now,
        });
    }
}
