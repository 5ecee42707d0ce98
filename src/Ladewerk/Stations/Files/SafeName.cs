using System.Text;

namespace Ladewerk.Stations.Files;

/// <summary>Names of files as people see them. A name never becomes a path here, but it may on the disk of whoever downloads it.</summary>
internal static class SafeName
{
    private const int Longest = 120;

    /// <summary>Letters, digits, dot, hyphen and underscore of the last part of a name; null where nothing is left.</summary>
    public static string? Of(string? name)
    {
        if (name is null)
        {
            return null;
        }

        var last = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        var safe = new StringBuilder(last.Length);
        foreach (var c in last)
        {
            safe.Append(char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_');
        }

        var text = safe.ToString().Trim('.', '_');
        return text.Length == 0 ? null : text.Length > Longest ? text[^Longest..].TrimStart('.') : text;
    }
}
