namespace Ladewerk.Portal;

/// <summary>The groups of the navigation, in their order.</summary>
public enum NavGroup
{
    /// <summary>Without a heading, on top.</summary>
    Top,
    Operations,
    Customers,
    Money,
    Energy,
    System,
}

/// <summary>
/// One entry of the portal's navigation. Each capability registers its own (<c>services.AddSingleton(new NavEntry(...))</c>);
/// the shell shows those that the reader may open.
/// </summary>
/// <param name="Group">Where it stands.</param>
/// <param name="Order">Order within the group.</param>
/// <param name="Icon">Name in the icon sprite.</param>
/// <param name="Text">Key of the entry's word, see <see cref="Kernel.Text.Texts"/>.</param>
/// <param name="Href">The page; pages below it count as open too.</param>
/// <param name="Permission">Who may open it.</param>
public sealed record NavEntry(NavGroup Group, int Order, string Icon, string Text, string Href, string Permission)
{
    /// <summary>The module that it belongs to, see <see cref="Kernel.Http.Module"/>; null: none.</summary>
    public string? Module { get; init; }

    /// <summary>Place among the tabs at the bottom of a phone (1..4); null: only under "More".</summary>
    public int? Tab { get; init; }

    /// <summary>Key of a shorter word for the tab.</summary>
    public string? TabText { get; init; }

    /// <summary>A number beside the word, read when a page is made; null or 0 shows none.</summary>
    public Func<IServiceProvider, CancellationToken, Task<long>>? Count { get; init; }

    /// <summary>Whether the number asks for attention.</summary>
    public bool Urgent { get; init; }
}

/// <summary>Something that a capability shows in the header of every page; registered like a <see cref="NavEntry"/>.</summary>
/// <param name="Component">Without parameters; reads by itself (<see cref="ReadsAlone"/>).</param>
public sealed record HeaderPart(Type Component);
