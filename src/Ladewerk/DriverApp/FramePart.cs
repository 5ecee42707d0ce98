namespace Ladewerk.DriverApp;

/// <summary>Something that a capability shows at the head of every page of the driver app; registered like an <see cref="AppLink"/>.</summary>
/// <param name="Component">Without parameters.</param>
public sealed record FramePart(Type Component);
