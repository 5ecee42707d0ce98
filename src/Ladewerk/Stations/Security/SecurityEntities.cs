using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Stations.Security;

/// <summary>What an operator asks of its stations.</summary>
public sealed class SecuritySettings : ITenantOwned
{
    public required TenantId TenantId { get; init; }

    /// <summary>No station may connect by a lower security profile, whatever it is set to itself.</summary>
    public int LowestProfile { get; set; }

    /// <summary>How long certificates are good that the embedded authority signs, in days.</summary>
    public int CertificateDays { get; set; } = 365;

    /// <summary>How many days before its certificate ends a station is asked for a new request.</summary>
    public int RenewBeforeDays { get; set; } = 30;

    /// <summary>Whether stations are asked without a person.</summary>
    public bool RenewByItself { get; set; } = true;
}

/// <summary>How certificates of stations are signed.</summary>
public enum AuthorityKind
{
    /// <summary>By a key of this installation.</summary>
    Embedded,

    /// <summary>By a service of the operator's, over HTTP.</summary>
    External,
}

/// <summary>Who signs for an operator's stations.</summary>
public sealed class CertificateAuthority : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required AuthorityKind Kind { get; init; }
    public required string Name { get; init; }

    /// <summary>PEM; null where it is not ours.</summary>
    public string? Certificate { get; init; }

    /// <summary>The private key, encrypted (see <see cref="KeyBox"/>).</summary>
    public string? ProtectedKey { get; init; }

    /// <summary>Where the external one takes requests.</summary>
    public string? Url { get; init; }

    /// <summary>Its bearer token, encrypted.</summary>
    public string? ProtectedToken { get; init; }
    public DateTimeOffset? NotAfter { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Another one signs since.</summary>
    public DateTimeOffset? RetiredAt { get; set; }

    /// <summary>What it signed is refused since.</summary>
    public DateTimeOffset? DistrustedAt { get; set; }
}

/// <summary>What a certificate in the root store is for.</summary>
public enum TrustUse
{
    /// <summary>Vouches for client certificates of stations.</summary>
    Stations,

    /// <summary>Vouches for our server's certificate; to be installed in stations.</summary>
    CentralSystem,

    /// <summary>Vouches for firmware; to be installed in stations.</summary>
    Manufacturer,
}

/// <summary>A certificate in the operator's root store.</summary>
public sealed class TrustedCertificate : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required TrustUse Use { get; init; }

    /// <summary>SHA-256, lower-case hex.</summary>
    public required string Thumbprint { get; init; }
    public required string Subject { get; init; }
    public required string Issuer { get; init; }
    public required string SerialNumber { get; init; }
    public required DateTimeOffset NotBefore { get; init; }
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>PEM.</summary>
    public required string Certificate { get; init; }
    public required DateTimeOffset AddedAt { get; init; }
}

/// <summary>What has become of a station's certificate.</summary>
public enum CertificateStatus
{
    /// <summary>The station asked; nobody has signed yet.</summary>
    Requested,

    /// <summary>Nobody will sign; see the reason.</summary>
    Refused,

    /// <summary>Signed, and on its way to the station.</summary>
    Issued,

    /// <summary>The station took it, or came with it.</summary>
    Accepted,

    /// <summary>The station did not take it.</summary>
    Rejected,

    /// <summary>The operator lets nobody in with it any more.</summary>
    Revoked,
}

/// <summary>A certificate that a station asked for or showed.</summary>
public sealed class StationCertificate : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required StationId StationId { get; init; }
    public Guid? AuthorityId { get; set; }
    public required CertificateStatus Status { get; set; }

    /// <summary>PKCS#10 in PEM; null where another authority signed.</summary>
    public string? Request { get; init; }

    /// <summary>Why it was refused or revoked.</summary>
    public string? Reason { get; set; }
    public string? Subject { get; set; }
    public string? Issuer { get; set; }
    public string? SerialNumber { get; set; }
    public string? Thumbprint { get; set; }
    public DateTimeOffset? NotBefore { get; set; }
    public DateTimeOffset? NotAfter { get; set; }

    /// <summary>PEM, with what leads to the root.</summary>
    public string? Certificate { get; set; }
    public required DateTimeOffset RequestedAt { get; init; }
    public DateTimeOffset? IssuedAt { get; set; }
    public DateTimeOffset? SentAt { get; set; }
    public DateTimeOffset? AnsweredAt { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }
    public DateTimeOffset? FirstUsedAt { get; init; }
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>How often somebody has tried to sign or send it.</summary>
    public int Attempts { get; set; }

    /// <summary>When to try again; null: nothing is to be done.</summary>
    public DateTimeOffset? NextTryAt { get; set; }

    /// <summary>When the station was last asked for a new request.</summary>
    public DateTimeOffset? RenewalAskedAt { get; set; }
}

/// <summary>A root certificate that a station says it has.</summary>
public sealed class InstalledCertificate : ITenantOwned
{
    public required StationId StationId { get; init; }
    public required TenantId TenantId { get; init; }
    public required RootUse Use { get; init; }
    public required string HashAlgorithm { get; init; }
    public required string IssuerNameHash { get; init; }
    public required string IssuerKeyHash { get; init; }
    public required string SerialNumber { get; init; }
    public required DateTimeOffset SeenAt { get; init; }
}

/// <summary>A security event that a station reported.</summary>
public sealed class SecurityEvent : ITenantOwned
{
    public Guid Id { get; init; }
    public required TenantId TenantId { get; init; }
    public required StationId StationId { get; init; }
    public required string Type { get; init; }
    public Severity Severity { get; init; }

    /// <summary>The standard wants it to be reported in any case.</summary>
    public bool Critical { get; init; }

    /// <summary>By the station's clock.</summary>
    public DateTimeOffset OccurredAt { get; init; }
    public DateTimeOffset ReceivedAt { get; init; }
    public string? TechInfo { get; init; }
    public DateTimeOffset? AcknowledgedAt { get; set; }
    public string? AcknowledgedBy { get; set; }
}

internal sealed class SecurityModel :
    IEntityTypeConfiguration<SecuritySettings>, IEntityTypeConfiguration<CertificateAuthority>, IEntityTypeConfiguration<TrustedCertificate>,
    IEntityTypeConfiguration<StationCertificate>, IEntityTypeConfiguration<InstalledCertificate>, IEntityTypeConfiguration<SecurityEvent>
{
    public void Configure(EntityTypeBuilder<SecuritySettings> builder) => builder.HasKey(s => s.TenantId);

    public void Configure(EntityTypeBuilder<CertificateAuthority> builder) => builder.Property(a => a.Kind).HasName();

    public void Configure(EntityTypeBuilder<TrustedCertificate> builder) => builder.Property(t => t.Use).HasName();

    public void Configure(EntityTypeBuilder<StationCertificate> builder) => builder.Property(c => c.Status).HasName();

    public void Configure(EntityTypeBuilder<InstalledCertificate> builder)
    {
        builder.HasKey(c => new { c.StationId, c.Use, c.IssuerKeyHash, c.SerialNumber, c.HashAlgorithm });
        builder.Property(c => c.Use).HasName();
    }

    public void Configure(EntityTypeBuilder<SecurityEvent> builder) => builder.Property(e => e.Severity).HasName();
}
