using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Ladewerk.Ocpp;

/// <summary>
/// Reads payloads into records. Strict first; only when that fails, the payload is repaired as far as
/// <see cref="Leniency"/> allows and read again. Never throws for any input.
/// </summary>
public static class WireReader
{
    /// <summary>Reads a message that knows its own JSON.</summary>
    public static ReadOutcome<T> Read<T>(ReadOnlyMemory<byte> payload, Leniency allowed = Leniency.All)
        where T : class, IWireMessage<T> => Read(payload, T.JsonType, allowed);

    /// <summary>Reads a payload.</summary>
    /// <param name="payload">UTF-8 JSON of an object.</param>
    /// <param name="type">Source-generated JSON of the record.</param>
    /// <param name="allowed">What may be forgiven; extra properties are always ignored.</param>
    public static ReadOutcome<T> Read<T>(ReadOnlyMemory<byte> payload, JsonTypeInfo<T> type, Leniency allowed = Leniency.All)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(type);
        try
        {
            if (JsonSerializer.Deserialize(payload.Span, type) is { } value)
            {
                var limits = WireLimits.Of(type);
                if (limits is null || limits.Check(value) is not { Count: > 0 } exceeded)
                {
                    return new ReadOutcome<T>(value, null, []);
                }

                if (exceeded.All(n => n.Kind == Leniency.OverlongText) && (allowed & Leniency.OverlongText) != 0)
                {
                    return new ReadOutcome<T>(value, null, exceeded);
                }
            }
        }
        catch (Exception e) when (IsBadInput(e))
        {
            // The repair below finds out where and why.
        }

        return ReadRepaired(payload, type, allowed);
    }

    private static ReadOutcome<T> ReadRepaired<T>(ReadOnlyMemory<byte> payload, JsonTypeInfo<T> type, Leniency allowed)
        where T : class
    {
        var repair = new PayloadRepair(type.Options, allowed);
        try
        {
            using var document = JsonDocument.Parse(payload, new JsonDocumentOptions { MaxDepth = FrameReader.MaxDepth });
            var repaired = repair.Root(document.RootElement, type);
            if (repaired is null || repaired.Deserialize(type) is not { } value)
            {
                return Failed<T>(repair.Fault ?? Unreadable);
            }

            var notes = repair.Notes;
            if (WireLimits.Of(type)?.Check(value) is { Count: > 0 } exceeded)
            {
                notes.AddRange(exceeded);
            }

            var refused = notes.Find(n => (n.Kind & allowed) == 0);
            return refused is null
                ? new ReadOutcome<T>(value, null, notes)
                : Failed<T>(new ReadFault(OcppErrorCode.PropertyConstraintViolation, refused.Path, $"{refused.Path} breaks a limit of the standard."));
        }
        catch (Exception e) when (IsBadInput(e))
        {
            return Failed<T>(repair.Fault ?? Unreadable);
        }
    }

    private static ReadFault Unreadable => new(OcppErrorCode.FormationViolation, "$", "$ is not valid JSON.");

    private static ReadOutcome<T> Failed<T>(ReadFault fault)
        where T : class => new(null, fault, []);

    // JsonException for structure; the others for text that is not Unicode and numbers that fit no type.
    private static bool IsBadInput(Exception e) => e is JsonException or InvalidOperationException or FormatException or ArgumentException;
}
