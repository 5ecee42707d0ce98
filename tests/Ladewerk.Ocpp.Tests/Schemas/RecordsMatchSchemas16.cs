using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Ladewerk.Ocpp.V16;

namespace Ladewerk.Ocpp.Tests.Schemas;

/// <summary>Every record of 1.6 against its official schema: names, types, limits, and messages both ways.</summary>
public sealed class RecordsMatchSchemas16
{
    private const string Version = "1.6";

    // The schemas list a misspelling; the record keeps one of both.
    private static readonly Dictionary<string, string> Respelled = new(StringComparer.Ordinal) { ["Celcius"] = "Celsius" };

    public static TheoryData<string> EachMessage => [.. V16Actions.All.SelectMany(a => (string[])[a, a + "Response"])];

    private static JsonTypeInfo TypeOf(string file)
    {
        var name = file.EndsWith("Response", StringComparison.Ordinal) ? file : file + "Request";
        var type = typeof(V16Json).Assembly.GetType($"Ladewerk.Ocpp.V16.{name}").ShouldNotBeNull();
        return V16Json.Default.GetTypeInfo(type).ShouldNotBeNull();
    }

    [Fact]
    public void Every_schema_has_a_record() =>
        Directory.EnumerateFiles(SchemaFolder.Of(Version), "*.json").Select(f => Path.GetFileNameWithoutExtension(f)!)
            .ShouldBe(EachMessage.Select(row => (string)row.Data), ignoreOrder: true);

    [Theory]
    [MemberData(nameof(EachMessage))]
    public void A_record_has_the_properties_of_its_schema(string file)
    {
        var schema = new MiniSchema(SchemaFolder.Read(Version, file));
        schema.UnknownKeywords().ShouldBeEmpty();
        Compare(schema, SchemaFolder.Read(Version, file), TypeOf(file), file, []);
    }

    [Fact]
    public void An_enum_has_the_values_of_all_schemas_that_use_it_and_no_other()
    {
        var values = new Dictionary<JsonTypeInfo, HashSet<string>>();
        foreach (var file in EachMessage.Select(row => (string)row.Data))
        {
            var root = SchemaFolder.Read(Version, file);
            Compare(new MiniSchema(root), root, TypeOf(file), file, values);
        }

        values.Count.ShouldBeGreaterThan(40);
        foreach (var (type, names) in values)
        {
            ((IWireNames)type.Converter).Names.ShouldBe(names, ignoreOrder: true, type.Type.Name);
        }
    }

    [Theory]
    [MemberData(nameof(EachMessage))]
    public void Messages_pass_through_the_record_unchanged(string file)
    {
        var schema = new MiniSchema(SchemaFolder.Read(Version, file));
        var type = TypeOf(file);
        var instances = Enumerable.Range(0, schema.LargestEnum()).Select(pick => schema.Make(full: true, pick)).Append(schema.Make(full: false, 0));
        foreach (var instance in instances)
        {
            schema.Validate(JsonSerializer.SerializeToElement(instance)).ShouldBeEmpty("the made instance must be valid");
            var record = Read(type, instance.ToJsonString(), Leniency.None, out var fault);
            fault.ShouldBeNull();
            var written = JsonSerializer.Serialize(record, type);

            schema.Validate(JsonDocument.Parse(written).RootElement).ShouldBeEmpty();
            var expected = Respelled.Aggregate(instance.ToJsonString(), (json, pair) => json.Replace($"\"{pair.Key}\"", $"\"{pair.Value}\"", StringComparison.Ordinal));
            JsonNode.DeepEquals(JsonNode.Parse(written), JsonNode.Parse(expected)).ShouldBeTrue($"{written} is not {expected}");
        }
    }

    [Theory]
    [MemberData(nameof(EachMessage))]
    public void A_missing_property_of_any_depth_is_an_occurrence_violation(string file)
    {
        var schema = new MiniSchema(SchemaFolder.Read(Version, file));
        foreach (var (json, path) in WithoutOneRequired(schema, SchemaFolder.Read(Version, file), schema.Make(full: true, 0)))
        {
            Read(TypeOf(file), json, Leniency.All, out var fault).ShouldBeNull();
            (fault!.Code, fault.Path).ShouldBe((OcppErrorCode.OccurenceConstraintViolation, path));
        }
    }

