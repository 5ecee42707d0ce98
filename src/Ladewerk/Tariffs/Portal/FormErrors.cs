using System.Globalization;
using Ladewerk.Kernel.Text;

namespace Ladewerk.Tariffs.Portal;

/// <summary>Reads the fields of a form and keeps what could not be read, by field.</summary>
public sealed class FormErrors
{
    private readonly Dictionary<string, string[]> byField = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, string[]> ByField => byField;

    public void Add(string field, string textKey) => byField[field] = [Texts.In(Texts.Language, textKey)];

    public decimal? Number(string field, string text)
    {
        if (text.Length == 0)
        {
            return null;
        }

        if (FormNumber.Parse(text) is { } number and >= 0m and <= 1_000_000m)
        {
            return number;
        }

        Add(field, "tariffs.error.number");
        return null;
    }

    public int? Whole(string field, string text)
    {
        var number = Number(field, text);
        if (number is { } known && known != decimal.Truncate(known))
        {
            Add(field, "tariffs.error.whole");
            return null;
        }

        return (int?)number;
    }

    public TimeOnly? Time(string field, string text)
    {
        if (text.Length == 0)
        {
            return null;
        }

        if (TimeOfDay.TryParse(text, out var time))
        {
            return time;
        }

        Add(field, "tariffs.error.time");
        return null;
    }

    public DateOnly? Date(string field, string text)
    {
        if (text.Length == 0)
        {
            return null;
        }

        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            return date;
        }

        Add(field, "tariffs.error.date");
        return null;
    }
}
