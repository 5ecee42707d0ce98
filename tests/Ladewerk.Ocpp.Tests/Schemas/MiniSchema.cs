using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ladewerk.Ocpp.Tests.Schemas;

/// <summary>As much of JSON Schema (draft 4 and 6) as the OCPP schemas use: a validator and a maker of instances.</summary>
internal sealed class MiniSchema(JsonElement root)
{
    private static readonly string[] Known =
    [
        "$schema", "$id", "id", "title", "description", "comment", "javaType", "definitions", "default", "$ref", "type", "properties", "required",
        "additionalProperties", "additionalItems", "items", "minItems", "maxItems", "enum", "maxLength", "minLength", "format", "multipleOf", "minimum", "maximum",
    ];

    public JsonElement Resolve(JsonElement schema) =>
        schema.TryGetProperty("$ref", out var reference)
            ? root.GetProperty("definitions").GetProperty(reference.GetString()!["#/definitions/".Length..])
            : schema;

    public static IEnumerable<JsonProperty> Properties(JsonElement schema) =>
        schema.TryGetProperty("properties", out var properties) ? properties.EnumerateObject() : [];

    public static IReadOnlySet<string> Required(JsonElement schema) =>
        schema.TryGetProperty("required", out var required) ? required.EnumerateArray().Select(e => e.GetString()!).ToHashSet(StringComparer.Ordinal) : new HashSet<string>(StringComparer.Ordinal);

    public static int? Number(JsonElement schema, string name) => schema.TryGetProperty(name, out var value) ? value.GetInt32() : null;

    public static string Type(JsonElement schema) => schema.TryGetProperty("type", out var type) ? type.GetString()! : "any";

    /// <summary>Keywords that this class would silently ignore.</summary>
    public IEnumerable<string> UnknownKeywords() => UnknownKeywords(root);

    public List<string> Validate(JsonElement instance)
    {
        var errors = new List<string>();
        Validate(root, instance, "$", errors);
        return errors;
    }

    /// <summary>An instance with every property, or only the required ones; <paramref name="pick"/> chooses the enum values.</summary>
    public JsonNode Make(bool full, int pick) => Make(root, full, pick);

    /// <summary>The number of instances it takes to use every enum value once.</summary>
    public int LargestEnum() => LargestEnum(root);

    private static IEnumerable<string> UnknownKeywords(JsonElement schema)
    {
        foreach (var keyword in schema.EnumerateObject())
        {
            var inner = keyword.Name switch
            {
                "properties" or "definitions" => keyword.Value.EnumerateObject().SelectMany(p => UnknownKeywords(p.Value)),
                "items" => UnknownKeywords(keyword.Value),
                _ => Known.Contains(keyword.Name, StringComparer.Ordinal) ? [] : [keyword.Name],
            };
            foreach (var unknown in inner)
            {
                yield return unknown;
            }
        }
    }

    private void Validate(JsonElement schema, JsonElement instance, string path, List<string> errors)
    {
        schema = Resolve(schema);
        if (!HasType(Type(schema), instance))
        {
            errors.Add($"{path}: not {Type(schema)}");
            return;
        }

        switch (instance.ValueKind)
        {
            case JsonValueKind.Object:
                ValidateObject(schema, instance, path, errors);
                break;
            case JsonValueKind.Array:
                ValidateArray(schema, instance, path, errors);
                break;
            case JsonValueKind.String:
                ValidateText(schema, instance.GetString()!, path, errors);
                break;
            case JsonValueKind.Number:
                ValidateNumber(schema, instance.GetDecimal(), path, errors);
                break;
        }
    }

