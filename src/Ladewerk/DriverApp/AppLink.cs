namespace Ladewerk.DriverApp;

/// <summary>A page of the driver app that is reached from the account page; each capability registers its own.</summary>
/// <param name="Icon">Name of a <c>Glyph</c>.</param>
/// <param name="Text">Key of the word.</param>
/// <param name="Module">The module that the page belongs to, see <see cref="Kernel.Http.Module"/>; where it is off, the link is not shown.</param>
public sealed record AppLink(int Order, string Icon, string Text, string Href, string? Module = null);

/// <summary>A list of what was: they stand beside each other above each of them; each capability registers its own.</summary>
/// <inheritdoc cref="AppLink"/>
public sealed record HistoryLink(int Order, string Text, string Href, string? Module = null);
