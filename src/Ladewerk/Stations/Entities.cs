using System.Text.Json;
using System.Text.Json.Serialization;
using Ladewerk.Kernel;
using Ladewerk.Stations.Organisations;
using Ladewerk.Stations.Quirks;
using Ladewerk.Stations.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Stations;

[JsonConverter(typeof(TypedIdJson<SiteId>))]
public readonly record struct SiteId(Guid Value) : ITypedId<SiteId>
{
    public static SiteId From(Guid value) => new(value);

    public static SiteId New() => new(Guid.CreateVersion7());
}

[JsonConverter(typeof(TypedIdJson<StationId>))]
public readonly record struct StationId(Guid Value) : ITypedId<StationId>
{
    public static StationId From(Guid value) => new(value);

    public static StationId New() => new(Guid.CreateVersion7());
}

/// <summary>A place with stations.</summary>
public sealed class Site : ITenantOwned
{
    public SiteId Id { get; init; } = SiteId.New();
    public required TenantId TenantId { get; init; }
    public required string Name { get; set; }
    public string? Street { get; set; }
    public string? PostalCode { get; set; }
    public string? City { get; set; }
    public string Country { get; set; } = "DE";
    public double? Latitude { get; set; }
    public double? Longitude { get; set; }

    /// <summary>IANA time zone: tariffs and displayed times follow it.</summary>
    public string TimeZone { get; set; } = "Europe/Berlin";

    /// <summary>public, semiPublic or private.</summary>
    public string Access { get; set; } = "public";
    public string? OpeningHours { get; set; }

    /// <summary>Power of the grid connection in kW.</summary>
    public decimal? GridConnectionKw { get; set; }

    /// <summary>To whom it belongs; null: to the operator.</summary>
    public OrganisationId? OrganisationId { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Whether a station may work (OCPP BootNotification status).</summary>
public enum RegistrationStatus
{
    Accepted,
    Pending,
    Rejected,
}

/// <summary>A box that speaks OCPP.</summary>
public sealed class ChargingStation : ITenantOwned
{
    public StationId Id { get; init; } = StationId.New();
    public required TenantId TenantId { get; init; }

    /// <summary>The charge point identity as the operator wrote it; unique per tenant without regard to case.</summary>
    public required string Identity { get; init; }

    /// <summary>See <see cref="StationIdentity.Key"/>.</summary>
    public required string IdentityKey { get; init; }
    public SiteId? SiteId { get; set; }

    /// <summary>What people call it; null shows the identity.</summary>
    public string? Name { get; set; }
    public string? Vendor { get; set; }
    public string? Model { get; set; }
    public string? SerialNumber { get; set; }
    public string? FirmwareVersion { get; set; }
    public string? MeterType { get; set; }
    public string? MeterSerialNumber { get; set; }
    public string? Iccid { get; set; }
    public string? Imsi { get; set; }

    /// <summary>1.6, 2.0.1 or 2.1, as last spoken.</summary>
    public string? OcppVersion { get; set; }
    public RegistrationStatus RegistrationStatus { get; set; }

    /// <summary>0 none, 1 Basic, 2 TLS and Basic, 3 client certificate.</summary>
    public int SecurityProfile { get; set; } = 1;
    public string? PasswordHash { get; set; }

    /// <summary>Passwords that were sent to the station and that it has not shown yet, the oldest first.</summary>
    public List<PendingPassword> PendingPasswords { get; set; } = [];

    /// <summary>When the station first showed the password it uses now, or the operator set it.</summary>
    public DateTimeOffset? PasswordChangedAt { get; set; }

    /// <summary>A higher profile that the station was asked to take and has not connected with yet.</summary>
    public int? PendingSecurityProfile { get; set; }
    public int HeartbeatIntervalSeconds { get; set; } = 300;

    /// <summary>Station's clock minus ours, in milliseconds, as last measured.</summary>
    public long? ClockOffsetMs { get; set; }
    public DateTimeOffset? LastBootAt { get; set; }
    public DateTimeOffset? LastSeenAt { get; set; }

    /// <summary>Static limit in A per phase that was set for the station as a whole.</summary>
    public decimal? LimitA { get; set; }

    /// <summary>Static limit in W that was set for the station as a whole; at most one of the two is set.</summary>
    public long? LimitW { get; set; }

    /// <summary>Configuration keys as last read: [{key, value, readonly}].</summary>
    public JsonDocument? Configuration { get; set; }
    public DateTimeOffset? ConfigurationAt { get; set; }

    /// <summary>How often each leniency was needed for this station: name to count.</summary>
    public Dictionary<string, long> Leniencies { get; set; } = [];

    /// <summary>Key of the template that a person gave it; null: the one that fits its introduction.</summary>
    public string? Template { get; set; }

    /// <summary>The quirk profile that the operator chose: a key, <see cref="QuirkProfiles.NoProfile"/> or <see cref="QuirkProfiles.ByMake"/>; null leaves it to the template, and then to vendor, model and firmware.</summary>
    public string? QuirkProfile { get; set; }

    /// <summary>Switches for this station alone, over all profiles.</summary>
    public QuirkSwitches Quirks { get; set; } = QuirkSwitches.None;
    public string? FirmwareStatus { get; set; }

    /// <summary>Of the update that the status tells of, where the station says it.</summary>
    public int? FirmwareRequestId { get; set; }
    public DateTimeOffset? FirmwareStatusAt { get; set; }
    public string? DiagnosticsStatus { get; set; }

    /// <summary>Of the upload that the status tells of, where the station says it.</summary>
    public int? DiagnosticsRequestId { get; set; }
    public DateTimeOffset? DiagnosticsStatusAt { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? RemovedAt { get; set; }
    public List<Evse> Evses { get; init; } = [];
    public List<Connector> Connectors { get; init; } = [];
    public StationConnection? Connection { get; init; }
    public Site? Site { get; init; }
}

/// <summary>Can charge one vehicle at a time.</summary>
public sealed class Evse : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required StationId StationId { get; init; }

    /// <summary>1..n within the station.</summary>
    public required int Number { get; init; }

    /// <summary>EVSE-ID such as DE*ABC*E12345*1.</summary>
    public string? EvseId { get; set; }

    /// <summary>Six characters, unique on the installation: printed under the QR code; the database makes it.</summary>
    public string ShortCode { get; private set; } = null!;
    public Watts? MaxPowerW { get; set; }

    /// <summary>AC1, AC3 or DC.</summary>
    public string? CurrentType { get; set; }
}

/// <summary>A socket or cable.</summary>
public sealed class Connector : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required StationId StationId { get; init; }
    public required int EvseNumber { get; init; }

    /// <summary>1..n within the EVSE.</summary>
    public required int Number { get; init; }

    /// <summary>1..n within the station: what OCPP 1.6 calls connectorId.</summary>
    public required int WireNumber { get; init; }

    /// <summary>IEC_62196_T2, IEC_62196_T2_COMBO, CHADEMO ... (OCPI ConnectorType).</summary>
    public string? Type { get; set; }

    /// <summary>SOCKET or CABLE.</summary>
    public string? Format { get; set; }

    /// <summary>One of OCPP 1.6's nine: Available, Preparing, Charging, SuspendedEVSE, SuspendedEV, Finishing, Reserved, Unavailable, Faulted.</summary>
    public string Status { get; set; } = "Unavailable";
    public string ErrorCode { get; set; } = "NoError";
    public string? Info { get; set; }
    public string? VendorErrorCode { get; set; }

    /// <summary>When we received the status.</summary>
    public DateTimeOffset? StatusAt { get; set; }
}

/// <summary>Where a station's socket is.</summary>
public sealed class StationConnection : ITenantOwned
{
    public required StationId StationId { get; init; }
    public required TenantId TenantId { get; init; }
    public required string Node { get; init; }
    public required long Epoch { get; init; }
    public required string Protocol { get; init; }
    public string? RemoteAddress { get; init; }
    public required DateTimeOffset ConnectedAt { get; init; }
}

/// <summary>Attempts of one identity from one address that were refused for one reason.</summary>
public sealed class RefusedConnection : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required string IdentityKey { get; init; }
    public required string Identity { get; init; }

