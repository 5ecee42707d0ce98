using Ladewerk.Kernel;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Sessions.LocalLists;

/// <summary>How far a station's own list is in step with ours.</summary>
public enum LocalListState
{
    /// <summary>Not used.</summary>
    Off,

    /// <summary>Something has still to be told to the station.</summary>
    Pending,

    /// <summary>The station has what it shall have.</summary>
    InStep,

    /// <summary>The station does not take it; it is tried again later.</summary>
    Failed,

    /// <summary>The station keeps no list.</summary>
    NotSupported,
}

/// <summary>What a station knows of tokens by itself, as far as we told it and it said yes.</summary>
public sealed class LocalList : ITenantOwned
{
    public required StationId StationId { get; init; }
    public required TenantId TenantId { get; init; }
    public bool Enabled { get; init; }

    /// <summary>Tokens that may not charge are on the list as blocked, instead of not at all.</summary>
    public bool SendsBlocked { get; init; }
    public LocalListState State { get; init; }

    /// <summary>stationOffline, stationTimeout, stationError, failed, versionMismatch, notSupported, switchedOffAtStation; null while all is well.</summary>
    public string? Reason { get; init; }

    /// <summary>The version that was last given to a message, whether or not it arrived.</summary>
    public int LastVersion { get; init; }

    /// <summary>The version at which we know what the station holds; null: not known.</summary>
    public int? StationVersion { get; init; }
    public int Wanted { get; init; }

    /// <summary>Tokens that found no room.</summary>
    public int LeftOut { get; init; }
    public int? Capacity { get; init; }
    public int? Chunk { get; init; }
    public int Failures { get; init; }
    public string? LastAnswer { get; init; }
    public DateTimeOffset? LastAnswerAt { get; init; }
    public DateTimeOffset? InStepAt { get; init; }

    /// <summary>When it was last gone through with the station.</summary>
    public DateTimeOffset? CheckedAt { get; init; }
    public DateTimeOffset? DueAt { get; init; }
    public DateTimeOffset? LeasedUntil { get; init; }
    public ChargingStation? Station { get; init; }
}

/// <summary>A token on a station's list.</summary>
public sealed class LocalListToken
{
    public required StationId StationId { get; init; }
    public required string IdToken { get; init; }

    /// <summary>accepted, blocked or expired.</summary>
    public required string Status { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public string? GroupId { get; init; }
}

/// <summary>Whether stations get a list: one station's, a site's, or (both null) the operator's word.</summary>
public sealed class LocalListSetting : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public SiteId? SiteId { get; init; }
    public StationId? StationId { get; init; }
    public required bool Enabled { get; init; }
    public bool SendsBlocked { get; init; }
    public required DateTimeOffset ChangedAt { get; init; }
    public required string ChangedBy { get; init; }
}

/// <summary>One exchange with a station about its list.</summary>
public sealed class LocalListExchange : ITenantOwned
{
    public long Id { get; init; }
    public required TenantId TenantId { get; init; }
    public required StationId StationId { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>version, full or differential.</summary>
    public required string Kind { get; init; }
    public int? Version { get; init; }
    public int? Entries { get; init; }
    public required string Answer { get; init; }
}

internal sealed class LocalListModel :
    IEntityTypeConfiguration<LocalList>, IEntityTypeConfiguration<LocalListToken>, IEntityTypeConfiguration<LocalListSetting>, IEntityTypeConfiguration<LocalListExchange>
{
    public void Configure(EntityTypeBuilder<LocalList> builder)
    {
        builder.HasKey(l => l.StationId);
        builder.Property(l => l.State).HasName();
        builder.HasOne(l => l.Station).WithMany().HasForeignKey(l => l.StationId);
    }

    public void Configure(EntityTypeBuilder<LocalListToken> builder) => builder.ToTable("local_list_entry").HasKey(t => new { t.StationId, t.IdToken });

    public void Configure(EntityTypeBuilder<LocalListSetting> builder) => builder.HasNoKey();

    public void Configure(EntityTypeBuilder<LocalListExchange> builder)
    {
        builder.ToTable("local_list_log");
        builder.Property(e => e.Id).UseIdentityAlwaysColumn();
    }
}
