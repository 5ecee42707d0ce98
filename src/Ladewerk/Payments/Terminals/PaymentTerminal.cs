using System.Text.Json.Serialization;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Payments.Terminals;

[JsonConverter(typeof(TypedIdJson<TerminalId>))]
public readonly record struct TerminalId(Guid Value) : ITypedId<TerminalId>
{
    public static TerminalId From(Guid value) => new(value);

    public static TerminalId New() => new(Guid.CreateVersion7());
}

/// <summary>A card reader at a site, for one or more charge points.</summary>
public sealed class PaymentTerminal : ITenantOwned
{
    public TerminalId Id { get; init; } = TerminalId.New();
    public required TenantId TenantId { get; init; }
    public required SiteId SiteId { get; init; }

    /// <summary>See <see cref="IPaymentTerminal.Name"/>.</summary>
    public required string Provider { get; init; }

    /// <summary>The provider's id of it.</summary>
    public required string ReaderId { get; init; }

    /// <summary>The provider's id of the site.</summary>
    public string? LocationId { get; set; }
    public required string Label { get; set; }
    public string? Model { get; set; }
    public string? SerialNumber { get; set; }

    /// <summary>Whether it asks for a card by itself when a car is plugged in.</summary>
    public bool AsksItself { get; set; } = true;
    public bool Online { get; set; }

    /// <summary>When it was last seen online.</summary>
    public DateTimeOffset? SeenAt { get; set; }
    public string? LastError { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? RemovedAt { get; set; }
    public DateTimeOffset? UnregisteredAt { get; set; }

    /// <summary>When it is looked at next; moved by SQL alone.</summary>
    public DateTimeOffset? DueAt { get; init; }
}

/// <summary>A charge point and the reader that it has.</summary>
public sealed class TerminalPoint : ITenantOwned
{
    public required StationId StationId { get; init; }
    public required int EvseNumber { get; init; }
    public required TenantId TenantId { get; init; }
    public required TerminalId TerminalId { get; init; }
    public bool Asked { get; set; }
}

/// <summary>Who wants a card to be asked for.</summary>
public enum OfferOrigin
{
    /// <summary>A car was plugged in and nobody was authorised.</summary>
    Plug,

    /// <summary>Somebody pressed the button on the charge point's page.</summary>
    Page,

    /// <summary>A kiosk, or another program.</summary>
    Api,
}

/// <summary>How far a payment is at its reader.</summary>
public enum OfferState
{
    /// <summary>The reader is busy with somebody else.</summary>
    Queued,

    /// <summary>The reader asks for a card.</summary>
    Offered,
    Over,
}

/// <summary>Why no card came.</summary>
public enum OfferEnding
{
    /// <summary>The car left, or the point is out of order.</summary>
    Left,

    /// <summary>Somebody charges there by other means.</summary>
    Taken,

    /// <summary>Too many cards were declined.</summary>
    Declined,

    /// <summary>Somebody pressed cancel.</summary>
    Cancelled,
    TimedOut,

    /// <summary>The reader is not connected.</summary>
    Offline,

    /// <summary>The reader was taken out.</summary>
    Removed,
}

/// <summary>A payment that waits for its turn at a reader, or for a card there.</summary>
public sealed class TerminalOffer : ITenantOwned
{
    public required PaymentId PaymentId { get; init; }
    public required TenantId TenantId { get; init; }
    public required TerminalId TerminalId { get; init; }
    public required StationId StationId { get; init; }
    public required int EvseNumber { get; init; }
    public required OfferOrigin Origin { get; init; }
    public OfferState State { get; set; }

    /// <summary>How often the reader was asked: each time has its own key.</summary>
    public int Round { get; set; }
    public int Declines { get; set; }

    /// <summary>The last round whose decline was counted.</summary>
    public int Judged { get; set; }
    public OfferEnding? Ending { get; set; }

    /// <summary>Nobody waits longer.</summary>
    public required DateTimeOffset Until { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset QueuedAt { get; set; }
    public DateTimeOffset? OfferedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
}

internal sealed class TerminalModel : IEntityTypeConfiguration<PaymentTerminal>, IEntityTypeConfiguration<TerminalPoint>, IEntityTypeConfiguration<TerminalOffer>
{
    public void Configure(EntityTypeBuilder<PaymentTerminal> builder) => builder.HasKey(t => t.Id);

    public void Configure(EntityTypeBuilder<TerminalPoint> builder) => builder.HasKey(p => new { p.StationId, p.EvseNumber });

    public void Configure(EntityTypeBuilder<TerminalOffer> builder)
    {
        builder.HasKey(o => o.PaymentId);
        builder.Property(o => o.Origin).HasName();
        builder.Property(o => o.State).HasName();
        builder.Property(o => o.Ending).HasConversion(
            ending => ending == null ? null : System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(ending.Value.ToString()),
            text => text == null ? null : Enum.Parse<OfferEnding>(text, true));
    }
}
