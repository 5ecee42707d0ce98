using Ladewerk.Portal;

namespace Ladewerk.Stations.Security.Portal;

/// <summary>Certificates and security events as icon, word and colour.</summary>
internal static class SecurityLooks
{
    public static Look Of(CertificateStatus status) => status switch
    {
        CertificateStatus.Requested => new("s-su", "hourglass", "security.certificate.requested"),
        CertificateStatus.Refused => new("s-fa", "ban", "security.certificate.refused"),
        CertificateStatus.Issued => new("s-br", "send", "security.certificate.issued"),
        CertificateStatus.Accepted => new("s-av", "circle-check", "security.certificate.accepted"),
        CertificateStatus.Rejected => new("s-fa", "alert-triangle", "security.certificate.rejected"),
        CertificateStatus.Revoked => new("s-of", "shield-x", "security.certificate.revoked"),
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    public static Look Of(Severity severity) => severity switch
    {
        Severity.Info => new("s-of", "info-circle", "security.severity.info"),
        Severity.Warning => new("s-su", "alert-circle", "security.severity.warning"),
        Severity.Alarm => new("s-fa", "alert-triangle", "security.severity.alarm"),
        _ => throw new ArgumentOutOfRangeException(nameof(severity), severity, null),
    };
}
