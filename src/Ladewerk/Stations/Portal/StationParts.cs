namespace Ladewerk.Stations.Portal;

/// <summary>A tab among a station's pages that another capability brings: <c>services.AddSingleton(new StationTab(...))</c>.</summary>
/// <param name="Order">Among the others: overview 10, sessions 20, configuration 30, messages 40, maintenance 50, health 60.</param>
/// <param name="Path">What stands behind the station's address; also the <c>Tab</c> that its page gives to <c>StationHead</c>.</param>
/// <param name="Text">Key of its word.</param>
/// <param name="Permission">Who may open it.</param>
public sealed record StationTab(int Order, string Path, string Text, string Permission)
{
    /// <summary>The module that it belongs to; null: none.</summary>
    public string? Module { get; init; }
}

/// <summary>A card on a station's overview that another capability brings. The component takes the parameter <c>Station</c> (<see cref="StationFacts"/>).</summary>
/// <param name="Order">Among those of other capabilities.</param>
/// <param name="Component">The card; it may show nothing.</param>
/// <param name="Permission">Who may see it.</param>
public sealed record StationCard(int Order, Type Component, string Permission);

/// <summary>A card on a station's health page that another capability brings. The component takes the parameter <c>Station</c> (<see cref="StationFacts"/>).</summary>
/// <param name="Order">Among those of other capabilities.</param>
/// <param name="Component">The card; it may show nothing.</param>
/// <param name="Permission">Who may see it.</param>
public sealed record StationHealthCard(int Order, Type Component, string Permission);
