using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ladewerk.Kernel.Http;

/// <summary>JSON as the API speaks it: camelCase, enums as camelCase text, times RFC 3339 in UTC with <c>Z</c>, nulls written.</summary>
public static class ApiJson
{
    /// <summary>For what is written outside of an endpoint: live events, stored answers.</summary>
    public static readonly JsonSerializerOptions Options = Configured(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    /// <summary>Sets the API's conventions on a host's options.</summary>
    public static JsonSerializerOptions Configured(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.Converters.Add(new UtcTime());
        options.Converters.Add(new Whole<WattHours>(v => new WattHours(v), e => e.Value));
        options.Converters.Add(new Whole<Watts>(v => new Watts(v), p => p.Value));
        return options;
    }

    private sealed class UtcTime : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture));
    }

    private sealed class Whole<T>(Func<long, T> from, Func<T, long> to) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => from(reader.GetInt64());

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteNumberValue(to(value));
    }
}
