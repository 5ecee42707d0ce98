using System.Text.Json;

namespace Ladewerk.Ocpp.Generator;

internal sealed record WireProperty(string Wire, string Type, bool Required, int? MaxLength, int? MinItems, string? Description);

internal sealed record WireType(string Name, IReadOnlyList<WireProperty> Properties, string? Description);

internal sealed record WireEnum(string Name, IReadOnlyList<string> Values, string? Description);

internal sealed record WireMessage(string Action, WireType Request, WireType? Response);

/// <summary>Every message, type and enum of a folder of schemas; equal names in several files are merged.</summary>
internal sealed class SchemaModel
{
    private readonly VersionNames names;

    private SchemaModel(VersionNames names) => this.names = names;

    public List<WireMessage> Messages { get; } = [];

    public SortedDictionary<string, WireType> Types { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, WireEnum> Enums { get; } = new(StringComparer.Ordinal);

    public static SchemaModel Load(string folder, VersionNames names)
    {
        var model = new SchemaModel(names);
        var files = Directory.EnumerateFiles(folder, "*.json").ToDictionary(f => Path.GetFileNameWithoutExtension(f)!, StringComparer.Ordinal);
        foreach (var stem in files.Keys.Where(s => !s.EndsWith("Response", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            var action = stem.EndsWith("Request", StringComparison.Ordinal) ? stem[..^"Request".Length] : stem;
            var response = files.TryGetValue(action + "Response", out var path) ? model.Message(path, action + "Response") : null;
            model.Messages.Add(new WireMessage(action, model.Message(files[stem], action + "Request"), response));
        }

        return model;
    }

    private WireType Message(string path, string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return new FileReader(this, Path.GetFileNameWithoutExtension(path), document.RootElement).Read(name);
    }

    private void Add(WireType type) =>
        Types[type.Name] = Types.TryGetValue(type.Name, out var known) ? Merge(known, type) : type;

    private void Add(WireEnum type) =>
        Enums[type.Name] = Enums.TryGetValue(type.Name, out var known)
            ? known with { Values = [.. known.Values.Union(type.Values, StringComparer.Ordinal)] }
            : type;

    // One record serves every message that carries it: a property is required only where all require it.
    private static WireType Merge(WireType a, WireType b)
    {
        var theirs = b.Properties.ToDictionary(p => p.Wire, StringComparer.Ordinal);
        var merged = a.Properties.Select(p => theirs.Remove(p.Wire, out var q)
            ? p with { Required = p.Required && q.Required, MinItems = p.MinItems ?? q.MinItems }
            : p with { Required = false }).ToList();
        merged.AddRange(theirs.Values.Select(p => p with { Required = false }));
        return a with { Properties = merged };
    }

    private sealed class FileReader(SchemaModel model, string file, JsonElement root)
    {
        public WireType Read(string name) => ReadObject(name, root);

        private WireType ReadObject(string name, JsonElement schema)
        {
            var required = schema.TryGetProperty("required", out var list)
                ? list.EnumerateArray().Select(e => e.GetString()!).ToHashSet(StringComparer.Ordinal)
                : [];
            var properties = schema.TryGetProperty("properties", out var members)
                ? members.EnumerateObject().Select(p => ReadProperty(name, p, required.Contains(p.Name))).ToList()
                : [];
            return new WireType(name, [.. properties.OrderByDescending(p => p.Required)], Text(schema, "description"));
        }

        private WireProperty ReadProperty(string owner, JsonProperty property, bool required) => new(
            property.Name,
            TypeOf(owner, property.Name, property.Value),
            required,
            Number(property.Value, "maxLength"),
            Number(property.Value, "minItems"),
            Text(property.Value, "description"));

        private string TypeOf(string owner, string property, JsonElement schema)
        {
            if (schema.TryGetProperty("$ref", out var reference))
            {
                return Definition(reference.GetString()!["#/definitions/".Length..]);
            }

            return Text(schema, "type") switch
            {
                "string" when schema.TryGetProperty("enum", out _) => Enum(EnumName(owner, property), schema),
                "string" when Text(schema, "format") == "date-time" => "DateTimeOffset",
                "string" => "string",
                "integer" when model.names.Decimals.Contains(property) => "decimal",
                "integer" => "int",
                "number" => "decimal",
                "boolean" => "bool",
                "array" => $"IReadOnlyList<{TypeOf(owner, property, schema.GetProperty("items"))}>",
                "object" => Object(model.names.TypeName(file, property), schema),
                _ => "JsonElement",
            };
        }

        // An enum inside a shared type is named by that type (IdTagInfo.status), one of a message by its file.
        private string EnumName(string owner, string property) =>
            model.names.TypeNames.GetValueOrDefault($"{owner}.{property}") ?? model.names.TypeName(file, property);

        private string Definition(string definition)
        {
            var schema = root.GetProperty("definitions").GetProperty(definition);
            var name = model.names.TypeNames.GetValueOrDefault($"{file}.#{definition}") ?? CodeNames.Definition(definition);
            return schema.TryGetProperty("enum", out _) ? Enum(name, schema) : Object(name, schema);
        }

        private string Object(string name, JsonElement schema)
        {
            model.Add(ReadObject(name, schema));
            return name;
        }

        private string Enum(string name, JsonElement schema)
        {
            model.Add(new WireEnum(name, [.. schema.GetProperty("enum").EnumerateArray().Select(e => e.GetString()!)], Text(schema, "description")));
            return name;
        }

        private static int? Number(JsonElement schema, string name) => schema.TryGetProperty(name, out var value) ? value.GetInt32() : null;

        private static string? Text(JsonElement schema, string name) => schema.TryGetProperty(name, out var value) ? value.GetString() : null;
    }
}
