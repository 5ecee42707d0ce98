using System.Text;

namespace Ladewerk.Ocpp;

/// <summary>One string for every known action, found by its UTF-8 bytes without allocating.</summary>
internal static class ActionNames
{
    private static readonly Dictionary<int, (byte[] Utf8, string Name)[]> Table = V16.V16Actions.All
        .Distinct(StringComparer.Ordinal)
        .Select(name => (Utf8: Encoding.UTF8.GetBytes(name), Name: name))
        .GroupBy(a => Hash(a.Utf8))
        .ToDictionary(g => g.Key, g => g.ToArray());

    /// <summary>The action, or null when it is not one of the standard's.</summary>
    public static string? Find(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > 3 && Table.TryGetValue(Hash(utf8), out var candidates))
        {
            foreach (var (bytes, name) in candidates)
            {
                if (utf8.SequenceEqual(bytes))
                {
                    return name;
                }
            }
        }

        return null;
    }

    private static int Hash(ReadOnlySpan<byte> utf8) =>
        (utf8.Length << 24) | (utf8[0] << 16) | (utf8[utf8.Length / 2] << 8) | utf8[^3];
}
