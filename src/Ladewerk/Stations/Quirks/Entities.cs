using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Stations.Quirks;

/// <summary>An operator's own quirk profile, or its copy of a shipped one.</summary>
public sealed class StoredQuirkProfile : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required string Key { get; init; }
    public required QuirkProfile Definition { get; set; }
    public bool Enabled { get; set; } = true;
    public DateTimeOffset ChangedAt { get; set; }
    public string? ChangedBy { get; set; }
}

internal sealed class QuirksModel : IEntityTypeConfiguration<StoredQuirkProfile>
{
    public void Configure(EntityTypeBuilder<StoredQuirkProfile> builder)
    {
        builder.ToTable("quirk_profile").HasKey(p => new { p.TenantId, p.Key });
        builder.Property(p => p.Definition).HasJson();
    }
}
