using System.Text.Json.Serialization;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Sessions.Reservations;

[JsonConverter(typeof(TypedIdJson<ReservationId>))]
public readonly record struct ReservationId(Guid Value) : ITypedId<ReservationId>
{
    public static ReservationId From(Guid value) => new(value);

    public static ReservationId New() => new(Guid.CreateVersion7());
}

/// <summary>How far a reservation has come.</summary>
public enum ReservationState
{
    /// <summary>Kept by us; the station does not know it yet.</summary>
    Planned,

    /// <summary>Told to the station; its answer is not known.</summary>
    Sent,

    /// <summary>The station holds it.</summary>
    Active,

    /// <summary>A session began with it.</summary>
    Fulfilled,

    /// <summary>Its time passed and the station never held it.</summary>
    Expired,

    /// <summary>Given up by a person.</summary>
    Cancelled,

    /// <summary>The station does not take it.</summary>
    Rejected,

    /// <summary>The station held it, and nobody came.</summary>
    NoShow,
}

/// <summary>Why a reservation stands as it does: stable words of the API.</summary>
internal static class ReservationReason
{
    public const string Offline = "stationOffline", Timeout = "stationTimeout", Error = "stationError", NotSupported = "notSupported";

    /// <summary>The station's own word in our spelling: occupied, faulted, unavailable, rejected.</summary>
    public static string Of(string answer) => answer.Length == 0 ? Error : char.ToLowerInvariant(answer[0]) + answer[1..];
}

/// <summary>An EVSE, or any of a station's, held for a token until a time.</summary>
public sealed class Reservation : ITenantOwned
{
    public ReservationId Id { get; init; } = ReservationId.New();
    public required TenantId TenantId { get; init; }
    public required StationId StationId { get; init; }

    /// <summary>Its id towards the station; unique there, and the same however often it is sent.</summary>
    public required int Number { get; init; }

    /// <summary>Null: any EVSE of the station.</summary>
    public int? EvseNumber { get; init; }

    /// <summary>As the station's protocol counts; 0: any.</summary>
    public int ConnectorNumber { get; init; }

    /// <summary>Which one the station was asked for: a free one where it cannot hold "any".</summary>
    public int? SentConnector { get; set; }
    public required string IdToken { get; init; }
    public required string IdTokenKey { get; init; }
    public IdTokenId? IdTokenId { get; init; }

    /// <summary>Tokens of the group may use it too.</summary>
    public string? GroupId { get; init; }
    public DriverId? DriverId { get; init; }
    public required DateTimeOffset StartsAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public ReservationState State { get; set; }

    /// <summary>The station's last word on it: Accepted, Occupied, Faulted, Unavailable, Rejected, or an error code.</summary>
    public string? Answer { get; set; }

    /// <summary>See <see cref="ReservationReason"/>; null while all is well.</summary>
    public string? Reason { get; set; }

    /// <summary>The station's word on giving it up.</summary>
    public string? CancelAnswer { get; set; }
    public SessionId? SessionId { get; init; }
    public string? Note { get; init; }
    public required string RequestedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last sent.</summary>
    public DateTimeOffset? SentAt { get; set; }

    /// <summary>When the station last said that it holds it.</summary>
    public DateTimeOffset? ConfirmedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public int Attempts { get; set; }

    /// <summary>The station has still to be told: of the reservation, or of its end.</summary>
    public bool TellsStation { get; set; }

    /// <summary>When it is looked at next; null: never again.</summary>
    public DateTimeOffset? DueAt { get; set; }

    /// <summary>Somebody is at it until then; a node that died holds it no longer.</summary>
    public DateTimeOffset? LeasedUntil { get; set; }
    public ChargingStation? Station { get; init; }
    public Driver? Driver { get; init; }

    /// <summary>Whether it may still be used.</summary>
    public bool IsOpen => State is ReservationState.Planned or ReservationState.Sent or ReservationState.Active;
}

internal sealed class ReservationModel : IEntityTypeConfiguration<Reservation>
{
    public void Configure(EntityTypeBuilder<Reservation> builder)
    {
        builder.Property(r => r.State).HasName();
        builder.HasOne(r => r.Station).WithMany().HasForeignKey(r => r.StationId);
        builder.HasOne(r => r.Driver).WithMany().HasForeignKey(r => r.DriverId);
    }
}
