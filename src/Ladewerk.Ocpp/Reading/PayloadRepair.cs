using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Ladewerk.Ocpp;

/// <summary>
/// Walks a payload along the metadata of its record and builds the payload that was meant. Every deviation is noted;
/// the first one that is not allowed or not understood becomes the fault.
/// </summary>
internal sealed partial class PayloadRepair(JsonSerializerOptions options, Leniency allowed)
{
    // Names in another case are sought among so many properties; hostile objects have more.
    private const int MaxCandidates = 64;

    public List<LeniencyNote> Notes { get; } = [];

    public ReadFault? Fault { get; private set; }

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

        foreach (var candidate in element.EnumerateObject().Take(MaxCandidates))
        {
            if (candidate.Value.ValueKind != JsonValueKind.Null
                && candidate.Name.Equals(property.Name, StringComparison.OrdinalIgnoreCase)
                && !type.Properties.Any(p => p.Name == candidate.Name))
            {
                Notes.Add(Leniency.PropertyCase, path, candidate.Name);
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

    // The fault is set when the kind is not allowed.
    private bool Forgive(Leniency kind, string path, string? original, string code, string problem)
    {
        if ((allowed & kind) == 0)
        {
            Fail(code, path, problem);
            return false;
        }

        Notes.Add(kind, path, original);
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
