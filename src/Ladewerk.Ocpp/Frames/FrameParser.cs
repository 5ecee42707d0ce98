using System.Text;
using System.Text.Json;

namespace Ladewerk.Ocpp;

/// <summary>Takes one frame apart, keeping what could be read for the fault when it fails.</summary>
internal struct FrameParser(ReadOnlyMemory<byte> utf8, JsonReaderOptions options, Leniency allowed)
{
    private static readonly ReadOnlyMemory<byte> EmptyObject = "{}"u8.ToArray();

    private MessageType type;
    private string? messageId;
    private string? action;
    private string? errorCode;
    private string? errorDescription;

    public Leniency Used { get; private set; }

    public FrameFault? Fault { get; private set; }

    public FrameFault? Parse(out OcppFrame frame)
    {
        var reader = new Utf8JsonReader(utf8.Span, options);
        var payload = EmptyObject;
        try
        {
            if (!ReadHead(ref reader) || !ReadNames(ref reader) || !ReadPayload(ref reader, out payload))
            {
                frame = default;
                return Fault;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            Fail(FrameFaultKind.NotJson, "The frame is not valid JSON.");
            frame = default;
            return Fault;
        }

        frame = new OcppFrame(type, messageId!, action, payload, errorCode, errorDescription);
        return null;
    }

    private bool ReadHead(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
        {
            return Fail(FrameFaultKind.NotAFrame, "The frame is not a JSON array.");
        }

        if (!reader.Read() || !ReadType(ref reader, out var number))
        {
            return Fail(FrameFaultKind.NotAFrame, "The frame does not start with a message type.");
        }

        if (!reader.Read() || !ReadId(ref reader))
        {
            return Fail(FrameFaultKind.NotAFrame, "The frame has no message id.");
        }

        if (number is < 2 or > 6)
        {
            return Fail(FrameFaultKind.UnknownMessageType, "The message type is not known.");
        }

        type = (MessageType)number;
        return true;
    }

    private bool ReadType(ref Utf8JsonReader reader, out int number)
    {
        number = 0;
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out number))
        {
            return true;
        }

        return reader.TokenType is JsonTokenType.String or JsonTokenType.Number
            && Forgive(Leniency.FrameFieldType)
            && decimal.TryParse(Encoding.UTF8.GetString(reader.ValueSpan), System.Globalization.CultureInfo.InvariantCulture, out var value)
            && value is >= 0 and < 100
            && (number = (int)value) == value;
    }

    private bool ReadId(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            messageId = reader.GetString();
            return true;
        }

        if (reader.TokenType == JsonTokenType.Number && Forgive(Leniency.FrameFieldType))
        {
            messageId = Encoding.UTF8.GetString(reader.ValueSpan);
            return true;
        }

        return false;
    }

    private bool ReadNames(ref Utf8JsonReader reader) => type switch
    {
        MessageType.Call or MessageType.Send => ReadAction(ref reader),
        MessageType.CallError or MessageType.CallResultError => ReadError(ref reader),
        _ => true,
    };

    private bool ReadAction(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.String)
        {
            return Fail(FrameFaultKind.BadContent, "The frame has no action.");
        }

        action = ActionNames.Find(reader.ValueSpan) ?? reader.GetString()!;
        return true;
    }

    private bool ReadError(ref Utf8JsonReader reader)
    {
        var probe = reader;
        errorCode = Optional(ref probe, ref reader) ?? (Forgive(Leniency.ErrorFields) ? OcppErrorCode.GenericError : null);
        errorDescription = Optional(ref probe, ref reader) ?? (Forgive(Leniency.ErrorFields) ? "" : null);
        return errorCode is not null && errorDescription is not null
            || Fail(FrameFaultKind.BadContent, "The error has no code or description.");
    }

    // A string is taken; null is skipped; anything else is left to the payload.
    private static string? Optional(ref Utf8JsonReader probe, ref Utf8JsonReader reader)
    {
        probe = reader;
        if (!probe.Read() || probe.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
        {
            return null;
        }

        reader = probe;
        return reader.GetString();
    }

    private bool ReadPayload(ref Utf8JsonReader reader, out ReadOnlyMemory<byte> payload)
    {
        payload = EmptyObject;
        if (!reader.Read())
        {
            return Fail(FrameFaultKind.NotJson, "The frame is cut off.");
        }

        if (reader.TokenType == JsonTokenType.EndArray)
        {
            return ReadEnd(ref reader, Forgive(Leniency.EmptyPayload));
        }

        var start = (int)reader.TokenStartIndex;
        var isObject = reader.TokenType == JsonTokenType.StartObject;
        var isEmpty = reader.TokenType == JsonTokenType.Null
            || (reader.TokenType == JsonTokenType.String && reader.ValueSpan.IsEmpty);
        var isArray = reader.TokenType == JsonTokenType.StartArray;
        reader.Skip();
        var slice = utf8[start..(int)reader.BytesConsumed];
        if (isObject)
        {
            payload = slice;
        }

        isEmpty |= isArray && slice.Span[1..^1].IndexOfAnyExcept(" \t\r\n"u8) < 0;
        return reader.Read() && ReadEnd(ref reader, isObject || (isEmpty && Forgive(Leniency.EmptyPayload)));
    }

    private bool ReadEnd(ref Utf8JsonReader reader, bool isPayload)
    {
        if (!isPayload)
        {
            return Fail(FrameFaultKind.BadContent, "The payload is not a JSON object.");
        }

        // What follows the payload is skipped: 1.6J has nothing there, and nothing is lost.
        while (reader.TokenType != JsonTokenType.EndArray)
        {
            if (!Forgive(Leniency.TrailingData))
            {
                return Fail(FrameFaultKind.BadContent, "The frame has too many elements.");
            }

            reader.Skip();
            reader.Read();
        }

        reader.Read();
        return true;
    }

    private bool Forgive(Leniency kind)
    {
        if ((allowed & kind) == 0)
        {
            return false;
        }

        Used |= kind;
        return true;
    }

    private bool Fail(FrameFaultKind kind, string description)
    {
        Fault = new FrameFault(kind, OcppErrorCode.FormationViolation, description, messageId, type);
        return false;
    }
}
