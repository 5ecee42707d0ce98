using Ladewerk.Kernel;

namespace Ladewerk.Tariffs;

/// <summary>Who charges where: what assignments may name. Null where it does not apply.</summary>
public sealed record TariffQuestion(TenantId TenantId, Guid? ContractId, string? GroupId, string? EvseId, string StationIdentity, Guid? SiteId)
{
    /// <summary>1..n within the station: an EVSE may be named "station/number" where it has no EVSE-ID.</summary>
    public int? EvseNumber { get; init; }

    public string? CircuitId { get; init; }

    public string? OrganisationId { get; init; }

    /// <summary>Ad-hoc sessions look for ad-hoc tariffs first and take a regular one where there is none.</summary>
    public TariffKind Kind { get; init; }

    /// <summary>When the session starts; null: now.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>The names by which an assignment of a level may mean this place or driver.</summary>
    internal IEnumerable<string> Targets(AssignmentLevel level) => level switch
    {
        AssignmentLevel.Contract => Given(ContractId?.ToString()),
        AssignmentLevel.Group => Given(GroupId),
        AssignmentLevel.Evse => Given(EvseId).Concat(Given(EvseNumber is { } number ? FormattableString.Invariant($"{StationIdentity}/{number}") : null)),
        AssignmentLevel.Station => Given(StationIdentity),
        AssignmentLevel.Circuit => Given(CircuitId),
        AssignmentLevel.Site => Given(SiteId?.ToString()),
        AssignmentLevel.Organisation => Given(OrganisationId),
        AssignmentLevel.Tenant => [""],
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, null),
    };

    private static IEnumerable<string> Given(string? name) => name is null ? [] : [name];
}

/// <summary>The tariff version that holds, and by which assignment.</summary>
/// <param name="Level">contract, group, evse, station, circuit, site, organisation, tenant; default where no assignment matched.</param>
/// <param name="Target">What the assignment names.</param>
public sealed record ResolvedTariff(Guid TariffId, int Version, Tariff Tariff, string Level, string Target);

/// <summary>How the choice was made: the answer, and what was considered, most specific first.</summary>
public sealed record TariffExplanation(ResolvedTariff Answer, IReadOnlyList<TariffStep> Steps);

/// <summary>One thing that was considered.</summary>
/// <param name="Level">As in <see cref="ResolvedTariff"/>.</param>
/// <param name="Target">Empty where nothing is assigned at this level.</param>
/// <param name="TariffId">Null where nothing is assigned at this level.</param>
/// <param name="Outcome">chosen, overridden (something more specific, of higher priority or newer holds), notValid, otherKind, none.</param>
/// <param name="Text">The same in words.</param>
public sealed record TariffStep(string Level, string Target, TariffId? TariffId, string? TariffName, int? Version, string Outcome, LocalizedText Text);
