using System.Text.Json.Serialization;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Stations.Firmware;

[JsonConverter(typeof(TypedIdJson<FirmwareId>))]
public readonly record struct FirmwareId(Guid Value) : ITypedId<FirmwareId>
{
    public static FirmwareId From(Guid value) => new(value);

    public static FirmwareId New() => new(Guid.CreateVersion7());
}

/// <summary>A firmware in the library: for which stations, and where its image is.</summary>
public sealed class FirmwareImage : ITenantOwned
{
    public FirmwareId Id { get; init; } = FirmwareId.New();
    public required TenantId TenantId { get; init; }
    public required string Vendor { get; set; }

    /// <summary>A model, with * for any text; * alone for every model of the vendor.</summary>
    public string ModelPattern { get; set; } = "*";

    /// <summary>As the stations report it once it runs.</summary>
    public required string Version { get; init; }
    public string? ReleaseNotes { get; set; }
    public string? FileName { get; set; }
    public long? SizeBytes { get; set; }

    /// <summary>In small hexadecimal digits; of an image elsewhere as the operator says.</summary>
    public string? Sha256 { get; set; }
    public string? StorageKey { get; set; }

    /// <summary>Where the image is when it is not here: http, https, ftp, ftps or sftp.</summary>
    public string? Url { get; set; }

    /// <summary>The manufacturer's signature in base64.</summary>
    public string? Signature { get; set; }

    /// <summary>The certificate that the signature is checked by, in PEM.</summary>
    public string? SigningCertificate { get; set; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? RetiredAt { get; set; }

    /// <summary>Whether a station can fetch it.</summary>
    public bool HasImage => StorageKey is not null || Url is not null;

    public bool IsSigned => Signature is not null && SigningCertificate is not null;

    /// <summary>Whether it is meant for a station of this vendor and model.</summary>
    public bool Fits(string? vendor, string? model) => Versions.Fits(Vendor, ModelPattern, vendor, model);
}

/// <summary>A version that is never offered, and shown where it runs.</summary>
public sealed class BadFirmwareVersion : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required string Vendor { get; init; }
    public string ModelPattern { get; init; } = "*";
    public required string Version { get; init; }
    public required string Reason { get; init; }

    /// <summary>The campaign that found out.</summary>
    public Guid? CampaignId { get; init; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    public bool Covers(string? vendor, string? model, string? version) => Versions.Same(Version, version) && Versions.Fits(Vendor, ModelPattern, vendor, model);
}

/// <summary>How far an update is.</summary>
public enum UpdateState
{
    Requested,
    Downloading,
    Downloaded,

    /// <summary>The station has checked the signature.</summary>
    Verified,
    Installing,

    /// <summary>The station says that it is installed; its version will show.</summary>
    Proving,
    Installed,
    Failed,
    TimedOut,
    Cancelled,
}

/// <summary>The update of one station to one firmware.</summary>
public sealed class FirmwareUpdate : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required StationId StationId { get; init; }
    public required FirmwareId FirmwareId { get; init; }
    public Guid? CampaignId { get; init; }

    /// <summary>The number that the station's reports carry; given by the database.</summary>
    public int Number { get; init; }
    public bool Signed { get; init; }
    public UpdateState State { get; set; }

    /// <summary>The station's last word.</summary>
    public string? Status { get; set; }

    /// <summary>Why it did not succeed; see <see cref="UpdateProgress"/>.</summary>
    public string? Reason { get; set; }
    public string? Vendor { get; init; }
    public string? Model { get; init; }
    public string? FromVersion { get; init; }
    public required string TargetVersion { get; init; }

    /// <summary>What the station reported at the end.</summary>
    public string? ReportedVersion { get; set; }
    public required DateTimeOffset RetrieveAt { get; init; }

    /// <summary>How long it may take from then on.</summary>
    public required TimeSpan Within { get; init; }
    public required string RequestedBy { get; init; }
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>When the station was told; null: not yet.</summary>
    public DateTimeOffset? SentAt { get; set; }

    /// <summary>When the station was asked to say its version.</summary>
    public DateTimeOffset? AskedAt { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public required byte[] TokenHash { get; set; }
    public required DateTimeOffset LinkUntil { get; set; }
}

internal sealed class FirmwareModel : IEntityTypeConfiguration<FirmwareImage>, IEntityTypeConfiguration<BadFirmwareVersion>, IEntityTypeConfiguration<FirmwareUpdate>
{
    public void Configure(EntityTypeBuilder<FirmwareImage> builder) => builder.ToTable("firmware").Ignore(f => f.HasImage).Ignore(f => f.IsSigned);

    public void Configure(EntityTypeBuilder<BadFirmwareVersion> builder) => builder.HasKey(b => b.Id);

    public void Configure(EntityTypeBuilder<FirmwareUpdate> builder)
    {
        builder.Property(u => u.Number).HasDefaultValueSql("nextval('station_request_number')");
        builder.Property(u => u.State).HasName();
    }
}
