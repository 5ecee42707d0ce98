using System.Text.Json.Serialization;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Notifications.Webhooks;

[JsonConverter(typeof(TypedIdJson<WebhookId>))]
public readonly record struct WebhookId(Guid Value) : ITypedId<WebhookId>
{
    public static WebhookId From(Guid value) => new(value);

    public static WebhookId New() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
}

/// <summary>Where another system wants to hear of things.</summary>
public sealed class Webhook : ITenantOwned
{
    public WebhookId Id { get; init; } = WebhookId.New();
    public required TenantId TenantId { get; init; }
    public required string Name { get; set; }
    public required string Url { get; set; }

    /// <summary>Names of the catalogue; empty: all.</summary>
    public string[] Events { get; set; } = [];
    public required string ProtectedSecret { get; set; }
    public bool IsOn { get; set; } = true;

    /// <summary>Since when no delivery came through.</summary>
    public DateTimeOffset? FailingSince { get; set; }

    /// <summary>Set: failed for so long that it is left alone until a person looks.</summary>
    public DateTimeOffset? PausedAt { get; set; }

    /// <summary>No attempt before this: a pause after a failure, or somebody is at it.</summary>
    public DateTimeOffset? RestsUntil { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
    public required string CreatedBy { get; init; }
}

/// <summary>A message to a webhook.</summary>
public sealed class WebhookDelivery : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required WebhookId WebhookId { get; init; }

    /// <summary>The order in which a webhook gets its messages.</summary>
    public long Sequence { get; init; }

    /// <summary>The same for every attempt and every replay of a happening.</summary>
    public required Guid EventId { get; init; }
    public required string Event { get; init; }
    public required string Body { get; init; }
    public bool IsReplay { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset AvailableAt { get; set; }
    public int Attempts { get; set; }
    public DateTimeOffset? DeliveredAt { get; set; }

    /// <summary>Set: given up, because the receiver refused it again and again.</summary>
    public DateTimeOffset? FailedAt { get; set; }

    /// <summary>HTTP status of the last answer; null where there was none.</summary>
    public int? Status { get; set; }

    /// <summary>The beginning of the last answer, or what went wrong.</summary>
    public string? Answer { get; set; }
    public int? TookMs { get; set; }
}

internal sealed class WebhookModel : IEntityTypeConfiguration<Webhook>, IEntityTypeConfiguration<WebhookDelivery>
{
    public void Configure(EntityTypeBuilder<Webhook> builder) => builder.HasKey(w => w.Id);

    public void Configure(EntityTypeBuilder<WebhookDelivery> builder) => builder.Property(d => d.Sequence).UseIdentityAlwaysColumn();
}
