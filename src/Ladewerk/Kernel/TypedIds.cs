using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Ladewerk.Kernel;

/// <summary>An id that is its own type, so that a site can never be passed where a station is meant. UUID v7.</summary>
[SuppressMessage("Design", "CA1000", Justification = "A static factory is what an id is made by.")]
public interface ITypedId<TSelf> : IParsable<TSelf>
    where TSelf : struct, ITypedId<TSelf>
{
    /// <summary>The bare UUID.</summary>
    Guid Value { get; }

    /// <summary>Wraps a UUID that was stored or sent.</summary>
    static abstract TSelf From(Guid value);

    static TSelf IParsable<TSelf>.Parse(string s, IFormatProvider? provider) => TSelf.From(Guid.Parse(s, CultureInfo.InvariantCulture));

    static bool IParsable<TSelf>.TryParse(string? s, IFormatProvider? provider, out TSelf result)
    {
        var ok = Guid.TryParse(s, out var guid);
        result = TSelf.From(guid);
        return ok;
    }
}

/// <summary>Who owns a row: an operator on this installation.</summary>
[JsonConverter(typeof(TypedIdJson<TenantId>))]
public readonly record struct TenantId(Guid Value) : ITypedId<TenantId>
{
    public static TenantId From(Guid value) => new(value);

    public static TenantId New() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
}

internal sealed class TypedIdJson<T> : JsonConverter<T>
    where T : struct, ITypedId<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => T.From(reader.GetGuid());

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}

internal sealed class TypedIdColumn<T>() : ValueConverter<T, Guid>(id => id.Value, value => From(value))
    where T : struct, ITypedId<T>
{
    // An expression tree cannot call a static abstract member.
    private static T From(Guid value) => T.From(value);
}
