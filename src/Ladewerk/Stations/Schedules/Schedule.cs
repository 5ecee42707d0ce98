using System.Text.Json.Serialization;
using Ladewerk.Kernel;
using Ladewerk.Stations.Jobs;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Stations.Schedules;

[JsonConverter(typeof(TypedIdJson<ScheduleId>))]
public readonly record struct ScheduleId(Guid Value) : ITypedId<ScheduleId>
{
    public static ScheduleId From(Guid value) => new(value);

    public static ScheduleId New() => new(Guid.CreateVersion7());
}

/// <summary>What a schedule does.</summary>
public enum ScheduleKind
{
    /// <summary>Out of service from a time to a time, over midnight where it ends before it begins.</summary>
    OutOfService,

    /// <summary>Restart at a time.</summary>
    Restart,
}

/// <summary>What happens at a moment of a schedule.</summary>
public enum ScheduleEdge
{
    /// <summary>Out of service.</summary>
    Close,

    /// <summary>In service again.</summary>
    Open,
    Restart,
}

/// <summary>What a schedule does, and when, by the clock on the site's wall.</summary>
/// <param name="At">When it begins: HH:mm.</param>
/// <param name="Until">When an out-of-service time ends.</param>
/// <param name="Days">On which days it begins; empty: every day.</param>
/// <param name="Date">Once, on that day; absent: again and again.</param>
/// <param name="Hard">Restart as by the power switch.</param>
/// <param name="OnlyIdle">Restart only when nobody charges; waits up to three hours for that.</param>
public sealed record ScheduleRule(
    ScheduleKind Kind, TimeOnly At, TimeOnly? Until = null, IReadOnlyList<DayOfWeek>? Days = null, DateOnly? Date = null, bool Hard = false, bool OnlyIdle = true);

/// <summary>Something that happens to stations at certain times.</summary>
internal sealed class Schedule : ITenantOwned
{
    public ScheduleId Id { get; init; } = ScheduleId.New();
    public required TenantId TenantId { get; init; }
    public required string Name { get; set; }

    /// <summary>Whose stations, and whose wall clock; null: the operator's clock.</summary>
    public SiteId? SiteId { get; set; }
    public required JobSelection Selection { get; set; }
    public required ScheduleRule Rule { get; set; }
    public bool Enabled { get; set; }
    public DateTimeOffset? NextAt { get; set; }
    public ScheduleEdge? NextEdge { get; set; }
    public DateTimeOffset? LastAt { get; set; }
    public ScheduleEdge? LastEdge { get; set; }
    public JobId? LastJobId { get; set; }

    /// <summary>A run that fell due while the server was down, and was too late to make up for.</summary>
    public DateTimeOffset? MissedAt { get; set; }
    public required string CreatedBy { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class SchedulesModel : IEntityTypeConfiguration<Schedule>
{
    public void Configure(EntityTypeBuilder<Schedule> builder)
    {
        builder.ToTable("station_schedule");
        builder.Property(s => s.Selection).HasJson();
        builder.Property(s => s.Rule).HasJson();
        builder.Property(s => s.NextEdge).HasConversion(e => e == null ? null : e.Value.ToString().ToLowerInvariant(), t => t == null ? null : Enum.Parse<ScheduleEdge>(t, true));
        builder.Property(s => s.LastEdge).HasConversion(e => e == null ? null : e.Value.ToString().ToLowerInvariant(), t => t == null ? null : Enum.Parse<ScheduleEdge>(t, true));
    }
}
