namespace Ladewerk.Drivers.Portal;

/// <summary>Something that a capability shows below a driver's form and a badge's; registered like a navigation entry.</summary>
/// <param name="Order">Order on the page.</param>
/// <param name="Component">With the parameters <c>Driver</c> (an id) and <c>Uid</c> (of a badge), of which one is given.</param>
/// <param name="Permission">Who may see it.</param>
public sealed record PersonCard(int Order, Type Component, string Permission);
