using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using Ladewerk.Kernel;

namespace Ladewerk.Tariffs.Market;

/// <summary>A document of market prices cannot be read; the message says why, for the operator.</summary>
public sealed class MarketDocumentException(string message) : Exception(message);

/// <summary>
/// Reads what exchanges and their mirrors publish: the ENTSO-E transparency platform's Publication_MarketDocument (XML), JSON as a list of prices with
/// start and end or as two lists of seconds and prices, and CSV with start and price. Prices are per MWh; a JSON "unit" of kWh says otherwise.
/// What lasts longer than a quarter hour is the same in each of its quarters. Pure.
/// </summary>
public static class MarketDocument
{
    private const decimal KwhOfMwh = 1000m;
    private const int Most = 100_000;
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private static readonly string[] Starts = ["start", "start_timestamp", "startsAt", "from", "time"];
    private static readonly string[] Ends = ["end", "end_timestamp", "endsAt", "to"];
    private static readonly string[] Amounts = ["price", "marketprice", "value", "total"];

    /// <summary>The prices in order of time.</summary>
    /// <exception cref="MarketDocumentException">It is none of the known forms, or damaged.</exception>
    public static IReadOnlyList<QuarterPrice> Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            var found = text.AsSpan().TrimStart('\uFEFF').TrimStart() switch
            {
                ['<', ..] => Xml(text.TrimStart('\uFEFF')),
                ['{' or '[', ..] => Json(text.TrimStart('\uFEFF')),
                _ => Table(text),
            };
            var prices = found.Take(Most).OrderBy(p => p.Start).ToList();
            return prices.Count > 0 ? prices : throw new MarketDocumentException("It holds no prices.");
        }
        catch (Exception wrong) when (wrong is XmlException or JsonException or FormatException or InvalidOperationException or OverflowException or ArgumentException)
        {
            throw new MarketDocumentException("It cannot be read: " + wrong.Message);
        }
    }

    /// <summary>ENTSO-E: points count from the start of their period; with curve type A03 a point that is left out says the same as the one before.</summary>
    private static IEnumerable<QuarterPrice> Xml(string text)
    {
        using var reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = 20_000_000 });
        var root = XDocument.Load(reader).Root!;
        if (root.Name.LocalName == "Acknowledgement_MarketDocument")
        {
            throw new MarketDocumentException(Child(Child(root, "Reason"), "text")?.Value ?? "The platform has no data.");
        }

        foreach (var period in root.Descendants().Where(e => e.Name.LocalName == "Period"))
        {
            var span = Child(period, "timeInterval") ?? throw new MarketDocumentException("A period has no timeInterval.");
            var (start, end) = (At(Child(span, "start")!.Value), At(Child(span, "end")!.Value));
            var step = XmlConvert.ToTimeSpan(Child(period, "resolution")!.Value);
            var points = period.Elements().Where(e => e.Name.LocalName == "Point")
                .Select(p => (Start: start + (step * (int.Parse(Child(p, "position")!.Value, CultureInfo.InvariantCulture) - 1)), Price: Amount(Child(p, "price.amount")!.Value)))
                .OrderBy(p => p.Start).ToList();
            for (var i = 0; i < points.Count; i++)
            {
                foreach (var quarter in Quarters(points[i].Start, i + 1 < points.Count ? points[i + 1].Start : end, points[i].Price / KwhOfMwh))
                {
                    yield return quarter;
                }
            }
        }
    }

    private static IEnumerable<QuarterPrice> Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        var root = document.RootElement;
        var list = root.ValueKind == JsonValueKind.Array ? root : First(root, "data", "prices", "items") ?? root;
        var unit = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("unit", out var said) && said.GetString()?.Contains("kWh", StringComparison.OrdinalIgnoreCase) == true ? 1m : KwhOfMwh;
        var prices = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("unix_seconds", out var seconds)
            ? [.. seconds.EnumerateArray().Zip(root.GetProperty("price").EnumerateArray(), (s, p) => (At(s), (DateTimeOffset?)null, p.ValueKind == JsonValueKind.Null ? (decimal?)null : p.GetDecimal()))]
            : list.EnumerateArray().Select(Row).ToList();
        for (var i = 0; i < prices.Count; i++)
        {
            var (start, end, price) = prices[i];
            var until = end ?? Until(start, i > 0 ? prices[i - 1].Item1 : null, i + 1 < prices.Count ? prices[i + 1].Item1 : null);
            foreach (var quarter in price is { } amount ? Quarters(start, until, amount / unit) : [])
            {
                yield return quarter;
            }
        }
    }

    private static (DateTimeOffset, DateTimeOffset?, decimal?) Row(JsonElement row)
    {
        var start = First(row, Starts) ?? throw new MarketDocumentException("A price has no start.");
        var price = First(row, Amounts) ?? throw new MarketDocumentException("A row has no price.");
        var amount = price.ValueKind switch { JsonValueKind.Null => (decimal?)null, JsonValueKind.String => Amount(price.GetString()!), _ => price.GetDecimal() };
        return (At(start), First(row, Ends) is { } end ? At(end) : null, amount);
    }

    private static IEnumerable<QuarterPrice> Table(string text)
    {
        var rows = Csv.Read(text, Csv.DelimiterOf(text)).Select(line => line.Cells)
            .Where(r => r.Count >= 2 && DateTimeOffset.TryParse(r[0], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _)).Select(r => (Start: At(r[0]), Price: Amount(r[1]))).ToList();
        for (var i = 0; i < rows.Count; i++)
        {
            var until = Until(rows[i].Start, i > 0 ? rows[i - 1].Start : null, i + 1 < rows.Count ? rows[i + 1].Start : null);
            foreach (var quarter in Quarters(rows[i].Start, until, rows[i].Price / KwhOfMwh))
            {
                yield return quarter;
            }
        }
    }

    /// <summary>Where a price without an end ends: with the next one, the last as long after as it was before. A gap is a gap: none holds for more than an hour.</summary>
    private static DateTimeOffset Until(DateTimeOffset start, DateTimeOffset? before, DateTimeOffset? next)
    {
        var length = (next - start) ?? (start - before) ?? QuarterPrice.Length;
        return start + (length > Longest ? Longest : length);
    }

    private static IEnumerable<QuarterPrice> Quarters(DateTimeOffset from, DateTimeOffset to, decimal perKwh)
    {
        if (!QuarterPrice.IsStart(from))
        {
            throw new MarketDocumentException($"{from:O} is no beginning of a quarter hour.");
        }

        for (var at = from; at < to; at += QuarterPrice.Length)
        {
            yield return new QuarterPrice(at.ToUniversalTime(), perKwh);
        }
    }

    private static XElement? Child(XElement? of, string name) => of?.Elements().FirstOrDefault(e => e.Name.LocalName == name);

    private static JsonElement? First(JsonElement of, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (of.TryGetProperty(name, out var found))
            {
                return found;
            }
        }

        return null;
    }

    // Seconds or milliseconds since 1970, or a text.
    private static DateTimeOffset At(JsonElement value) => value.ValueKind != JsonValueKind.Number ? At(value.GetString() ?? "")
        : value.GetInt64() is var number && number > 100_000_000_000 ? DateTimeOffset.FromUnixTimeMilliseconds(number) : DateTimeOffset.FromUnixTimeSeconds(number);

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);

    private static decimal Amount(string text) => decimal.Parse(text.Contains('.', StringComparison.Ordinal) ? text : text.Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture);
}
