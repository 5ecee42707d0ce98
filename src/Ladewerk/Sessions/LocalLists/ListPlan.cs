using Ladewerk.Stations;

namespace Ladewerk.Sessions.LocalLists;

/// <summary>A token as it stands on a list.</summary>
/// <param name="Token">As a reader reads it.</param>
/// <param name="Status">accepted, blocked or expired.</param>
public sealed record ListedToken(string Token, string Status, DateTimeOffset? ExpiresAt, string? GroupId);

/// <summary>The next message that brings a station nearer to what it shall hold.</summary>
/// <param name="IsFull">Replaces all; else amends.</param>
/// <param name="Entries">An entry without a status removes the token.</param>
internal sealed record ListMessage(bool IsFull, IReadOnlyList<LocalListEntry> Entries);

/// <summary>Decides what to tell a station so that it ends with the wanted list. Pure.</summary>
internal static class ListPlan
{
    /// <summary>Null: the station holds what it shall hold.</summary>
    /// <param name="held">What the station holds; null: not known.</param>
    /// <param name="wanted">The most important first.</param>
    /// <param name="chunk">The most entries in one message.</param>
    public static ListMessage? Next(IReadOnlyDictionary<string, ListedToken>? held, IReadOnlyList<ListedToken> wanted, int chunk)
    {
        if (held is null)
        {
            return Full(wanted, chunk);
        }

        var changes = Changes(held, wanted);
        if (changes.Count == 0)
        {
            return null;
        }

        // Where replacing all is not longer than amending, it also mends what we do not know of.
        return changes.Count > chunk && changes.Count >= wanted.Count ? Full(wanted, chunk) : new ListMessage(false, [.. changes.Take(chunk)]);
    }

    /// <summary>What the station holds after it accepted a message.</summary>
    public static Dictionary<string, ListedToken> After(IReadOnlyDictionary<string, ListedToken>? held, ListMessage message)
    {
        var next = message.IsFull || held is null ? new Dictionary<string, ListedToken>(StringComparer.OrdinalIgnoreCase) : new Dictionary<string, ListedToken>(held, StringComparer.OrdinalIgnoreCase);
        foreach (var entry in message.Entries)
        {
            if (entry.Status is { } status)
            {
                next[entry.IdToken] = new ListedToken(entry.IdToken, status, entry.ExpiresAt, entry.GroupId);
            }
            else
            {
                next.Remove(entry.IdToken);
            }
        }

        return next;
    }

    /// <summary>Removals first: they take rights away, and make room for what comes.</summary>
    private static List<LocalListEntry> Changes(IReadOnlyDictionary<string, ListedToken> held, IReadOnlyList<ListedToken> wanted)
    {
        var kept = wanted.Select(w => w.Token).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var changes = held.Keys.Where(token => !kept.Contains(token)).Order(StringComparer.Ordinal).Select(token => new LocalListEntry(token, null)).ToList();
        changes.AddRange(wanted.Where(w => held.TryGetValue(w.Token, out var old) && old != w).Select(Entry));
        changes.AddRange(wanted.Where(w => !held.ContainsKey(w.Token)).Select(Entry));
        return changes;
    }

    private static ListMessage Full(IReadOnlyList<ListedToken> wanted, int chunk) => new(true, [.. wanted.Take(chunk).Select(Entry)]);

    private static LocalListEntry Entry(ListedToken token) => new(token.Token, token.Status, token.ExpiresAt, token.GroupId);
}