    private static object? Read(JsonTypeInfo type, string json, Leniency allowed, out ReadFault? fault)
    {
        var read = typeof(RecordsMatchSchemas16).GetMethod(nameof(ReadAs), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type.Type);
        var (record, why) = ((object?, ReadFault?))read.Invoke(null, [type, json, allowed])!;
        fault = why;
        return record;
    }

    private static (object? Record, ReadFault? Fault) ReadAs<T>(JsonTypeInfo<T> type, string json, Leniency allowed)
        where T : class
    {
        var outcome = WireReader.Read(Encoding.UTF8.GetBytes(json), type, allowed);
        return (outcome.Value, outcome.Fault);
    }

    private static IEnumerable<(string Json, string Path)> WithoutOneRequired(MiniSchema schema, JsonElement root, JsonNode instance)
    {
        var places = new List<(JsonObject Owner, string Name, string Path)>();
        Walk(root, instance, "$");
        foreach (var (owner, name, path) in places)
        {
            var taken = owner[name];
            owner.Remove(name);
            yield return (instance.ToJsonString(), path);
            owner[name] = taken;
        }

        void Walk(JsonElement element, JsonNode node, string path)
        {
            element = schema.Resolve(element);
            if (node is JsonArray array)
            {
                Walk(element.GetProperty("items"), array[0]!, path + "[0]");
            }
            else if (node is JsonObject owner)
            {
                places.AddRange(MiniSchema.Required(element).Select(name => (owner, name, $"{path}.{name}")));
                foreach (var property in MiniSchema.Properties(element))
                {
                    Walk(property.Value, owner[property.Name]!, $"{path}.{property.Name}");
                }
            }
        }
    }

    private static void Compare(MiniSchema schema, JsonElement element, JsonTypeInfo type, string path, Dictionary<JsonTypeInfo, HashSet<string>> enums)
    {
        element = schema.Resolve(element);
        switch (MiniSchema.Type(element))
        {
            case "object":
                type.Kind.ShouldBe(JsonTypeInfoKind.Object, path);
                CompareObject(schema, element, type, path, enums);
                break;
            case "array":
                type.Kind.ShouldBe(JsonTypeInfoKind.Enumerable, path);
                Compare(schema, element.GetProperty("items"), type.Options.GetTypeInfo(type.ElementType!), path + "[]", enums);
                break;
            case "string" when element.TryGetProperty("enum", out var values):
                type.Converter.ShouldBeAssignableTo<IWireNames>(path);
                var names = enums.TryGetValue(type, out var known) ? known : enums[type] = [];
                names.UnionWith(values.EnumerateArray().Select(v => v.GetString()!));
                break;
            case "string":
                var isTime = element.TryGetProperty("format", out var format) && format.GetString() == "date-time";
                type.Type.ShouldBe(isTime ? typeof(DateTimeOffset) : typeof(string), path);
                break;
            case "integer":
                type.Type.ShouldBe(path.EndsWith(".meterStart", StringComparison.Ordinal) || path.EndsWith(".meterStop", StringComparison.Ordinal) ? typeof(decimal) : typeof(int), path);
                break;
            case var simple:
                type.Type.ShouldBe(simple switch { "number" => typeof(decimal), "boolean" => typeof(bool), _ => typeof(JsonElement) }, path);
                break;
        }
    }

    private static void CompareObject(MiniSchema schema, JsonElement element, JsonTypeInfo type, string path, Dictionary<JsonTypeInfo, HashSet<string>> enums)
    {
        var properties = type.Properties.ToDictionary(p => p.Name, StringComparer.Ordinal);
        properties.Keys.ShouldBe(MiniSchema.Properties(element).Select(p => p.Name), ignoreOrder: true, path);
        properties.Values.Where(p => p.IsRequired).Select(p => p.Name).ShouldBe(MiniSchema.Required(element), ignoreOrder: true, path);
        foreach (var expected in MiniSchema.Properties(element))
        {
            var property = properties[expected.Name];
            var place = $"{path}.{expected.Name}";
            var member = property.AttributeProvider.ShouldBeAssignableTo<MemberInfo>(place)!;
            (member.GetCustomAttribute<MaxLengthAttribute>()?.Length).ShouldBe(MiniSchema.Number(schema.Resolve(expected.Value), "maxLength"), place);
            var declared = property.PropertyType;
            if (Nullable.GetUnderlyingType(declared) is { } underlying)
            {
                property.IsRequired.ShouldBeFalse(place);
                declared = underlying;
            }

            Compare(schema, expected.Value, type.Options.GetTypeInfo(declared), place, enums);
        }
    }
}
