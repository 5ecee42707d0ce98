using System.Text.Json.Serialization;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Drivers.Import;

[JsonConverter(typeof(TypedIdJson<PeopleImportId>))]
public readonly record struct PeopleImportId(Guid Value) : ITypedId<PeopleImportId>
{
    public static PeopleImportId From(Guid value) => new(value);

    public static PeopleImportId New() => new(Guid.CreateVersion7());
}

/// <summary>Where an import stands.</summary>
public enum ImportState
{
    /// <summary>The dry run: each line is held against what there is; nothing is written.</summary>
    Checking,

    /// <summary>Checked; a person starts it or not.</summary>
    Ready,

    /// <summary>Works.</summary>
    Running,

    /// <summary>Every line is done or was at fault.</summary>
    Finished,

    /// <summary>Stopped by a person; what was done stays, and can be taken back.</summary>
    Cancelled,

    /// <summary>Is being taken back.</summary>
    Undoing,

    /// <summary>Taken back, but for what has been used since.</summary>
    Undone,

    /// <summary>Broke off again and again; the error says why.</summary>
    Failed,
}

/// <summary>An import of drivers and badges from a file.</summary>
public sealed class PeopleImport : ITenantOwned
{
    public PeopleImportId Id { get; init; } = PeopleImportId.New();
    public required TenantId TenantId { get; init; }
    public required string FileName { get; init; }
    public ImportState State { get; set; }

    /// <summary>Runs right after the dry run, whatever that found.</summary>
    public bool StartByItself { get; init; }

    /// <summary>Lines of the file.</summary>
    public int Total { get; init; }

    /// <summary>Lines that the present step has seen.</summary>
    public int Seen { get; set; }
    public required string RequestedBy { get; init; }
    public required string RequestedKind { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? CheckedAt { get; set; }
    public DateTimeOffset? StartedAt { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }
    public DateTimeOffset? UndoneAt { get; set; }
    public int Attempts { get; set; }
    public DateTimeOffset? RetryAt { get; set; }
    public string? Error { get; set; }
}

/// <summary>What an import came to, counted over its lines.</summary>
/// <param name="Bad">Lines at fault.</param>
/// <param name="Kept">Lines that were not taken back, because what they made has been used or changed since.</param>
public sealed record ImportCounts(int Done, int Bad, int Undone, int Kept, int DriversCreated, int DriversChanged, int BadgesCreated, int BadgesChanged, int Unchanged)
{
    public static readonly ImportCounts None = new(0, 0, 0, 0, 0, 0, 0, 0, 0);
}

/// <summary>An import as the API shows it.</summary>
public sealed record ImportView(
    PeopleImportId Id, string FileName, ImportState State, int Total, int Seen, ImportCounts Counts, string RequestedBy, DateTimeOffset CreatedAt, DateTimeOffset? CheckedAt,
    DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, DateTimeOffset? UndoneAt, string? Error)
{
    internal static ImportView Of(PeopleImport i, ImportCounts counts) =>
        new(i.Id, i.FileName, i.State, i.Total, i.Seen, counts, i.RequestedBy, i.CreatedAt, i.CheckedAt, i.StartedAt, i.FinishedAt, i.UndoneAt, i.Error);

    /// <summary>Whether a worker has it in hand.</summary>
    internal bool Works => State is ImportState.Checking or ImportState.Running or ImportState.Undoing;

    /// <summary>Whether something is there to take back.</summary>
    internal bool CanUndo => State is ImportState.Finished or ImportState.Cancelled or ImportState.Failed && Counts.Done > 0;
}

internal sealed class PeopleImportModel : IEntityTypeConfiguration<PeopleImport>
{
    public void Configure(EntityTypeBuilder<PeopleImport> builder) => builder.Property(i => i.State).HasName();
}
