using System.Text.Json;
using System.Text.Json.Serialization;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Sessions;

[JsonConverter(typeof(TypedIdJson<SessionId>))]
public readonly record struct SessionId(Guid Value) : ITypedId<SessionId>
{
    public static SessionId From(Guid value) => new(value);

    public static SessionId New() => new(Guid.CreateVersion7());
}

/// <summary>Whether a session still runs.</summary>
public enum SessionState
{
    Active,
    Ended,
}

/// <summary>What a session is doing.</summary>
public enum SessionPhase
{
    /// <summary>Authorised; no energy yet.</summary>
    Starting,
    Charging,

    /// <summary>The vehicle takes nothing: from here on it parks.</summary>
    SuspendedByVehicle,

    /// <summary>The station or our load management gives nothing.</summary>
    SuspendedByStation,

    /// <summary>Charging is over, the cable is still in.</summary>
    Finishing,
    Ended,
}

/// <summary>From authorisation or plug-in to unplug.</summary>
public sealed class ChargingSession : ITenantOwned
{
    public SessionId Id { get; init; } = SessionId.New();
    public required TenantId TenantId { get; init; }
    public required StationId StationId { get; init; }
    public SiteId? SiteId { get; init; }
    public required int EvseNumber { get; init; }

    /// <summary>The connector as the station's protocol numbers it (OCPP 1.6: connectorId).</summary>
    public required int ConnectorNumber { get; init; }

    /// <summary>Our number towards the station; positive, 31 bit.</summary>
    public required long TransactionId { get; init; }

    /// <summary>Natural key of the start: hash of connector, id token, timestamp and meter start.</summary>
    public required long StartKey { get; init; }

    /// <summary>As the station sent it.</summary>
    public required string IdToken { get; init; }
    public required string IdTokenKey { get; init; }
    public IdTokenId? IdTokenId { get; init; }
    public DriverId? DriverId { get; init; }
    public BillingAccountId? BillingAccountId { get; init; }

    /// <summary>Under which it was charged, frozen at the start.</summary>
    public Guid? ContractId { get; init; }

    /// <summary>The group that tariffs went by.</summary>
    public string? TariffGroup { get; init; }
    public string? CostCentre { get; set; }

    /// <summary>Paid back to an employee who charged at home.</summary>
    public decimal? ReimbursementPerKwh { get; init; }

    /// <summary>From when the next tariff holds, because a window of the contract ends.</summary>
    public DateTimeOffset? NextTariffAt { get; init; }
    public Guid? NextTariffId { get; init; }
    public int? NextTariffVersion { get; init; }

    /// <summary>windowEnd, budget or code: the limit for which the station was asked to stop it.</summary>
    public string? LimitReached { get; init; }

    /// <summary>Who drove, noted afterwards: for cards that belong to nobody.</summary>
    public DriverId? NotedDriverId { get; set; }
    public Drivers.Vehicles.VehicleId? NotedVehicleId { get; set; }
    public string? NotedBy { get; set; }
    public DateTimeOffset? NotedAt { get; set; }

    /// <summary>The reservation that it used.</summary>
    public Reservations.ReservationId? ReservationId { get; init; }

    /// <summary>accepted, unknown, blocked, expired, concurrent, reserved: the decision at the start.</summary>
    public required string Authorisation { get; init; }

    /// <summary>The station's time corrected by its clock offset.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>What the station's clock said.</summary>
    public DateTimeOffset? StationStartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; set; }
    public SessionState State { get; set; }
    public SessionPhase Phase { get; set; }
    public required WattHours MeterStartWh { get; init; }
    public WattHours? MeterStopWh { get; set; }

    /// <summary>Energy by monotone register segments.</summary>
    public WattHours EnergyWh { get; set; }

    /// <summary>Stop minus start as the meter signed it, to the last digit; null where it is not proven. What is billed, where it is known.</summary>
    public decimal? ProvenKwh { get; set; }
    public Watts? PowerW { get; set; }

    /// <summary>State of charge in percent.</summary>
    public decimal? Soc { get; set; }
    public DateTimeOffset? LastSampleAt { get; set; }
    public string? StopReason { get; set; }
    public string? StopToken { get; set; }
    public Guid? TariffId { get; init; }
    public int? TariffVersion { get; init; }

    /// <summary>IANA zone of the site at the start: the tariff's local times.</summary>
    public required string TimeZone { get; init; }

    /// <summary>The final cost (Tariffs.Cost as JSON) once priced; null while running.</summary>
    public JsonDocument? Cost { get; set; }
    public bool NeedsReview { get; set; }

    /// <summary>Stable words: meterReset, baselineZero, stopBeforeStart, clockJump, gap, unknownToken, implausibleEnergy ...</summary>
    public string[] ReviewReasons { get; set; } = [];
    public string? ReviewNote { get; set; }
    public DateTimeOffset? ReviewedAt { get; set; }
    public string? ReviewedBy { get; set; }

    /// <summary>When the driver wants to leave, and what is to be in the battery by then; each null where nothing was said.</summary>
    public DateTimeOffset? DepartureAt { get; set; }
    public WattHours? EnergyNeedWh { get; set; }

    /// <summary>Percent.</summary>
    public decimal? TargetSoc { get; set; }

    /// <summary>When we learned of it (our clock).</summary>
    public required DateTimeOffset CreatedAt { get; init; }
    public ChargingStation? Station { get; init; }
}

/// <summary>What came and could not be put anywhere: a person looks at it.</summary>
public sealed class ReviewItem : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required StationId StationId { get; init; }
    public SessionId? SessionId { get; init; }

    /// <summary>unknownTransaction, unreadableMessage, failedMessage, orphanSamples ...</summary>
    public required string Kind { get; init; }
    public required DateTimeOffset At { get; init; }
    public required JsonDocument Detail { get; init; }
    public DateTimeOffset? ResolvedAt { get; set; }
    public string? ResolvedBy { get; set; }
    public string? Note { get; set; }
}

internal sealed class SessionsModel : IEntityTypeConfiguration<ChargingSession>, IEntityTypeConfiguration<ReviewItem>
{
    public void Configure(EntityTypeBuilder<ChargingSession> builder)
    {
        builder.Property(s => s.State).HasName();
        builder.Property(s => s.Phase).HasName();
        builder.HasOne(s => s.Station).WithMany().HasForeignKey(s => s.StationId);
    }

    public void Configure(EntityTypeBuilder<ReviewItem> builder) => builder.HasKey(r => r.Id);
}
