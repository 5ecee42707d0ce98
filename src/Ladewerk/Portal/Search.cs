namespace Ladewerk.Portal;

/// <summary>Something found by the search in the top bar.</summary>
/// <param name="Icon">Name in the icon sprite.</param>
/// <param name="Title">What it is called.</param>
/// <param name="Facts">What tells it from others.</param>
/// <param name="Href">Its page.</param>
public sealed record SearchHit(string Icon, string Title, string Facts, string Href);

/// <summary>Lets a capability's things be found; each capability registers its own.</summary>
public interface ISearchSource
{
    /// <summary>Who may find its things.</summary>
    string Permission { get; }

    /// <summary>The module that its things belong to; null: none.</summary>
    string? Module => null;

    /// <summary>The best hits, at most ten.</summary>
    Task<IReadOnlyList<SearchHit>> Find(string text, CancellationToken ct);
}
