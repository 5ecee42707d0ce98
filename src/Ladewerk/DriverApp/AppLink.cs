namespace Ladewerk.DriverApp;

/// <summary>A page of the driver app that is reached from the account page; each capability registers its own.</summary>
/// <param name="Icon">Name of a <c>Glyph</c>.</param>
/// <param name="Text">Key of the word.</param>
public sealed record AppLink(int Order, string Icon, string Text, string Href);
