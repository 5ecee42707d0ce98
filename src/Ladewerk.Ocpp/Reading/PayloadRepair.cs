using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Ladewerk.Ocpp;

/// <summary>
/// Walks a payload along the metadata of its record and builds the payload that was meant. Every deviation is noted;
/// the first one that is not allowed or not understood becomes the fault.
/// </summary>
internal sealed class PayloadRepair(JsonSerializerOptions options, Leniency allowed)
{
    private const int NoteLength = 200;

    public List<LeniencyNote> Notes { get; } = [];

    public ReadFault? Fault { get; private set; }

    public static LeniencyNote Note(Leniency kind, string path, string? original) =>
        new(kind, path, original is { Length: > NoteLength } ? original[..NoteLength] : original);

    public JsonNode? Root(JsonElement element, JsonTypeInfo type)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return Fail(OcppErrorCode.FormationViolation, "$", "is not a JSON object");
        }

        return Object(element, type, "$", isEntry: false);
    }

    // What an unknown enum value takes with it.
    private enum Drop
    {
        Nothing,
        Property,
        Owner,
    }

    private Drop drop;

    // Null: dropped, or failed when there is a fault.
    private JsonObject? Object(JsonElement element, JsonTypeInfo type, string path, bool isEntry)
    {
        var result = new JsonObject();
        foreach (var property in type.Properties)
        {
            var place = $"{path}.{property.Name}";
            var found = Find(element, property, type, place);
            var node = found is { } value ? Value(value, property.PropertyType, place, property.Name) : null;
            if (Fault is not null || (node is null && DropsOwner(property, place, isMissing: found is null, isEntry)))
            {
                return null;
            }

            if (node is JsonArray { Count: 0 } && isEntry && WireLimits.MinItems(property) > 0)
            {
                Forgive(Leniency.EmptyEntryDropped, place, "[]", OcppErrorCode.OccurenceConstraintViolation, "is empty");
                return null;
            }

            if (node is not null)
            {
                result[property.Name] = node;
            }
        }

        return result;
    }

    // Whether the object goes with the property that has no value: as a fault, or quietly when it is an entry of a list.
    private bool DropsOwner(JsonPropertyInfo property, string place, bool isMissing, bool isEntry)
    {
        var dropped = drop;
        drop = Drop.Nothing;
        if (dropped == Drop.Owner && isEntry)
        {
            return true;
        }

        if (property.IsRequired)
        {
            _ = isMissing
                ? Fail(OcppErrorCode.OccurenceConstraintViolation, place, "is missing")
                : Fail(OcppErrorCode.PropertyConstraintViolation, place, "has an unknown value");
        }

        return property.IsRequired;
    }

    // A null counts as absent. A name in another case counts when the right one is absent and no other property has it.
    private JsonElement? Find(JsonElement element, JsonPropertyInfo property, JsonTypeInfo type, string path)
    {
        if (element.TryGetProperty(property.Name, out var exact))
        {
            return exact.ValueKind == JsonValueKind.Null ? null : exact;
        }

        if ((allowed & Leniency.PropertyCase) == 0)
        {
            return null;
        }

        foreach (var candidate in element.EnumerateObject())
        {
            if (candidate.Value.ValueKind != JsonValueKind.Null
                && candidate.Name.Equals(property.Name, StringComparison.OrdinalIgnoreCase)
                && !type.Properties.Any(p => p.Name == candidate.Name))
            {
                Notes.Add(Note(Leniency.PropertyCase, path, candidate.Name));
                return candidate.Value;
            }
        }

        return null;
    }

    private JsonNode? Value(JsonElement element, Type type, string path, string name, bool isEntry = false)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string))
        {
            // DataTransfer's data is text by the schema and an object in practice.
            return Text(element, path, isFree: name == "data");
        }

        if (type == typeof(int))
        {
            return Integer(element, path);
        }

        if (type == typeof(decimal))
        {
            return Number(element, path) is { } number ? JsonValue.Create(number) : null;
        }

        if (type == typeof(bool))
        {
            return Boolean(element, path);
        }

        if (type == typeof(DateTimeOffset))
        {
            return Timestamp(element, path);
        }

        if (type == typeof(JsonElement))
        {
            return JsonNode.Parse(element.GetRawText());
        }

        var inner = options.GetTypeInfo(type);
        return type.IsEnum ? EnumName(element, inner, path)
            : inner.Kind == JsonTypeInfoKind.Enumerable ? List(element, inner, path, name)
            : element.ValueKind == JsonValueKind.Object ? Object(element, inner, path, isEntry)
            : Fail(OcppErrorCode.TypeConstraintViolation, path, "is not an object");
    }

    private JsonArray? List(JsonElement element, JsonTypeInfo type, string path, string name)
    {
        var result = new JsonArray();
        if (element.ValueKind != JsonValueKind.Array)
        {
            if (!Forgive(Leniency.WrappedInArray, path, element.GetRawText(), OcppErrorCode.TypeConstraintViolation, "is not an array"))
            {
                return null;
            }

            Add(result, Value(element, type.ElementType!, path + "[0]", name, isEntry: true));
            return Fault is null ? result : null;
        }

        var index = 0;
        foreach (var item in element.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Null)
            {
                Add(result, Value(item, type.ElementType!, string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]"), name, isEntry: true));
            }

            if (Fault is not null)
            {
                return null;
            }

            index++;
        }

        return result;
    }

    private void Add(JsonArray list, JsonNode? item)
    {
        drop = Drop.Nothing;
        if (item is not null)
        {
            list.Add(item);
        }
    }

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

    // The fault is set when the kind is not allowed.
    private bool Forgive(Leniency kind, string path, string? original, string code, string problem)
    {
        if ((allowed & kind) == 0)
        {
            Fail(code, path, problem);
            return false;
        }

        Notes.Add(Note(kind, path, original));
        return true;
    }

    private JsonNode? Fail(string code, string path, string problem)
    {
        Fault ??= new ReadFault(code, path, $"{path} {problem}.");
        return null;
    }

    private JsonValue? FailValue(string code, string path, string problem)
    {
        Fail(code, path, problem);
        return null;
    }
}
