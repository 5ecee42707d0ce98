using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;

namespace Ladewerk.Stations.Portal;

/// <summary>A message in words: one line for the list, rows for the detail, coloured JSON.</summary>
internal static class MessageWords
{
    /// <summary>What a payload says in one line.</summary>
    public static string Summary(Texts texts, string action, JsonElement? payload)
    {
        if (payload is not { ValueKind: JsonValueKind.Object } json)
        {
            return payload?.ToString() ?? "";
        }

        List<string> words = [];
        if (Text(json, "connectorId") is { } connector)
        {
            words.Add(texts["stations.message.connector", connector]);
        }

        if (Text(json, "idTag") is { } token)
        {
            words.Add(Show.Masked(token));
        }

        if (action is "MeterValues" && json.TryGetProperty("meterValue", out var values) && values.ValueKind == JsonValueKind.Array && values.GetArrayLength() > 0)
        {
            words.AddRange(Samples(values[values.GetArrayLength() - 1]).Where(s => s.Name is "Power.Active.Import" or "SoC" or "Energy.Active.Import.Register").Select(s => s.Value));
            return string.Join(" · ", words);
        }

        words.AddRange(json.EnumerateObject()
            .Where(p => p.Name is not ("connectorId" or "idTag" or "timestamp" or "transactionData"))
            .Select(p => p.Value.ValueKind switch
            {
                JsonValueKind.Object when p.Name is "idTagInfo" => Text(p.Value, "status"),
                JsonValueKind.Object or JsonValueKind.Array => null,
                _ => p.Name is "status" or "errorCode" ? p.Value.ToString() : $"{p.Name} {p.Value}",
            })
            .OfType<string>()
            .Take(4));
        return string.Join(" · ", words);
    }

    /// <summary>A payload as name and value, readings in one row each.</summary>
    public static IEnumerable<(string Name, string Value)> Rows(JsonElement json, TimeZoneInfo zone, string path = "")
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object when json.TryGetProperty("sampledValue", out _):
                if (Text(json, "timestamp") is { } at)
                {
                    yield return (path + ".timestamp", Moment(at, zone));
                }

                foreach (var sample in Samples(json))
                {
                    yield return (sample.Name, sample.Value);
                }

                break;
            case JsonValueKind.Object:
                foreach (var row in json.EnumerateObject().SelectMany(p => Rows(p.Value, zone, path.Length == 0 ? p.Name : $"{path}.{p.Name}")))
                {
                    yield return row;
                }

                break;
            case JsonValueKind.Array:
                foreach (var row in json.EnumerateArray().SelectMany((item, i) => Rows(item, zone, $"{path}[{i}]")))
                {
                    yield return row;
                }

                break;
            default:
                var text = json.ToString();
                yield return (path, json.ValueKind == JsonValueKind.String && path.EndsWith("imestamp", StringComparison.Ordinal) ? Moment(text, zone) : text);
                break;
        }
    }

    /// <summary>JSON in lines, with keys, texts and numbers in their colours; everything encoded.</summary>
    public static string Coloured(string text)
    {
        var html = new StringBuilder(text.Length * 2);
        try
        {
            Write(html, JsonSerializer.Deserialize<JsonElement>(text), 0);
        }
        catch (JsonException)
        {
            html.Clear().Append("<span class=\"bad\">").Append(HtmlEncoder.Default.Encode(text)).Append("</span>");
        }

        return html.ToString();
    }

    private static void Write(StringBuilder html, JsonElement json, int depth)
    {
        var indent = new string(' ', (depth + 1) * 2);
        switch (json.ValueKind)
        {
            case JsonValueKind.Object or JsonValueKind.Array:
                var (open, close) = json.ValueKind == JsonValueKind.Object ? ('{', '}') : ('[', ']');
                html.Append(open);
                var first = true;
                foreach (var (name, value) in Members(json))
                {
                    html.Append(first ? "\n" : ",\n").Append(indent);
                    first = false;
                    if (name is not null)
                    {
                        html.Append("<span class=\"k\">").Append(HtmlEncoder.Default.Encode(JsonSerializer.Serialize(name))).Append("</span>: ");
                    }

                    Write(html, value, depth + 1);
                }

                html.Append(first ? "" : "\n" + new string(' ', depth * 2)).Append(close);
                break;
            default:
                html.Append("<span class=\"").Append(json.ValueKind == JsonValueKind.String ? 's' : 'n').Append("\">")
                    .Append(HtmlEncoder.Default.Encode(json.GetRawText())).Append("</span>");
                break;
        }
    }

    private static IEnumerable<(string? Name, JsonElement Value)> Members(JsonElement json) => json.ValueKind == JsonValueKind.Object
        ? json.EnumerateObject().Select(p => ((string?)p.Name, p.Value))
        : json.EnumerateArray().Select(v => ((string?)null, v));

    private static IEnumerable<(string Name, string Value)> Samples(JsonElement meterValue)
    {
        if (meterValue.ValueKind != JsonValueKind.Object || !meterValue.TryGetProperty("sampledValue", out var samples) || samples.ValueKind != JsonValueKind.Array)
        {
            yield break;
        }

        foreach (var sample in samples.EnumerateArray().Where(s => s.ValueKind == JsonValueKind.Object))
        {
            // OCPP 1.6 §7.43: the measurand is the energy register and the unit Wh where nothing is said.
            var measurand = Text(sample, "measurand") ?? "Energy.Active.Import.Register";
            var unit = Text(sample, "unit") ?? (measurand.StartsWith("Energy", StringComparison.Ordinal) ? "Wh" : measurand is "SoC" ? "%" : "");
            var value = Text(sample, "value") ?? "";
            var shown = decimal.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                ? Show.Number(number, Math.Min(3, (int)number.Scale))
                : value;
            yield return (measurand + (Text(sample, "phase") is { } phase ? " " + phase : ""), $"{shown} {(unit is "Percent" ? "%" : unit)}");
        }
    }

    private static string Moment(string text, TimeZoneInfo zone) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? $"{Show.Date(at, zone)} {Show.Milliseconds(at, zone)}" : text;

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False ? value.ToString() : null;
}
