using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ladewerk.Ocpp;

/// <summary>A further spelling that is accepted when an enum value is read, because a schema lists it.</summary>
/// <param name="name">The spelling on the wire.</param>
[AttributeUsage(AttributeTargets.Field, AllowMultiple = true)]
public sealed class WireAliasAttribute(string name) : Attribute
{
    /// <summary>The spelling on the wire.</summary>
    public string Name { get; } = name;
}

/// <summary>The spellings of an enum, for the lenient reader.</summary>
internal interface IWireNames
{
    IReadOnlyList<string> Names { get; }
}

/// <summary>Reads and writes an enum by its exact names on the wire; anything else is a <see cref="JsonException"/>.</summary>
/// <typeparam name="T">An enum whose values are 0, 1, 2, ...</typeparam>
public sealed class WireEnumConverter<T> : JsonConverter<T>, IWireNames
    where T : unmanaged, Enum
{
    private static readonly (byte[] Name, T Value)[] Spellings = [.. ReadSpellings()];
    private static readonly JsonEncodedText[] Written = [.. Enum.GetValues<T>().Select(v => JsonEncodedText.Encode(NameOf(v), WireJson.Encoder))];

    IReadOnlyList<string> IWireNames.Names { get; } = [.. Spellings.Select(s => Encoding.UTF8.GetString(s.Name))];

    /// <inheritdoc/>
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped)
        {
            var name = reader.ValueSpan;
            foreach (var (spelling, value) in Spellings)
            {
                if (name.SequenceEqual(spelling))
                {
                    return value;
                }
            }
        }

        throw new JsonException($"Not a value of {typeof(T).Name}.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(Written[Unsafe.As<T, int>(ref value)]);
    }

    private static IEnumerable<(byte[] Name, T Value)> ReadSpellings()
    {
        foreach (var value in Enum.GetValues<T>())
        {
            yield return (Encoding.UTF8.GetBytes(NameOf(value)), value);
            foreach (var alias in Field(value).GetCustomAttributes<WireAliasAttribute>())
            {
                yield return (Encoding.UTF8.GetBytes(alias.Name), value);
            }
        }
    }

    private static string NameOf(T value) =>
        Field(value).GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? value.ToString();

    private static FieldInfo Field(T value) => typeof(T).GetField(value.ToString())!;
}
