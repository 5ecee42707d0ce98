using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Tariffs;

namespace Ladewerk.Sessions;

/// <summary>A session as its station's only writer holds it. Immutable: the next state takes its place once it is committed.</summary>
public sealed record RunningSession
{
    public required SessionId Id { get; init; }
    public required long TransactionId { get; init; }
    public required int ConnectorNumber { get; init; }
    public required int EvseNumber { get; init; }
    public required long StartKey { get; init; }
    public required string IdToken { get; init; }
    public required string IdTokenKey { get; init; }

    /// <summary>The group that tariffs go by.</summary>
    public string? GroupId { get; init; }
    public Guid? ContractId { get; init; }

    /// <summary>The reservation that it used.</summary>
    public Reservations.ReservationId? ReservationId { get; init; }

    /// <summary>The decision at the start, see <see cref="AuthorisationStatus"/>.</summary>
    public required AuthorisationStatus Authorisation { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? StationStartedAt { get; init; }
    public required WattHours MeterStart { get; init; }

    /// <summary>By what the station's readings were multiplied at the start.</summary>
    public decimal EnergyFactor { get; init; } = 1;
    public required EnergyRegister Register { get; init; }
    public SessionPhase Phase { get; init; }
    public Watts? Power { get; init; }
    public float? Soc { get; init; }
    public DateTimeOffset? LastSampleAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    public WattHours? MeterStop { get; init; }
    public string? StopReason { get; init; }
    public string? StopToken { get; init; }
    public IReadOnlyList<string> Findings { get; init; } = [];

    /// <summary>The tariff version that held at the start.</summary>
    public Tariff? Tariff { get; init; }
    public string TimeZone { get; init; } = "Europe/Berlin";

    /// <summary>Holds from <see cref="NextTariffAt"/> on, because a window of the contract ends.</summary>
    public Tariff? NextTariff { get; init; }
    public DateTimeOffset? NextTariffAt { get; init; }

    /// <summary>What a code pays, as it was at the start.</summary>
    public CodeCredit? Credit { get; init; }

    /// <summary>Its cost so far is written with its live values, because a limit depends on it.</summary>
    public bool KeepsCost { get; init; }

    /// <summary>Gross where known; only where <see cref="KeepsCost"/>, worked out just before it is written.</summary>
    public decimal? CostSoFar { get; init; }

    /// <summary>Readings and phases so far, for the running cost and against doubles; null for an ended session until it is asked for.</summary>
    public SampleTrail? Trail { get; init; }

    public bool IsActive => EndedAt is null;

    public WattHours Energy => Register.Energy;

    /// <summary>Adds findings, each once.</summary>
    public RunningSession Found(params ReadOnlySpan<string?> findings)
    {
        List<string>? more = null;
        foreach (var finding in findings)
        {
            if (finding is not null && !Findings.Contains(finding, StringComparer.Ordinal) && more?.Contains(finding) != true)
            {
                (more ??= []).Add(finding);
            }
        }

        return more is null ? this : this with { Findings = [.. Findings, .. more] };
    }
}

/// <summary>What is known along the time of a session.</summary>
/// <param name="At">Corrected time.</param>
/// <param name="EnergyWh">Session energy then; null for a mere change of phase.</param>
/// <param name="PowerW">Power then, where it was read.</param>
/// <param name="Phase">The phase from then on.</param>
public readonly record struct TrailPoint(DateTimeOffset At, long? EnergyWh, long? PowerW, SessionPhase Phase);

/// <summary>The readings of a session: its points for pricing, and the keys by which a reading sent twice is known.</summary>
public sealed class SampleTrail
{
    private readonly HashSet<long> keys = [];
    private readonly List<TrailPoint> points = [];

    public IReadOnlyList<TrailPoint> Points => points;

    public bool Contains(long key) => keys.Contains(key);

    internal void Add(long key, TrailPoint point)
    {
        if (keys.Add(key))
        {
            points.Add(point);
        }
    }
}
