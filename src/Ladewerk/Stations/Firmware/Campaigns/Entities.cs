using System.Text.Json.Serialization;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Stations.Firmware.Campaigns;

[JsonConverter(typeof(TypedIdJson<CampaignId>))]
public readonly record struct CampaignId(Guid Value) : ITypedId<CampaignId>
{
    public static CampaignId From(Guid value) => new(value);

    public static CampaignId New() => new(Guid.CreateVersion7());
}

/// <summary>Where a campaign stands.</summary>
public enum CampaignState
{
    /// <summary>Described, not begun.</summary>
    Draft,
    Running,

    /// <summary>Held by a person: what runs ends, nothing new begins.</summary>
    Paused,

    /// <summary>Every station has its result.</summary>
    Completed,

    /// <summary>Ended by itself: the canary or too many stations failed.</summary>
    Stopped,

    /// <summary>Ended by a person.</summary>
    Cancelled,
}

/// <summary>Where a station of a campaign stands.</summary>
public enum PartState
{
    Waiting,

    /// <summary>Taken out of service; its session is ending.</summary>
    Clearing,
    Updating,

    /// <summary>Installed; it must stay online without a new fault for a while.</summary>
    Soaking,
    Succeeded,
    Failed,
    Skipped,
}

/// <summary>What happens to a station on which somebody charges.</summary>
public enum BusyStations
{
    /// <summary>Its turn comes when nobody charges.</summary>
    Wait,

    /// <summary>It is taken out of service first, so that nobody new begins, and put back afterwards.</summary>
    TakeOutOfService,
}

/// <summary>For which stations, among those that the firmware is for; every member that is there narrows.</summary>
/// <param name="Versions">Firmware that they run now.</param>
/// <param name="Stations">Identities.</param>
/// <param name="Canaries">Identities of those to begin with; absent: whichever are online.</param>
public sealed record CampaignSelection(
    IReadOnlyList<Guid>? SiteIds = null, string? Model = null, IReadOnlyList<string>? Versions = null, IReadOnlyList<string>? Stations = null, IReadOnlyList<string>? Canaries = null);

/// <summary>Times at which updates may begin, by the clock of each station's site; over midnight where it ends before it begins.</summary>
/// <param name="Days">Days of the week on which it begins; absent: every day.</param>
public sealed record CampaignWindow(TimeOnly From, TimeOnly To, IReadOnlyList<DayOfWeek>? Days = null);

/// <summary>How a campaign goes about it.</summary>
public sealed record CampaignPolicy
{
    /// <summary>Stations that go first; none of them may fail. 0: no canary.</summary>
    public int Canary { get; init; } = 1;

    /// <summary>How long a canary must stay online without a new fault.</summary>
    public int CanarySoakMinutes { get; init; } = 30;

    /// <summary>Stations in a wave after the canary; absent: all others in one.</summary>
    public int? WaveSize { get; init; }

    /// <summary>Stations updated at the same time.</summary>
    public int Parallel { get; init; } = 10;

    /// <summary>How long a station of a wave must stay online without a new fault.</summary>
    public int SoakMinutes { get; init; } = 10;

    /// <summary>Until when after its begin an update must be installed.</summary>
    public int InstallWithinMinutes { get; init; } = 60;

    /// <summary>More failures in per cent of the stations with a result stop the campaign.</summary>
    public int MaxFailurePercent { get; init; } = 10;

    public CampaignWindow? Window { get; init; }
    public BusyStations Busy { get; init; }

    /// <summary>A station that is offline or busy all that time from the begin of its wave is left out.</summary>
    public int WaitHours { get; init; } = 72;

    /// <summary>Put the version on the list of bad ones when the campaign stops by itself.</summary>
    public bool MarkBad { get; init; } = true;

    /// <summary>With signature; absent: where the firmware has one.</summary>
    public bool? Signed { get; init; }
}

/// <summary>The update of many stations to one firmware.</summary>
public sealed class FirmwareCampaign : ITenantOwned
{
    public CampaignId Id { get; init; } = CampaignId.New();
    public required TenantId TenantId { get; init; }
    public required string Name { get; set; }
    public required FirmwareId FirmwareId { get; init; }
    public CampaignState State { get; set; }
    public required CampaignSelection Selection { get; init; }
    public required CampaignPolicy Policy { get; init; }

    /// <summary>The wave that runs; 0 is the canary.</summary>
    public int Wave { get; set; }

    /// <summary>Why it stopped by itself: canary, canaryUnproven, failures or knownBad.</summary>
    public string? StopReason { get; set; }

    /// <summary>The station, or the figures, that stopped it.</summary>
    public string? StopDetail { get; set; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; set; }
    public DateTimeOffset? WaveAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
}

/// <summary>A station's part in a campaign.</summary>
public sealed class CampaignStation : ITenantOwned
{
    public required CampaignId CampaignId { get; init; }
    public required StationId StationId { get; init; }
    public required TenantId TenantId { get; init; }
    public required int Wave { get; init; }
    public required int Position { get; init; }
    public PartState State { get; set; }

    /// <summary>Why it failed or was left out: a reason of its update, newFault, notBack, offline, busy, stopped or cancelled.</summary>
    public string? Reason { get; set; }
    public string? FromVersion { get; init; }
    public Guid? UpdateId { get; set; }

    /// <summary>We took it out of service and owe it the way back.</summary>
    public bool OutOfService { get; set; }
    public DateTimeOffset? TakenAt { get; set; }
    public DateTimeOffset? InstalledAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
}

internal sealed class CampaignModel : IEntityTypeConfiguration<FirmwareCampaign>, IEntityTypeConfiguration<CampaignStation>
{
    public void Configure(EntityTypeBuilder<FirmwareCampaign> builder)
    {
        builder.Property(c => c.State).HasName();
        builder.Property(c => c.Selection).HasJson();
        builder.Property(c => c.Policy).HasJson();
    }

    public void Configure(EntityTypeBuilder<CampaignStation> builder)
    {
        builder.HasKey(s => new { s.CampaignId, s.StationId });
        builder.Property(s => s.State).HasName();
        builder.HasOne<FirmwareCampaign>().WithMany().HasForeignKey(s => s.CampaignId);
        builder.HasOne<FirmwareUpdate>().WithMany().HasForeignKey(s => s.UpdateId);
    }
}
