using System.Globalization;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Security;

/// <summary>Reads what is known of stations' security, for the API and for pages.</summary>
internal sealed class ReadSecurity(LadewerkDb db)
{
    public async Task<StationSecurityView> Of(ChargingStation station, CancellationToken ct)
    {
        var lowest = await db.Set<SecuritySettings>().AsNoTracking().Select(s => s.LowestProfile).SingleOrDefaultAsync(ct);
        var own = await Certificates(new CertificateFilter(station.Identity), null, 50, ct);
        var current = own.Where(c => c.Status == CertificateStatus.Accepted).OrderByDescending(c => c.LastUsedAt ?? c.IssuedAt ?? c.RequestedAt).FirstOrDefault();
        return new StationSecurityView(
            station.SecurityProfile, station.PendingSecurityProfile, lowest, station.PasswordHash is not null || station.PendingPasswords.Count > 0, station.PasswordChangedAt,
            station.PendingPasswords.Count, station.PendingPasswords.Count > 0 ? station.PendingPasswords[0].At : null, current, await Installed(station.Id, ct));
    }

    /// <summary>Newest first, beginning after <paramref name="after"/> (time and id).</summary>
    public async Task<IReadOnlyList<SecurityEventView>> Events(SecurityEventFilter filter, string? after, int count, CancellationToken ct)
    {
        var events = db.Set<SecurityEvent>().AsNoTracking();
        events = filter.Severity is { Value: var severity } ? events.Where(e => e.Severity == severity) : events;
        events = filter.Type is { Length: > 0 } type ? events.Where(e => e.Type == type) : events;
        events = filter.Open is { } open ? events.Where(e => (e.AcknowledgedAt == null) == open) : events;
        events = filter.From is { } from ? events.Where(e => e.ReceivedAt >= from.ToUniversalTime()) : events;
        events = filter.To is { } to ? events.Where(e => e.ReceivedAt < to.ToUniversalTime()) : events;
        events = Last(after) is var (at, last) ? events.Where(e => EF.Functions.LessThan(ValueTuple.Create(e.ReceivedAt, e.Id), ValueTuple.Create(at, last))) : events;
        var stations = Stations(filter.StationId);
        return await events.Join(stations, e => e.StationId, s => s.Id, (e, s) => new { e, s.Identity })
            .OrderByDescending(x => x.e.ReceivedAt).ThenByDescending(x => x.e.Id).Take(count)
            .Select(x => new SecurityEventView(
                x.e.Id, x.Identity, x.e.Type, x.e.Severity, x.e.Critical, x.e.OccurredAt, x.e.ReceivedAt, x.e.TechInfo, x.e.AcknowledgedAt, x.e.AcknowledgedBy))
            .ToListAsync(ct);
    }

    /// <summary>Newest first, beginning after <paramref name="after"/> (time and id).</summary>
    public async Task<IReadOnlyList<StationCertificateView>> Certificates(CertificateFilter filter, string? after, int count, CancellationToken ct)
    {
        var certificates = db.Set<StationCertificate>().AsNoTracking();
        certificates = filter.Status is { Value: var status } ? certificates.Where(c => c.Status == status) : certificates;
        certificates = filter.EndsBefore is { } end ? certificates.Where(c => c.NotAfter < end.ToUniversalTime()) : certificates;
        certificates = Last(after) is var (at, last)
            ? certificates.Where(c => EF.Functions.LessThan(ValueTuple.Create(c.RequestedAt, c.Id), ValueTuple.Create(at, last))) : certificates;
        return await certificates.Join(Stations(filter.StationId), c => c.StationId, s => s.Id, (c, s) => new { c, s.Identity })
            .OrderByDescending(x => x.c.RequestedAt).ThenByDescending(x => x.c.Id).Take(count)
            .Select(x => new StationCertificateView(
                x.c.Id, x.Identity, x.c.Status, x.c.Reason, x.c.Subject, x.c.Issuer, x.c.SerialNumber, x.c.Thumbprint, x.c.NotBefore, x.c.NotAfter, x.c.Request != null, x.c.RequestedAt,
                x.c.IssuedAt, x.c.AnsweredAt, x.c.RevokedAt, x.c.FirstUsedAt, x.c.LastUsedAt))
            .ToListAsync(ct);
    }

    /// <summary>Those of a station, with their names where the root store knows them.</summary>
    public async Task<IReadOnlyList<InstalledCertificateView>> Installed(StationId station, CancellationToken ct)
    {
        var rows = await db.Set<InstalledCertificate>().AsNoTracking().Where(c => c.StationId == station).OrderBy(c => c.Use).ThenByDescending(c => c.SeenAt).ToListAsync(ct);
        var names = rows.Count == 0 ? [] : await Names(ct);
        return [.. rows.Select(c => new InstalledCertificateView(
            c.Use, c.HashAlgorithm, c.IssuerNameHash, c.IssuerKeyHash, c.SerialNumber, names.GetValueOrDefault((c.IssuerKeyHash, c.SerialNumber)), c.SeenAt))];
    }

    private async Task<Dictionary<(string, string), string>> Names(CancellationToken ct)
    {
        var names = new Dictionary<(string, string), string>();
        foreach (var pem in await db.Set<TrustedCertificate>().AsNoTracking().Select(t => t.Certificate).ToListAsync(ct))
        {
            if (Security.Certificates.Read(pem) is [var root, ..])
            {
                var hash = Security.Certificates.Hash(root);
                names[(hash.IssuerKeyHash, hash.SerialNumber)] = root.Subject;
            }
        }

        return names;
    }

    private IQueryable<ChargingStation> Stations(string? identity)
    {
        var key = identity is null ? null : StationIdentity.Key(identity);
        var stations = db.Set<ChargingStation>().AsNoTracking();
        return key is null ? stations : stations.Where(s => s.IdentityKey == key && s.RemovedAt == null);
    }

    private static (DateTimeOffset At, Guid Id)? Last(string? after) =>
        after?.Split('/') is [var at, var id] && DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) && Guid.TryParse(id, out var guid)
            ? (time, guid) : null;
}
