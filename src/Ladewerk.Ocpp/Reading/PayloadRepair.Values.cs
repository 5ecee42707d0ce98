using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Ladewerk.Ocpp;

/// <content>Texts, numbers, times and enum values.</content>
internal sealed partial class PayloadRepair
{
    private JsonValue? Text(JsonElement element, string path, bool isFree)
    {
        if (element.ValueKind == JsonValueKind.String)
        {
            return JsonValue.Create(element.GetString());
        }

        var raw = element.GetRawText();
        var isScalar = element.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False;
        return (isScalar || isFree)
            && Forgive(Leniency.TextFromValue, path, raw, OcppErrorCode.TypeConstraintViolation, "is not a text")
            ? JsonValue.Create(raw)
            : FailValue(OcppErrorCode.TypeConstraintViolation, path, "is not a text");
    }

    private JsonValue? Integer(JsonElement element, string path)
    {
        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var exact))
        {
            return JsonValue.Create(exact);
        }

        if (Number(element, path) is not { } number)
        {
            return null;
        }

        var whole = Math.Round(number, MidpointRounding.AwayFromZero);
        var clamped = Math.Clamp(whole, int.MinValue, int.MaxValue);
        if (clamped != whole)
        {
            return Forgive(Leniency.ClampedNumber, path, element.ToString(), OcppErrorCode.PropertyConstraintViolation, "is out of range")
                ? JsonValue.Create((int)clamped)
                : null;
        }

        // "3" as text is noted as such; 3.0 and 3e0 are not whole numbers on the wire.
        var isNoted = element.ValueKind == JsonValueKind.String && whole == number;
        return isNoted || Forgive(Leniency.RoundedInteger, path, element.ToString(), OcppErrorCode.TypeConstraintViolation, "is not a whole number")
            ? JsonValue.Create((int)whole)
            : null;
    }

    private decimal? Number(JsonElement element, string path)
    {
        const NumberStyles Styles = NumberStyles.Float;
        if (element.ValueKind == JsonValueKind.Number)
        {
            return element.TryGetDecimal(out var exact) ? exact : Huge(element, path);
        }

        // A decimal comma is a habit; a thousands separator is not.
        if (element.ValueKind == JsonValueKind.String && element.GetString() is { } text
            && decimal.TryParse(text.Trim().Replace(',', '.'), Styles, CultureInfo.InvariantCulture, out var parsed)
            && Forgive(Leniency.ValueFromText, path, text, OcppErrorCode.TypeConstraintViolation, "is not a number"))
        {
            return parsed;
        }

        Fail(OcppErrorCode.TypeConstraintViolation, path, "is not a number");
        return null;
    }

    private decimal? Huge(JsonElement element, string path) =>
        Forgive(Leniency.ClampedNumber, path, element.GetRawText(), OcppErrorCode.PropertyConstraintViolation, "is out of range")
            ? element.GetRawText().StartsWith('-') ? decimal.MinValue : decimal.MaxValue
            : null;

    private JsonValue? Boolean(JsonElement element, string path)
    {
        if (element.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return JsonValue.Create(element.GetBoolean());
        }

        bool? value = element.ToString().Trim().ToUpperInvariant() switch
        {
            "TRUE" or "1" => true,
            "FALSE" or "0" => false,
            _ => null,
        };
        return value is { } known && Forgive(Leniency.ValueFromText, path, element.GetRawText(), OcppErrorCode.TypeConstraintViolation, "is not true or false")
            ? JsonValue.Create(known)
            : FailValue(OcppErrorCode.TypeConstraintViolation, path, "is not true or false");
    }

    // An unreadable time becomes "clock not set", as if the station had sent its year 1: its transaction counts, its clock does not.
    private JsonValue? Timestamp(JsonElement element, string path)
    {
        var text = element.ValueKind is JsonValueKind.String or JsonValueKind.Number ? element.ToString() : null;
        if (text is null)
        {
            return FailValue(OcppErrorCode.TypeConstraintViolation, path, "is not a timestamp");
        }

        if (element.ValueKind == JsonValueKind.String && HasFullZone(text) && element.TryGetDateTimeOffset(out var exact))
        {
            return Time(exact);
        }

        var (time, kind) = TimestampHabits.Read(text) ?? (DateTimeOffset.MinValue, Leniency.TimestampUnreadable);
        return Forgive(kind, path, text, OcppErrorCode.PropertyConstraintViolation, "is not a timestamp") ? Time(time) : null;
    }

    private static bool HasFullZone(string text) => text.Length > 16 && (text[^1] == 'Z' || text[^6] is '+' or '-');

    private static JsonValue Time(DateTimeOffset time) => JsonValue.Create(time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture))!;

    private JsonValue? EnumName(JsonElement element, JsonTypeInfo type, string path)
    {
        var text = element.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? null : element.ToString();
        var names = ((IWireNames)type.Converter).Names;
        if (text is null)
        {
            return FailValue(OcppErrorCode.TypeConstraintViolation, path, "is not a text");
        }

        if (names.Contains(text, StringComparer.Ordinal))
        {
            return JsonValue.Create(text);
        }

        var habits = EnumHabits.Of(type.Type);
        if (habits.Map(text, names) is var (name, kind))
        {
            return Forgive(kind, path, text, OcppErrorCode.PropertyConstraintViolation, "has an unknown value") ? JsonValue.Create(name) : null;
        }

        if (Forgive(Leniency.UnknownEnumDropped, path, text, OcppErrorCode.PropertyConstraintViolation, "has an unknown value"))
        {
            drop = habits.Unknown == UnknownEnum.DropOwner ? Drop.Owner : Drop.Property;
        }

        return null;
    }
}
