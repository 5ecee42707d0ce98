using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Ladewerk.Kernel;

internal sealed class WattHoursColumn() : ValueConverter<WattHours, long>(e => e.Value, v => new WattHours(v));

internal sealed class WattsColumn() : ValueConverter<Watts, long>(p => p.Value, v => new Watts(v));

/// <summary>How values become columns.</summary>
internal static class Columns
{
    /// <summary>JSON as the API writes it: camelCase, enums as camelCase text, null members left out.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Stores a value object as jsonb. Compared by its JSON text.</summary>
    public static PropertyBuilder<T> HasJson<T>(this PropertyBuilder<T> property) => property
        .HasColumnType("jsonb")
        .HasConversion(
            value => JsonSerializer.Serialize(value, Json),
            text => JsonSerializer.Deserialize<T>(text, Json)!,
            new ValueComparer<T>(
                (a, b) => string.Equals(JsonSerializer.Serialize(a, Json), JsonSerializer.Serialize(b, Json), StringComparison.Ordinal),
                value => JsonSerializer.Serialize(value, Json).GetHashCode(StringComparison.Ordinal),
                value => JsonSerializer.Deserialize<T>(JsonSerializer.Serialize(value, Json), Json)!));

    /// <summary>Stores an enum as camelCase text, as the API shows it.</summary>
    public static PropertyBuilder<T> HasName<T>(this PropertyBuilder<T> property)
        where T : struct, Enum => property.HasConversion(
            value => JsonNamingPolicy.CamelCase.ConvertName(value.ToString()),
            text => Enum.Parse<T>(text, ignoreCase: true));
}
