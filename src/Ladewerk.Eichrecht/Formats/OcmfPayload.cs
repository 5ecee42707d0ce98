using System.Globalization;
using System.Text.Json;

namespace Ladewerk.Eichrecht.Formats;

/// <summary>Reads the payload of OCMF (spec 1.4.1): gateway, meter, identification, readings. A reading inherits what it leaves out.</summary>
internal static class OcmfPayload
{
    private static readonly JsonDocumentOptions Lenient = new() { MaxDepth = 16 };

    /// <summary>Null where the payload is no JSON object.</summary>
    public static VerifiedValue? Read(string payload, SignedValue source)
    {
        try
        {
            using var document = JsonDocument.Parse(payload, Lenient);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(document.RootElement, source) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static VerifiedValue Read(JsonElement root, SignedValue source)
    {
        var version = Text(root, "FV");
        var page = Page(Text(root, "PG"));
        var readings = Readings(root);
        return new VerifiedValue
        {
            Source = source,
            Format = "OCMF",
            Signature = SignatureState.UnknownKey,
            FormatVersion = version,
            GatewaySerial = Text(root, "GS"),
            MeterVendor = Text(root, "MV"),
            MeterModel = Text(root, "MM"),
            MeterSerial = Text(root, "MS") is { Length: > 0 } serial ? serial : Text(root, "GS"), // gateway and meter in one: MS may be missing
            MeterFirmware = Text(root, "MF"),
            Page = page,
            Identification = Identity(root),
            ChargePoint = Text(root, "CI"),
            TariffText = Text(root, "TT"),
            Loss = Loss(root),
            Readings = readings,
            Remarks = [.. Remarks(version, page, readings)],
        };
    }

    private static IEnumerable<string> Remarks(string? version, Pagination? page, List<MeterReading> readings)
    {
        if (version?.Split('.') is [var major, var minor, ..] && int.TryParse(major, CultureInfo.InvariantCulture, out var a) && int.TryParse(minor, CultureInfo.InvariantCulture, out var b)
            && (a > 1 || (a == 1 && b >= 4)))
        {
            yield return Remark.NewerThanTransparencySoftware;
        }

        if (page is null)
        {
            yield return Remark.NoPagination;
        }

        if (readings.Exists(r => r.Clock == ClockState.Unknown))
        {
            yield return Remark.ClockNotSet;
        }
    }

    private static Identification? Identity(JsonElement root)
    {
        var assigned = root.TryGetProperty("IS", out var state) && state.ValueKind is JsonValueKind.True or JsonValueKind.False ? state.GetBoolean() : (bool?)null;
        var flags = root.TryGetProperty("IF", out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Select(Text).OfType<string>().ToList() : [];
        var (level, type, id) = (Text(root, "IL"), Text(root, "IT"), Text(root, "ID"));
        return assigned is null && level is null && type is null && id is null ? null : new Identification(assigned, level, flags, type, id);
    }

    private static LossCompensation? Loss(JsonElement root) => root.TryGetProperty("LC", out var loss) && loss.ValueKind == JsonValueKind.Object
        ? new LossCompensation(Text(loss, "LN"), Text(loss, "LI"), Number(Text(loss, "LR")), Text(loss, "LU"))
        : null;

    private static List<MeterReading> Readings(JsonElement root)
    {
        var readings = new List<MeterReading>();
        if (!root.TryGetProperty("RD", out var list) || list.ValueKind != JsonValueKind.Array)
        {
            return readings;
        }

        var last = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var reading in list.EnumerateArray().Where(r => r.ValueKind == JsonValueKind.Object))
        {
            foreach (var field in (string[])["TM", "TX", "RI", "RU", "RT", "CL", "EF", "ST"])
            {
                if (Text(reading, field) is { } given)
                {
                    last[field] = given;
                }
            }

            readings.Add(Reading(last, (Text(reading, "RV") ?? "").Trim()));
        }

        return readings;
    }

    private static MeterReading Reading(Dictionary<string, string> fields, string value)
    {
        var (at, clock) = Time(fields.GetValueOrDefault("TM"));
        var kind = fields.GetValueOrDefault("TX");
        return new MeterReading
        {
            Kind = Kind(kind),
            KindText = kind,
            At = at,
            Clock = clock,
            Value = Number(value),
            ValueText = value,
            Unit = fields.GetValueOrDefault("RU"),
            Obis = fields.GetValueOrDefault("RI"),
            Current = fields.GetValueOrDefault("RT"),
            CumulatedLoss = Number(fields.GetValueOrDefault("CL")),
            ErrorFlags = fields.GetValueOrDefault("EF"),
            Status = fields.GetValueOrDefault("ST"),
        };
    }

    /// <summary>OCMF 1.4, table "reading types".</summary>
    private static ReadingKind Kind(string? letter) => letter switch
    {
        "B" => ReadingKind.Begin,
        "E" or "L" or "R" or "A" or "P" => ReadingKind.End,
        "C" or "X" or "S" or "T" => ReadingKind.Between,
        _ => ReadingKind.Unknown,
    };

    /// <summary>2019-08-13T10:03:15,000+0000 I.</summary>
    private static (DateTimeOffset? At, ClockState Clock) Time(string? text)
    {
        if (text is null)
        {
            return (null, ClockState.Unknown);
        }

        var space = text.LastIndexOf(' ');
        var clock = (space < 0 ? "" : text[(space + 1)..]) switch
        {
            "I" => ClockState.Informative,
            "S" => ClockState.Synchronised,
            "R" => ClockState.Relative,
            _ => ClockState.Unknown,
        };
        var plain = (space < 0 ? text : text[..space]).Trim();
        string[] forms = ["yyyy-MM-dd'T'HH:mm:ss','fffzzz", "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss'.'fffzzz"];
        if (plain.Length > 5 && plain[^5] is '+' or '-' && plain[^3] != ':')
        {
            plain = plain.Insert(plain.Length - 2, ":");
        }

        return (DateTimeOffset.TryParseExact(plain, forms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at) ? at : null, clock);
    }

    private static Pagination? Page(string? text)
    {
        var digits = text?.AsSpan().IndexOfAnyInRange('0', '9') ?? -1;
        return digits >= 0 && long.TryParse(text.AsSpan(digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? new Pagination(text![..digits], number) : null;
    }

    private static decimal? Number(string? text) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>A string, or a number in the text in which it was written.</summary>
    private static string? Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) ? Text(value) : null;

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };
}
