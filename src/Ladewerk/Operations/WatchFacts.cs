namespace Ladewerk.Operations;

/// <summary>A station as the rules see it.</summary>
/// <param name="Heartbeat">How often it has to speak.</param>
/// <param name="ClockOffset">Its clock minus ours, as last measured.</param>
/// <param name="Connects">How often it connected within the window of <see cref="FindingKind.Flapping"/>.</param>
/// <param name="Boots">How often it booted within the window of <see cref="FindingKind.BootLoop"/>.</param>
public sealed record StationFact(
    Guid Station, string Registration, string? Make, DateTimeOffset CreatedAt, DateTimeOffset? ConnectedAt, DateTimeOffset? LastSeenAt, TimeSpan Heartbeat,
    TimeSpan? ClockOffset = null, long Connects = 0, DateTimeOffset? FirstConnect = null, long Boots = 0, DateTimeOffset? FirstBoot = null)
{
    public bool IsOnline => ConnectedAt is not null;
}

/// <summary>A connector that is not simply free or out of service.</summary>
public sealed record ConnectorFact(
    Guid Station, int Connector, string Status, DateTimeOffset StatusAt, string ErrorCode = "NoError", string? VendorCode = null, Guid? Session = null, bool IsOnline = true);

/// <summary>A running session.</summary>
public sealed record SessionFact(Guid Station, int Connector, Guid Session, long TransactionId, string Phase, DateTimeOffset StartedAt, DateTimeOffset? LastSampleAt, bool IsOnline = true);

/// <summary>A remote start that its station accepted.</summary>
/// <param name="Followed">Whether a session began since, there.</param>
/// <param name="Status">What the connector said last.</param>
public sealed record StartFact(Guid Station, int? Connector, DateTimeOffset At, string? RequestedBy, bool Followed, string? Status = null, DateTimeOffset? StatusAt = null);

/// <summary>Readings of a connector that belong to no session, within the window of <see cref="FindingKind.EnergyWithoutSession"/>.</summary>
public sealed record StrayFact(Guid Station, int Connector, DateTimeOffset From, DateTimeOffset To, long? RegisterRiseWh, long? MostW);

/// <summary>How often a charge point went out of order within the window of <see cref="FindingKind.RepeatedFaults"/>.</summary>
public sealed record FaultsFact(Guid Station, int Evse, long Count, DateTimeOffset First, DateTimeOffset Last, string? Detail);

/// <summary>Readings while a limit held: the least that flowed in the time of <see cref="FindingKind.LimitIgnored"/>.</summary>
/// <param name="Connector">Null: the station as a whole.</param>
/// <param name="SetAt">When the limit was set.</param>
/// <param name="Oldest">The first of the readings.</param>
public sealed record LimitFact(
    Guid Station, int? Connector, decimal? LimitA, decimal? LimitW, DateTimeOffset SetAt, decimal? LeastA, decimal? LeastW, long Readings, DateTimeOffset Oldest);

/// <summary>Work that waits for a person; it is what it is, no rule judges it.</summary>
public sealed record PaperFact(FindingKind Kind, string Key, Guid? Station, DateTimeOffset Since, Guid? Session, FindingFacts Facts, string? Identity = null);

/// <summary>All that the rules of a tenant look at, read at one moment.</summary>
public sealed record WatchFacts
{
    public IReadOnlyList<StationFact> Stations { get; init; } = [];
    public IReadOnlyList<ConnectorFact> Connectors { get; init; } = [];
    public IReadOnlyList<SessionFact> Sessions { get; init; } = [];
    public IReadOnlyList<StartFact> Starts { get; init; } = [];
    public IReadOnlyList<StrayFact> Strays { get; init; } = [];
    public IReadOnlyList<FaultsFact> Faults { get; init; } = [];
    public IReadOnlyList<LimitFact> Limits { get; init; } = [];
    public IReadOnlyList<PaperFact> Papers { get; init; } = [];
}
