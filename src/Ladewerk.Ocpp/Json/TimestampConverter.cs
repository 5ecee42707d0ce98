using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ladewerk.Ocpp;

/// <summary>
/// Timestamps: read as RFC 3339 with <c>Z</c> or a full offset, written in UTC with <c>Z</c> and milliseconds (one known
/// client rejects <c>+00:00</c>). Other forms are the lenient reader's.
/// </summary>
public sealed class TimestampConverter : JsonConverter<DateTimeOffset>
{
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String && HasZone(reader.ValueSpan) && reader.TryGetDateTimeOffset(out var value))
        {
            return value;
        }

        throw new JsonException("Not a timestamp with a zone.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Span<byte> text = stackalloc byte[24];
        value.UtcDateTime.TryFormat(text, out var length, Form, CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
    }

    // A time without zone would be read as the local time of this machine.
    private static bool HasZone(ReadOnlySpan<byte> text) =>
        text.Length > 16 && (text[^1] == 'Z' || text[^6] is (byte)'+' or (byte)'-');
}
