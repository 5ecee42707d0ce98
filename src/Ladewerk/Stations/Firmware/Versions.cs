namespace Ladewerk.Stations.Firmware;

/// <summary>Compares what people type with what stations say of themselves.</summary>
internal static class Versions
{
    /// <summary>Whether two texts name one version: case, blanks at the ends and a leading v do not count.</summary>
    public static bool Same(string? a, string? b) => a is not null && b is not null && Bare(a).Equals(Bare(b), StringComparison.OrdinalIgnoreCase);

    /// <summary>An SQL condition: whether two columns are the same version, as <see cref="Same"/> has it.</summary>
    public static string SameSql(string a, string b) => $"{BareSql(a)} = {BareSql(b)}";

    /// <summary>An SQL condition: whether two columns are one vendor.</summary>
    public static string SameVendorSql(string a, string b) => $"lower(btrim({a})) = lower(btrim({b}))";

    /// <summary>An SQL condition: whether the text of a column fits the pattern of another, as <see cref="Matches"/> has it.</summary>
    public static string MatchesSql(string pattern, string text) =>
        $@"btrim(coalesce({text}, '')) ilike replace(replace(replace(replace(btrim({pattern}), '\', '\\'), '%', '\%'), '_', '\_'), '*', '%')";

    /// <summary>Whether a vendor and a model pattern mean this station.</summary>
    public static bool Fits(string vendor, string modelPattern, string? stationVendor, string? stationModel) =>
        string.Equals(vendor.Trim(), stationVendor?.Trim(), StringComparison.OrdinalIgnoreCase) && Matches(modelPattern, stationModel ?? "");

    /// <summary>Whether a text fits a pattern in which * stands for any text; case does not count.</summary>
    public static bool Matches(string pattern, string text)
    {
        var parts = pattern.Trim().Split('*');
        if (parts.Length == 1)
        {
            return string.Equals(parts[0], text.Trim(), StringComparison.OrdinalIgnoreCase);
        }

        var rest = text.Trim().AsSpan();
        if (!rest.StartsWith(parts[0], StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        rest = rest[parts[0].Length..];
        foreach (var part in parts[1..^1])
        {
            var at = rest.IndexOf(part, StringComparison.OrdinalIgnoreCase);
            if (at < 0)
            {
                return false;
            }

            rest = rest[(at + part.Length)..];
        }

        return rest.EndsWith(parts[^1], StringComparison.OrdinalIgnoreCase);
    }

    private static string BareSql(string column) => $"lower(regexp_replace(btrim({column}), '^[vV](?=[0-9])', ''))";

    private static ReadOnlySpan<char> Bare(string version)
    {
        var bare = version.AsSpan().Trim();
        return bare is ['v' or 'V', >= '0' and <= '9', ..] ? bare[1..] : bare;
    }
}