    private void ValidateObject(JsonElement schema, JsonElement instance, string path, List<string> errors)
    {
        var known = Properties(schema).ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal);
        errors.AddRange(Required(schema).Where(name => !instance.TryGetProperty(name, out _)).Select(name => $"{path}.{name}: missing"));
        var closed = schema.TryGetProperty("additionalProperties", out var more) && more.ValueKind == JsonValueKind.False;
        foreach (var property in instance.EnumerateObject())
        {
            if (known.TryGetValue(property.Name, out var inner))
            {
                Validate(inner, property.Value, $"{path}.{property.Name}", errors);
            }
            else if (closed)
            {
                errors.Add($"{path}.{property.Name}: not allowed");
            }
        }
    }

    private void ValidateArray(JsonElement schema, JsonElement instance, string path, List<string> errors)
    {
        var length = instance.GetArrayLength();
        if (length < (Number(schema, "minItems") ?? 0) || length > (Number(schema, "maxItems") ?? int.MaxValue))
        {
            errors.Add($"{path}: {length} items");
        }

        foreach (var item in instance.EnumerateArray())
        {
            Validate(schema.GetProperty("items"), item, path + "[]", errors);
        }
    }

    private static void ValidateText(JsonElement schema, string text, string path, List<string> errors)
    {
        if (schema.TryGetProperty("enum", out var values) && !values.EnumerateArray().Any(v => v.GetString() == text))
        {
            errors.Add($"{path}: {text} is not a value");
        }

        if (text.Length > (Number(schema, "maxLength") ?? int.MaxValue))
        {
            errors.Add($"{path}: too long");
        }

        if (schema.TryGetProperty("format", out var format) && format.GetString() == "date-time"
            && !(text.EndsWith('Z') && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _)))
        {
            errors.Add($"{path}: not a time in UTC");
        }
    }

    private static void ValidateNumber(JsonElement schema, decimal number, string path, List<string> errors)
    {
        var step = schema.TryGetProperty("multipleOf", out var multiple) ? multiple.GetDecimal() : (decimal?)null;
        var min = schema.TryGetProperty("minimum", out var minimum) ? minimum.GetDecimal() : decimal.MinValue;
        var max = schema.TryGetProperty("maximum", out var maximum) ? maximum.GetDecimal() : decimal.MaxValue;
        if (number < min || number > max || (step is { } s && number % s != 0))
        {
            errors.Add($"{path}: {number} out of range");
        }
    }

    private static bool HasType(string type, JsonElement instance) => type switch
    {
        "object" => instance.ValueKind == JsonValueKind.Object,
        "array" => instance.ValueKind == JsonValueKind.Array,
        "string" => instance.ValueKind == JsonValueKind.String,
        "boolean" => instance.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => instance.ValueKind == JsonValueKind.Number && decimal.IsInteger(instance.GetDecimal()),
        "number" => instance.ValueKind == JsonValueKind.Number,
        _ => true,
    };

    private JsonNode Make(JsonElement schema, bool full, int pick)
    {
        schema = Resolve(schema);
        return Type(schema) switch
        {
            "object" => new JsonObject(Properties(schema)
                .Where(p => full || Required(schema).Contains(p.Name))
                .Select(p => KeyValuePair.Create(p.Name, (JsonNode?)Make(p.Value, full, pick)))),
            "array" => new JsonArray([.. Enumerable.Range(0, Math.Max(full ? 2 : 1, Number(schema, "minItems") ?? 0)).Select(i => Make(schema.GetProperty("items"), full, pick + i))]),
            "integer" => JsonValue.Create(42 + pick),
            "number" => JsonValue.Create(12.3m),
            "boolean" => JsonValue.Create(pick % 2 == 0),
            "string" => JsonValue.Create(MakeText(schema, full, pick))!,
            _ => new JsonObject { ["any"] = pick },
        };
    }

    private static string MakeText(JsonElement schema, bool full, int pick)
    {
        if (schema.TryGetProperty("enum", out var values))
        {
            return values[pick % values.GetArrayLength()].GetString()!;
        }

        if (schema.TryGetProperty("format", out var format) && format.GetString() == "date-time")
        {
            return "2026-01-02T03:04:05.678Z";
        }

        return full ? new string('x', Number(schema, "maxLength") ?? 7) : "";
    }

    private int LargestEnum(JsonElement schema)
    {
        schema = Resolve(schema);
        return Type(schema) switch
        {
            "object" => Properties(schema).Select(p => LargestEnum(p.Value)).Append(1).Max(),
            "array" => LargestEnum(schema.GetProperty("items")),
            _ => schema.TryGetProperty("enum", out var values) ? values.GetArrayLength() : 1,
        };
    }
}
