using System.Globalization;
using System.Text.Json;

namespace Ladewerk.Tariffs;

/// <summary>Reads fields of OCPI JSON, lenient with numbers in strings, and notes by path what could not be read.</summary>
internal sealed class OcpiFields
{
    private readonly Dictionary<string, string[]> errors = new(StringComparer.Ordinal);
    private readonly List<TariffNotice> warnings = [];

    public IReadOnlyDictionary<string, string[]> Errors => errors;

    public IReadOnlyList<TariffNotice> Warnings => warnings;

    public void Error(string path, string message) => errors[path] = errors.TryGetValue(path, out var known) ? [.. known, message] : [message];

    public void Warn(string rule, string de, string en) => warnings.Add(TariffNotice.Of(rule, de, en));

    /// <summary>Whether the field is there and not null.</summary>
    public static bool Has(JsonElement json, string name, out JsonElement value)
    {
        value = default;
        return json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    public string? Text(JsonElement json, string name, string path)
    {
        if (!Has(json, name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            return value.GetString();
        }

        Error(path, "A string is needed.");
        return null;
    }

    public decimal? Number(JsonElement json, string name, string path)
    {
        if (!Has(json, name, out var value))
        {
            return null;
        }

        if ((value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number))
            || (value.ValueKind == JsonValueKind.String && decimal.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out number)))
        {
            if (number >= 0m)
            {
                return number;
            }

            Error(path, "Must not be negative.");
            return null;
        }

        Error(path, "A number is needed.");
        return null;
    }

    public int? Whole(JsonElement json, string name, string path)
    {
        var number = Number(json, name, path);
        if (number is null or (<= int.MaxValue and >= 0m))
        {
            return (int?)number;
        }

        Error(path, "The number is too large.");
        return null;
    }

    public DateTimeOffset? Instant(JsonElement json, string name, string path)
    {
        if (Text(json, name, path) is not { } text)
        {
            return null;
        }

        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant))
        {
            return instant;
        }

        Error(path, "An RFC 3339 time is needed.");
        return null;
    }

    public TimeOnly? Time(JsonElement json, string name, string path)
    {
        if (Text(json, name, path) is not { } text)
        {
            return null;
        }

        if (TimeOfDay.TryParse(text, out var time))
        {
            return time;
        }

        Error(path, "A time of day as HH:mm is needed.");
        return null;
    }

    public DateOnly? Date(JsonElement json, string name, string path)
    {
        if (Text(json, name, path) is not { } text)
        {
            return null;
        }

        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            return date;
        }

        Error(path, "A date as yyyy-MM-dd is needed.");
        return null;
    }

    public IEnumerable<(JsonElement Value, string Path)> Items(JsonElement json, string name, string path)
    {
        if (!Has(json, name, out var list))
        {
            return [];
        }

        if (list.ValueKind == JsonValueKind.Array)
        {
            return [.. list.EnumerateArray().Select((item, index) => (item, string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]")))];
        }

        Error(path, "A list is needed.");
        return [];
    }
}