    /// <summary>unknownStation, wrongPassword, missingPassword, noCommonProtocol, tooManyAttempts, tlsRequired, clientCertificateExpired ...</summary>
    public required string Reason { get; init; }
    public required string RemoteAddress { get; init; }
    public DateTimeOffset FirstAt { get; init; }
    public DateTimeOffset LastAt { get; set; }
    public long Attempts { get; set; }
}

/// <summary>One remote operation and its answer.</summary>
public sealed class StationCommand : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required StationId StationId { get; init; }

    /// <summary>remote-start, reset ...; for raw requests the action.</summary>
    public required string Command { get; init; }
    public JsonDocument? Request { get; init; }
    public string? RequestedBy { get; init; }

    /// <summary>The job that sent it; null: a person or another system did.</summary>
    public Guid? JobId { get; init; }
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>The station's word (Accepted, Rejected ...) or station-offline, station-timeout, station-error; null while waiting.</summary>
    public string? Outcome { get; set; }
    public JsonDocument? Response { get; set; }
    public DateTimeOffset? AnsweredAt { get; set; }
}

internal sealed class StationsModel :
    IEntityTypeConfiguration<Site>, IEntityTypeConfiguration<ChargingStation>, IEntityTypeConfiguration<Evse>, IEntityTypeConfiguration<Connector>,
    IEntityTypeConfiguration<StationConnection>, IEntityTypeConfiguration<RefusedConnection>, IEntityTypeConfiguration<StationCommand>
{
    public void Configure(EntityTypeBuilder<Site> builder) => builder.HasKey(s => s.Id);

    public void Configure(EntityTypeBuilder<ChargingStation> builder)
    {
        builder.Property(s => s.RegistrationStatus).HasName();
        builder.Property(s => s.Leniencies).HasJson();
        builder.Property(s => s.Quirks).HasJson();
        builder.Property(s => s.PendingPasswords).HasJson();
        builder.HasMany(s => s.Evses).WithOne().HasForeignKey(e => e.StationId);
        builder.HasMany(s => s.Connectors).WithOne().HasForeignKey(c => c.StationId);
        builder.HasOne(s => s.Connection).WithOne().HasForeignKey<StationConnection>(c => c.StationId);
        builder.HasOne(s => s.Site).WithMany().HasForeignKey(s => s.SiteId);
    }

    public void Configure(EntityTypeBuilder<Evse> builder)
    {
        builder.HasKey(e => e.Id);
        builder.Property(e => e.ShortCode).ValueGeneratedOnAdd();
    }

    public void Configure(EntityTypeBuilder<Connector> builder) => builder.HasKey(c => c.Id);

    public void Configure(EntityTypeBuilder<StationConnection> builder) => builder.HasKey(c => c.StationId);

    public void Configure(EntityTypeBuilder<RefusedConnection> builder) =>
        builder.HasKey(r => new { r.TenantId, r.IdentityKey, r.Reason, r.RemoteAddress });

    public void Configure(EntityTypeBuilder<StationCommand> builder) => builder.HasKey(c => c.Id);
}
