using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Stations.Files;

/// <summary>What a station is asked for.</summary>
public enum FileKind
{
    /// <summary>Diagnostics by the classic request (OCPP 1.6 §5.9): every station knows it.</summary>
    Diagnostics,

    /// <summary>Diagnostics by the log request of the security extension and of 2.x.</summary>
    DiagnosticsLog,

    /// <summary>The log of security events (security extension, 2.x).</summary>
    SecurityLog,
}

/// <summary>How far a request for a file is.</summary>
public enum FileRequestState
{
    Requested,
    Uploading,
    Uploaded,
    Failed,
    TimedOut,
}

/// <summary>A request that a station bring a file, and the one-time link by which it does.</summary>
public sealed class FileRequest : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required StationId StationId { get; init; }

    /// <summary>The number that the station's reports carry; given by the database.</summary>
    public int Number { get; init; }
    public required FileKind Kind { get; init; }
    public FileRequestState State { get; set; }

    /// <summary>The station's last word.</summary>
    public string? Status { get; set; }

    /// <summary>Why it failed: refused, offline, error, nothing, uploadFailed, noFile, late, superseded.</summary>
    public string? Reason { get; set; }

    /// <summary>The name that the station announced.</summary>
    public string? FileName { get; set; }
    public DateTimeOffset? FromAt { get; init; }
    public DateTimeOffset? ToAt { get; init; }
    public required string RequestedBy { get; init; }
    public required DateTimeOffset RequestedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public required byte[] TokenHash { get; init; }
    public required DateTimeOffset LinkUntil { get; init; }
    public Guid? FileId { get; set; }
}

/// <summary>A file that a station brought.</summary>
public sealed class StationFile : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required StationId StationId { get; init; }
    public Guid? RequestId { get; init; }
    public required FileKind Kind { get; init; }
    public required string Name { get; init; }
    public required long SizeBytes { get; init; }

    /// <summary>In small hexadecimal digits.</summary>
    public required string Sha256 { get; init; }
    public required string StorageKey { get; init; }
    public string? RemoteAddress { get; init; }
    public required string RequestedBy { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }
}

internal sealed class FilesModel : IEntityTypeConfiguration<FileRequest>, IEntityTypeConfiguration<StationFile>
{
    public void Configure(EntityTypeBuilder<FileRequest> builder)
    {
        builder.Property(r => r.Number).HasDefaultValueSql("nextval('station_request_number')");
        builder.Property(r => r.Kind).HasName();
        builder.Property(r => r.State).HasName();
    }

    public void Configure(EntityTypeBuilder<StationFile> builder) => builder.Property(f => f.Kind).HasName();
}
