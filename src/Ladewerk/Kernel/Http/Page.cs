using System.Buffers.Text;
using System.Text;

namespace Ladewerk.Kernel.Http;

/// <summary>One page of a list.</summary>
/// <param name="Items">The rows.</param>
/// <param name="NextCursor">Opaque; give it as <c>cursor</c> to get the next page; null on the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);

/// <summary>Keyset paging: the cursor is the sort key of the last row.</summary>
public static class Paging
{
    /// <summary>Rows a page has when the caller does not say.</summary>
    public const int DefaultLimit = 100;

    /// <summary>Most rows a page may have.</summary>
    public const int MaxLimit = 500;

    /// <summary>The limit asked for, kept within 1..<see cref="MaxLimit"/>.</summary>
    public static int Limit(int? asked) => Math.Clamp(asked ?? DefaultLimit, 1, MaxLimit);

    /// <summary>Makes a page of <paramref name="rows"/>, which were read with <c>limit + 1</c>; <paramref name="key"/> names the last row.</summary>
    public static Page<T> Of<T>(IReadOnlyList<T> rows, int limit, Func<T, string> key) => rows.Count > limit
        ? new Page<T>([.. rows.Take(limit)], Encode(key(rows[limit - 1])))
        : new Page<T>(rows, null);

    /// <summary>The key that a cursor stands for; null where there is none or it is not one of ours.</summary>
    public static string? Decode(string? cursor)
    {
        try
        {
            return string.IsNullOrEmpty(cursor) ? null : Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>A pattern for ILIKE that finds the text anywhere; its own wildcards mean themselves.</summary>
    public static string Containing(string text) => "%" + Starting(text);

    /// <summary>A pattern for ILIKE that finds the text at the beginning.</summary>
    public static string Starting(string text) =>
        $"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)}%";

    private static string Encode(string key) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(key));
}
