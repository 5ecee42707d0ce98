using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Security;

/// <summary>
/// Takes a station's request for a certificate one step on: has it signed, brings it to the station, keeps the station's answer. Every step is
/// stored before the next, so a restart goes on where it stopped. Security whitepaper A02 and A03.
/// </summary>
internal sealed class IssueCertificate(
    LadewerkDb db, SetAuthority authorities, IEnumerable<IStationAuthority> signers, SendCommand send, StationRegistry registry, LiveFeed feed, TimeProvider time)
{
    private static readonly TimeSpan WhileOffline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    public async Task Run(Guid id, CancellationToken ct)
    {
        if (await db.Set<StationCertificate>().SingleOrDefaultAsync(c => c.Id == id, ct) is not { } certificate
            || await db.Set<ChargingStation>().SingleOrDefaultAsync(s => s.Id == certificate.StationId && s.RemovedAt == null, ct) is not { } station)
        {
            return;
        }

        if (certificate.Status == CertificateStatus.Requested)
        {
            await Sign(certificate, station, ct);
        }

        if (certificate.Status == CertificateStatus.Issued)
        {
            await Bring(certificate, station, ct);
        }

        feed.Publish(certificate.TenantId, "certificate", new { stationId = station.Identity, id = certificate.Id, status = certificate.Status });
    }

    private async Task Sign(StationCertificate certificate, ChargingStation station, CancellationToken ct)
    {
        var authority = await authorities.ActiveOrNew(ct);
        var settings = await db.Set<SecuritySettings>().SingleOrDefaultAsync(ct) ?? new SecuritySettings { TenantId = certificate.TenantId };
        var signer = signers.First(s => s.Kind == authority.Kind);
        switch (await signer.Sign(authority, station.Identity, certificate.Request!, settings.CertificateDays, ct))
        {
            case Signing.Done done:
                Keep(certificate, done);
                certificate.AuthorityId = authority.Id;
                break;
            case Signing.Later later:
                (certificate.Reason, certificate.NextTryAt) = (later.Reason, time.GetUtcNow() + Wait(certificate.Attempts));
                break;
            case Signing.Refused refused:
                (certificate.Status, certificate.Reason, certificate.NextTryAt) = (CertificateStatus.Refused, refused.Reason, null);
                break;
            default:
                throw new InvalidOperationException("A request is signed, refused or postponed.");
        }

        await db.SaveChangesAsync(ct);
    }

    private void Keep(StationCertificate row, Signing.Done done)
    {
        var made = done.Certificate;
        (row.Status, row.Reason, row.Certificate, row.IssuedAt, row.Attempts) = (CertificateStatus.Issued, null, done.Chain, time.GetUtcNow(), 0);
        (row.Subject, row.Issuer, row.SerialNumber, row.Thumbprint) = (made.Subject, made.Issuer, made.SerialNumber, Certificates.Thumbprint(made));
        (row.NotBefore, row.NotAfter) = (new DateTimeOffset(made.NotBefore).ToUniversalTime(), new DateTimeOffset(made.NotAfter).ToUniversalTime());
    }

    private async Task Bring(StationCertificate certificate, ChargingStation station, CancellationToken ct)
    {
        if (!registry.IsOnline(station.Id))
        {
            certificate.NextTryAt = time.GetUtcNow() + WhileOffline;
            await db.SaveChangesAsync(ct);
            return;
        }

        certificate.SentAt = time.GetUtcNow();
        await db.SaveChangesAsync(ct);
        var result = await send.Run(station, new CertificateSigned(certificate.Certificate!), ct);
        var now = time.GetUtcNow();
        switch (result)
        {
            case CommandResult.Answered { Status: "Accepted" }:
                (certificate.Status, certificate.AnsweredAt, certificate.NextTryAt) = (CertificateStatus.Accepted, now, null);
                break;
            case CommandResult.Answered or CommandResult.Invalid:
                (certificate.Status, certificate.AnsweredAt, certificate.NextTryAt) = (CertificateStatus.Rejected, now, null);
                break;
            default:
                // Silence or an error: a station that took it comes with it, and is then known to have it.
                certificate.NextTryAt = now + Wait(certificate.Attempts);
                break;
        }

        await db.SaveChangesAsync(CancellationToken.None);
    }

    private static TimeSpan Wait(int attempts) => TimeSpan.FromSeconds(5 * Math.Pow(2, Math.Min(attempts, 10))) is var wait && wait < LongestWait ? wait : LongestWait;
}
