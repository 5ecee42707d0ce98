using System.Text.Json.Serialization;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Drivers.Badges;

[JsonConverter(typeof(TypedIdJson<BadgeBatchId>))]
public readonly record struct BadgeBatchId(Guid Value) : ITypedId<BadgeBatchId>
{
    public static BadgeBatchId From(Guid value) => new(value);

    public static BadgeBatchId New() => new(Guid.CreateVersion7());
}

[JsonConverter(typeof(TypedIdJson<BadgeOrderId>))]
public readonly record struct BadgeOrderId(Guid Value) : ITypedId<BadgeOrderId>
{
    public static BadgeOrderId From(Guid value) => new(value);

    public static BadgeOrderId New() => new(Guid.CreateVersion7());
}

/// <summary>Badges that were made or bought together.</summary>
public sealed class BadgeBatch : ITenantOwned
{
    public BadgeBatchId Id { get; init; } = BadgeBatchId.New();
    public required TenantId TenantId { get; init; }

    /// <summary>Unique within the tenant.</summary>
    public required string Name { get; set; }
    public string? Note { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
    public required string CreatedBy { get; init; }
}

/// <summary>Whether and how drivers order badges by themselves.</summary>
public sealed class BadgeOrderRules : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public bool IsOpen { get; set; }

    /// <summary>What a badge costs, in the operator's words.</summary>
    public string? PriceDe { get; set; }
    public string? PriceEn { get; set; }

    /// <summary>Whether a badge that was sent charges only once the driver has typed its number.</summary>
    public bool ByDriver { get; set; } = true;

    /// <summary>How many orders of one driver may wait at once.</summary>
    public int MostOpen { get; set; } = 1;
}

/// <summary>Where an order stands.</summary>
public enum BadgeOrderState
{
    /// <summary>The operator has it.</summary>
    Ordered,

    /// <summary>A badge is on its way, and does not charge yet.</summary>
    Sent,

    /// <summary>The badge charges.</summary>
    Active,

    /// <summary>Taken back by the driver, or refused by the operator.</summary>
    Cancelled,
}

/// <summary>A badge that a driver ordered, and where it goes.</summary>
public sealed class BadgeOrder : ITenantOwned
{
    public BadgeOrderId Id { get; init; } = BadgeOrderId.New();
    public required TenantId TenantId { get; init; }
    public required DriverId DriverId { get; init; }
    public required string Recipient { get; init; }
    public string? Company { get; init; }
    public required string Street { get; init; }
    public required string PostalCode { get; init; }
    public required string City { get; init; }

    /// <summary>ISO 3166-1, two capital letters.</summary>
    public required string Country { get; init; }
    public BadgeOrderState State { get; set; }
    public DateTimeOffset OrderedAt { get; init; }
    public DateTimeOffset? SentAt { get; set; }
    public string? SentBy { get; set; }
    public DateTimeOffset? ActivatedAt { get; set; }
    public DateTimeOffset? CancelledAt { get; set; }

    /// <summary>The badge that was sent.</summary>
    public IdTokenId? IdTokenId { get; set; }
}

/// <summary>A badge is on its way to a driver.</summary>
/// <param name="Number">As it is printed on the badge.</param>
public sealed record BadgeSent(Guid OrderId, Guid DriverId, string Number) : IEvent
{
    public static string Type => "badgeSent";
}

internal sealed class BadgeModel : IEntityTypeConfiguration<BadgeBatch>, IEntityTypeConfiguration<BadgeOrderRules>, IEntityTypeConfiguration<BadgeOrder>
{
    public void Configure(EntityTypeBuilder<BadgeBatch> builder) => builder.HasKey(b => b.Id);

    public void Configure(EntityTypeBuilder<BadgeOrderRules> builder) => builder.HasKey(r => r.TenantId);

    public void Configure(EntityTypeBuilder<BadgeOrder> builder) => builder.Property(o => o.State).HasName();
}
