using Ladewerk.Ocpp.V16;

namespace Ladewerk.Simulator.Stations;

/// <summary>A transaction as the station sees it.</summary>
internal sealed class StationTransaction
{
    public required string IdTag { get; init; }
    public string? ParentIdTag { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required long MeterStartWh { get; init; }
    public int? ReservationId { get; init; }

    /// <summary>Null until the StartTransaction is answered.</summary>
    public int? Id { get; set; }
    public DateTimeOffset NextSampleAt { get; set; }

    /// <summary>Readings for the StopTransaction (StopTxnSampledData).</summary>
    public List<MeterValue> Readings { get; } = [];

    /// <summary>What the meter signed at the beginning, where it signs.</summary>
    public string? SignedBegin { get; init; }

    public RunningTransaction Running => new(Id, StartedAt);
}

/// <summary>A connector held for a tag.</summary>
internal sealed record Reservation(int Id, string IdTag, string? ParentIdTag, DateTimeOffset ExpiresAt);

/// <summary>A tag that may start as soon as a vehicle is plugged in.</summary>
internal sealed record PendingStart(string IdTag, string? ParentIdTag, DateTimeOffset Until, int? ReservationId = null);

/// <summary>One connector: cable, vehicle, meter, transaction.</summary>
internal sealed class ConnectorModel(int number, ConnectorSpec spec)
{
    private double soc;

    public int Number => number;

    public ConnectorSpec Spec => spec;

    /// <summary>The meter's register; it never goes back.</summary>
    public double RegisterWh { get; set; }

    /// <summary>Signs the register; null for a meter that does not.</summary>
    public SigningMeter? Signer { get; set; }

    public Vehicle? Vehicle { get; private set; }

    /// <summary>State of charge of the vehicle, 0 to 100.</summary>
    public double Soc => soc;

    public StationTransaction? Transaction { get; set; }

    public PendingStart? PendingStart { get; set; }

    public Reservation? Reservation { get; set; }

    public ChargePointErrorCode Fault { get; set; } = ChargePointErrorCode.NoError;

    public bool IsInoperative { get; set; }

    /// <summary>To be applied when the transaction is over (ChangeAvailability answered Scheduled).</summary>
    public bool? ScheduledInoperative { get; set; }

    /// <summary>The transaction is over, the cable still in.</summary>
    public bool IsFinished { get; set; }

    public Flow Flow { get; private set; }

    /// <summary>What the back end was told last.</summary>
    public ChargePointStatus? Notified { get; set; }

    public bool IsUsable => Fault == ChargePointErrorCode.NoError && !IsInoperative;

    /// <summary>Nobody charges, has plugged in, or has reserved it.</summary>
    public bool IsFree => Status == ChargePointStatus.Available;

    public bool CanStart => IsUsable && Vehicle is not null && Transaction is null && !IsFinished;

    /// <summary>Whether it counts when the station's limit is divided.</summary>
    public bool WantsPower => Transaction is not null && Vehicle is { } v && soc < v.TargetSoc && IsUsable;

    public MeterState Meter => new(RegisterWh, Flow, Vehicle is null ? null : soc, spec.IsDc);

    /// <summary>State as OCPP 1.6 §4.9 defines it.</summary>
    public ChargePointStatus Status =>
        Fault != ChargePointErrorCode.NoError ? ChargePointStatus.Faulted
        : Transaction is not null && Flow.IsHeldByStation ? ChargePointStatus.SuspendedEVSE
        : Transaction is not null && (Flow.IsHeldByVehicle || Vehicle is null) ? ChargePointStatus.SuspendedEV
        : Transaction is not null ? ChargePointStatus.Charging
        : IsInoperative ? ChargePointStatus.Unavailable
        : IsFinished ? ChargePointStatus.Finishing
        : Vehicle is not null || PendingStart is not null ? ChargePointStatus.Preparing
        : Reservation is not null ? ChargePointStatus.Reserved
        : ChargePointStatus.Available;

    public void Plug(Vehicle vehicle)
    {
        (Vehicle, soc, IsFinished) = (vehicle, vehicle.Soc, false);
        Flow = default;
    }

    public void Unplug()
    {
        (Vehicle, soc, IsFinished, PendingStart) = (null, 0, false, null);
        Flow = default;
    }

    /// <summary>Decides what flows now.</summary>
    public void Settle(ChargingLimit limit) =>
        Flow = Transaction is not null && Vehicle is { } v && IsUsable ? ChargingCurve.Of(spec, v, soc, limit) : default;

    /// <summary>Lets the flow go on for a while: the register counts, the battery fills.</summary>
    public void Charge(TimeSpan duration)
    {
        if (Vehicle is { } v && Flow.PowerW > 0)
        {
            var energy = Flow.PowerW * duration.TotalHours;
            RegisterWh += energy;
            soc = Math.Min(100, soc + (100 * energy / v.BatteryWh));
        }
    }
}
