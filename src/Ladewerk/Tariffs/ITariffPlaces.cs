namespace Ladewerk.Tariffs;

/// <summary>Something an assignment may name, with what people call it.</summary>
public sealed record TariffTarget(AssignmentLevel Level, string Target, string Label);

/// <summary>
/// The places and drivers that assignments speak of. Owned here, because tariffs need it; implemented where stations and
/// drivers are known.
/// </summary>
public interface ITariffPlaces
{
    /// <summary>
    /// Who would charge where. <paramref name="evse"/> is an EVSE-ID, "station/number", or a station's identity (its
    /// first EVSE). Null where the tenant has no such EVSE; an unknown token charges as a stranger.
    /// </summary>
    Task<TariffQuestion?> Question(string evse, string? token, CancellationToken ct);

    /// <summary>What can be named in assignments: sites, stations, EVSEs, groups.</summary>
    Task<IReadOnlyList<TariffTarget>> Targets(CancellationToken ct);

    /// <summary>The EVSEs that an assignment reaches, for the checks by place; null where the tenant has no such target.</summary>
    Task<IReadOnlyList<TariffPlace>?> Reach(AssignmentLevel level, string target, CancellationToken ct);
}
