using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ladewerk.Tariffs;

/// <summary>How tariffs and sessions are written: in the database, in the API and in a session's snapshot.</summary>
public static class TariffJson
{
    /// <summary>camelCase; enumerations that OCPI knows as OCPI spells them; numbers may come as strings.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    public static string Write(Tariff tariff) => JsonSerializer.Serialize(tariff, Options);

    /// <exception cref="JsonException">The text is not a tariff.</exception>
    public static Tariff Read(string json) =>
        JsonSerializer.Deserialize<Tariff>(json, Options) ?? throw new JsonException("A tariff is an object.");

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            // jsonb orders keys in its own way, so the type of a component need not come first.
            AllowOutOfOrderMetadataProperties = true,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            NumberHandling = JsonNumberHandling.AllowReadingFromString,
            RespectNullableAnnotations = true,
            Converters =
            {
                new JsonStringEnumConverter<Dimension>(JsonNamingPolicy.SnakeCaseUpper, allowIntegerValues: false),
                new JsonStringEnumConverter<Weekday>(JsonNamingPolicy.SnakeCaseUpper, allowIntegerValues: false),
                new JsonStringEnumConverter<ReservationRestriction>(JsonNamingPolicy.SnakeCaseUpper, allowIntegerValues: false),
                new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false),
                new TimeOfDayConverter(),
                new InstantConverter(),
            },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private sealed class InstantConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDateTimeOffset().ToUniversalTime();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture));
    }

    private sealed class TimeOfDayConverter : JsonConverter<TimeOnly>
    {
        public override TimeOnly Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            TimeOfDay.TryParse(reader.GetString(), out var time) ? time : throw new JsonException("A time of day is written HH:mm.");

        public override void Write(Utf8JsonWriter writer, TimeOnly value, JsonSerializerOptions options) =>
            writer.WriteStringValue(TimeOfDay.Text(value));
    }
}

/// <summary>Local times of day as OCPI writes them: HH:mm; 24:00 is read as midnight.</summary>
internal static class TimeOfDay
{
    private static readonly string[] Formats = ["HH:mm", "HH:mm:ss"];

    public static bool TryParse(string? text, out TimeOnly time)
    {
        if (text is "24:00")
        {
            time = TimeOnly.MinValue;
            return true;
        }

        return TimeOnly.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
    }

    public static string Text(TimeOnly time) =>
        time.ToString(time.Second == 0 ? "HH:mm" : "HH:mm:ss", CultureInfo.InvariantCulture);
}
