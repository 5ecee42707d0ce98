using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ladewerk.Kernel.Http;

/// <summary>A member of a PATCH: absent leaves things as they are, null clears, a value sets. A property, not a parameter of a record: its default has no JSON.</summary>
[JsonConverter(typeof(OptionalJson))]
public readonly record struct Optional<T>(T? Value)
{
    /// <summary>Whether the member was there.</summary>
    public bool IsSet { get; } = true;

    /// <summary>The value sent, else the one there is.</summary>
    public T? Or(T? current) => IsSet ? Value : current;
}

internal sealed class OptionalJson : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(Optional<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Converter<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    private sealed class Converter<T> : JsonConverter<Optional<T>>
    {
        public override bool HandleNull => true;

        public override Optional<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(JsonSerializer.Deserialize<T>(ref reader, options));

        public override void Write(Utf8JsonWriter writer, Optional<T> value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value.Value, options);
    }
}
