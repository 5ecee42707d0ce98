using System.Text.Json;
using System.Text.Json.Serialization;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Stations.Jobs;

[JsonConverter(typeof(TypedIdJson<JobId>))]
public readonly record struct JobId(Guid Value) : ITypedId<JobId>
{
    public static JobId From(Guid value) => new(value);

    public static JobId New() => new(Guid.CreateVersion7());
}

/// <summary>Where a job stands.</summary>
public enum JobState
{
    /// <summary>Its time has not come yet.</summary>
    Waiting,

    /// <summary>Works, or waits for its daily window, for the next wave or for stations that are offline.</summary>
    Running,

    /// <summary>Held by a person or by its own stop criteria; may go on.</summary>
    Paused,

    /// <summary>Every station has an outcome.</summary>
    Finished,

    /// <summary>Ended by a person; what was not asked is skipped.</summary>
    Cancelled,
}

/// <summary>Where one station of a job stands.</summary>
public enum JobStationState
{
    /// <summary>Its turn has not come yet.</summary>
    Waiting,

    /// <summary>Was not connected at its turn; tried when it is, until the job's limit.</summary>
    Offline,

    /// <summary>Being asked.</summary>
    Running,

    /// <summary>Answered; its word tells what.</summary>
    Answered,

    /// <summary>Asked without a clear outcome, or the work could not be done; the word tells why.</summary>
    Failed,

    /// <summary>Never asked; the word tells why.</summary>
    Skipped,
}

/// <summary>Which stations a job is for: these, or those of the filter; resolved when the job is made.</summary>
/// <param name="Stations">Identities.</param>
public sealed record JobSelection(IReadOnlyList<string>? Stations = null, JobFilter? Filter = null);

/// <summary>Stations by what is known of them; every member that is there narrows. Texts are compared without regard to case.</summary>
/// <param name="Firmware">The firmware version as the station tells it.</param>
/// <param name="Q">Part of identity, name, vendor, model or serial number.</param>
public sealed record JobFilter(Guid? SiteId = null, string? Vendor = null, string? Model = null, string? Firmware = null, string? Q = null, bool? Online = null);

/// <summary>Times of the day within which a job may work, by the clock of its zone; over midnight where it ends before it begins.</summary>
/// <param name="From">HH:mm</param>
/// <param name="To">HH:mm</param>
/// <param name="TimeZone">IANA; absent: the operator's.</param>
public sealed record JobWindow(TimeOnly From, TimeOnly To, string? TimeZone = null);

/// <summary>How a job goes about it.</summary>
public sealed record JobOptions
{
    /// <summary>Not before.</summary>
    public DateTimeOffset? StartAt { get; init; }

    /// <summary>What is not done by then is skipped.</summary>
    public DateTimeOffset? EndAt { get; init; }

    public JobWindow? Window { get; init; }

    /// <summary>Stations asked at the same time.</summary>
    public int Parallel { get; init; } = 20;

    /// <summary>Pauses when so many stations failed or said no.</summary>
    public int? StopAfterFailures { get; init; }

    /// <summary>Stations that are offline are tried until then; absent: skipped at once.</summary>
    public DateTimeOffset? RetryOfflineUntil { get; init; }

    /// <summary>How many stations the first waves have; all others are the last one. Empty: one wave.</summary>
    public IReadOnlyList<int> Waves { get; init; } = [];

    /// <summary>How long to wait after a wave before the next begins.</summary>
    public int MinutesBetweenWaves { get; init; }

    /// <summary>Pauses after each wave until a person lets it go on.</summary>
    public bool ConfirmWaves { get; init; }
}

/// <summary>One operation over many stations.</summary>
public sealed class Job : ITenantOwned
{
    public JobId Id { get; init; } = JobId.New();
    public required TenantId TenantId { get; init; }
    public required string Name { get; init; }

    /// <summary>See <see cref="IJobWork.Kind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>What to do, in the form of its kind; secrets in it are hidden.</summary>
    public required JsonDocument Work { get; init; }

    /// <summary>The work with its secrets, encrypted; cleared when the job ends.</summary>
    public string? Secret { get; set; }
    public required JobSelection Selection { get; init; }
    public required JobOptions Options { get; init; }
    public JobState State { get; set; }

    /// <summary>Why it is paused or ended: person, failures, wave, time.</summary>
    public string? Reason { get; set; }
    public required string RequestedBy { get; init; }
    public int Total { get; init; }
    public int Waves { get; init; }

    /// <summary>The wave that works, from 0.</summary>
    public int Wave { get; set; }

    /// <summary>The wave begins not before.</summary>
    public DateTimeOffset? WaveFrom { get; set; }

    /// <summary>Pauses when so many have failed; raised when a person lets it go on.</summary>
    public int? FailuresAllowed { get; set; }

    /// <summary>Whether a turn that was cut off after sending may be taken again.</summary>
    public bool Repeatable { get; init; }

    /// <summary>The schedule that made it.</summary>
    public Guid? ScheduleId { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }
}

/// <summary>What comes of a job at one station.</summary>
public sealed class JobStation : ITenantOwned
{
    public required JobId JobId { get; init; }
    public required int Position { get; init; }
    public required TenantId TenantId { get; init; }
    public required StationId StationId { get; init; }
    public int Wave { get; init; }
    public JobStationState State { get; set; }

    /// <summary>The station's own word (Accepted, Rejected ...), or why there is none.</summary>
    public string? Word { get; set; }

    /// <summary>Whether the wish was fulfilled.</summary>
    public bool Good { get; set; }
    public JsonDocument? Detail { get; set; }
    public int Attempts { get; set; }

    /// <summary>Not before.</summary>
    public DateTimeOffset AvailableAt { get; set; }
    public Guid? Owner { get; set; }
    public DateTimeOffset? LeaseUntil { get; set; }
    public DateTimeOffset? SentAt { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }
}

internal sealed class JobsModel : IEntityTypeConfiguration<Job>, IEntityTypeConfiguration<JobStation>
{
    public void Configure(EntityTypeBuilder<Job> builder)
    {
        builder.Property(j => j.State).HasName();
        builder.Property(j => j.Selection).HasJson();
        builder.Property(j => j.Options).HasJson();
    }

    public void Configure(EntityTypeBuilder<JobStation> builder)
    {
        builder.HasKey(s => new { s.JobId, s.Position });
        builder.Property(s => s.State).HasName();
        builder.HasOne<ChargingStation>().WithMany().HasForeignKey(s => s.StationId);
    }
}
