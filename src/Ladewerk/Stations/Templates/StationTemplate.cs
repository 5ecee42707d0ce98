using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Stations.Templates;

/// <summary>By which introductions a template is chosen. Patterns with <c>*</c> for anything, without regard to case; any of a list.</summary>
/// <param name="Firmware">Null: any.</param>
public sealed record TemplateMatch(string Vendor, IReadOnlyList<string> Models, string? Firmware = null);

/// <summary>A socket or cable of the model; null is not known.</summary>
/// <param name="Type">OCPI ConnectorType: IEC_62196_T2, IEC_62196_T2_COMBO, CHADEMO ...</param>
/// <param name="Format">SOCKET or CABLE.</param>
public sealed record TemplateConnector(string Type, string? Format = null, decimal? MaxA = null, long? MaxPowerW = null);

/// <summary>Technical data of the model; null is not known.</summary>
/// <param name="CurrentType">AC1, AC3 or DC.</param>
/// <param name="MaxA">Per phase for AC.</param>
public sealed record TemplateData(string? CurrentType = null, int? Phases = null, decimal? MaxA = null, long? MaxPowerW = null, int? Evses = null, IReadOnlyList<TemplateConnector>? Connectors = null);

/// <summary>What the model can do by its protocol; null is not known.</summary>
/// <param name="LimitUnit">A or W: in which it takes charging limits.</param>
/// <param name="StationLimit">Takes a limit for the station as a whole.</param>
public sealed record TemplateCapabilities(
    bool? SmartCharging = null, string? LimitUnit = null, int? MaxStackLevel = null, bool? StationLimit = null, bool? Reservation = null, int? LocalListSize = null, bool? SignedFirmware = null, bool? SignedMeterValues = null);

/// <summary>A configuration key as it is wanted.</summary>
/// <param name="Value">Lists (with commas) are compared as sets.</param>
/// <param name="Note">Why.</param>
public sealed record WantedKey(string Key, string Value, string? Note = null);

/// <summary>What is known of a model, and how its configuration is wanted: a file.</summary>
/// <param name="Key">Lower-case letters, digits, hyphens.</param>
/// <param name="AutoApply">Differences are repaired without being asked, after each boot.</param>
/// <param name="RebootWhenNeeded">A station that says a restart is needed is restarted when nobody charges.</param>
/// <param name="Source">Where the data is from.</param>
/// <param name="QuirkProfile">Key of the quirk profile by which such stations are taken, unless the operator chose otherwise for one; <c>none</c>: no profile; null: by vendor, model and firmware.</param>
public sealed record StationTemplate(
    string Key, string Name, TemplateMatch Match, TemplateData? Data = null, TemplateCapabilities? Capabilities = null, IReadOnlyList<WantedKey>? Configuration = null, bool AutoApply = false,
    bool RebootWhenNeeded = false, string? Note = null, string? Source = null, string? QuirkProfile = null);

/// <summary>A tenant's own template.</summary>
internal sealed class OwnTemplate : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required string Key { get; init; }
    public required StationTemplate Content { get; set; }
    public DateTimeOffset ChangedAt { get; set; }
    public required string ChangedBy { get; set; }
}

/// <summary>How a station's configuration compares with its template.</summary>
internal sealed class TemplateState : ITenantOwned
{
    public required StationId StationId { get; init; }
    public required TenantId TenantId { get; init; }

    public DateTimeOffset? BootedAt { get; set; }

    /// <summary>The last boots, for telling a loop.</summary>
    public List<DateTimeOffset> Boots { get; set; } = [];

    /// <summary>When it is compared next; null: not by itself.</summary>
    public DateTimeOffset? DueAt { get; set; }
    public DateTimeOffset? LeaseUntil { get; set; }
    public DateTimeOffset? CheckedAt { get; set; }

    /// <summary>The template of the last comparison.</summary>
    public string? TemplateKey { get; set; }

    /// <summary>unknown, matches or differs.</summary>
    public string Verdict { get; set; } = "unknown";
    public int Differences { get; set; }

    /// <summary>When it was last written by itself.</summary>
    public DateTimeOffset? AppliedAt { get; set; }

    /// <summary>How often it was written by itself without being as wanted afterwards.</summary>
    public int Tries { get; set; }

    /// <summary>Why nothing is written by itself any more: boot-loop or does-not-hold.</summary>
    public string? Stopped { get; set; }
    public DateTimeOffset? StoppedAt { get; set; }
}

internal sealed class TemplatesModel : IEntityTypeConfiguration<OwnTemplate>, IEntityTypeConfiguration<TemplateState>
{
    public void Configure(EntityTypeBuilder<OwnTemplate> builder)
    {
        builder.ToTable("station_template");
        builder.HasKey(t => new { t.TenantId, t.Key });
        builder.Property(t => t.Content).HasJson();
    }

    public void Configure(EntityTypeBuilder<TemplateState> builder)
    {
        builder.ToTable("station_template_state");
        builder.HasKey(s => s.StationId);
    }
}
