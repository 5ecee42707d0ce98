namespace Ladewerk.Sessions.Portal;

/// <summary>A card on a session's page that another capability brings; registered like a navigation entry. The component takes the parameter <c>Session</c>.</summary>
/// <param name="Order">Among those of other capabilities.</param>
/// <param name="Component">The card; it may show nothing.</param>
/// <param name="Permission">Who may see it.</param>
public sealed record SessionCard(int Order, Type Component, string Permission);
