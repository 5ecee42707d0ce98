using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Ladewerk.Ocpp;

/// <summary>Writes the frames of OCPP-J as UTF-8 into a buffer of the caller.</summary>
public static class FrameWriter
{
    /// <summary>Longest error description that is sent (1.6J §4.2.3).</summary>
    public const int MaxDescriptionLength = 255;

    // A writer serves one frame at a time; writing is synchronous, so one for each thread is enough.
    [ThreadStatic]
    private static Utf8JsonWriter? cached;

    /// <summary>Writes a CALL with a record as payload.</summary>
    public static void WriteCall<T>(IBufferWriter<byte> output, string messageId, string action, T payload, JsonTypeInfo<T> type)
    {
        var writer = Open(output, MessageType.Call, messageId);
        writer.WriteStringValue(action);
        JsonSerializer.Serialize(writer, payload, type);
        Close(writer);
    }

    /// <summary>Writes a CALL with a payload that is JSON already.</summary>
    public static void WriteCall(IBufferWriter<byte> output, string messageId, string action, ReadOnlySpan<byte> payload) =>
        WriteNamed(output, MessageType.Call, messageId, action, payload);

    /// <summary>Writes a SEND (2.1) with a payload that is JSON already.</summary>
    public static void WriteSend(IBufferWriter<byte> output, string messageId, string action, ReadOnlySpan<byte> payload) =>
        WriteNamed(output, MessageType.Send, messageId, action, payload);

    /// <summary>Writes a CALLRESULT with a record as payload.</summary>
    public static void WriteCallResult<T>(IBufferWriter<byte> output, string messageId, T payload, JsonTypeInfo<T> type)
    {
        var writer = Open(output, MessageType.CallResult, messageId);
        JsonSerializer.Serialize(writer, payload, type);
        Close(writer);
    }

    /// <summary>Writes a CALLRESULT with a payload that is JSON already.</summary>
    public static void WriteCallResult(IBufferWriter<byte> output, string messageId, ReadOnlySpan<byte> payload)
    {
        var writer = Open(output, MessageType.CallResult, messageId);
        writer.WriteRawValue(payload, skipInputValidation: true);
        Close(writer);
    }

    /// <summary>Writes a CALLERROR.</summary>
    /// <param name="output">Takes the bytes.</param>
    /// <param name="messageId">Id of the call.</param>
    /// <param name="code">One of <see cref="OcppErrorCode"/>, in the spelling of the version.</param>
    /// <param name="description">Cut to <see cref="MaxDescriptionLength"/> characters.</param>
    /// <param name="details">A JSON object, or nothing for <c>{}</c>.</param>
    public static void WriteCallError(IBufferWriter<byte> output, string messageId, string code, string description, ReadOnlySpan<byte> details = default) =>
        WriteError(output, MessageType.CallError, messageId, code, description, details);

    /// <summary>Writes a CALLRESULTERROR (2.1): an answer could not be understood.</summary>
    public static void WriteCallResultError(IBufferWriter<byte> output, string messageId, string code, string description, ReadOnlySpan<byte> details = default) =>
        WriteError(output, MessageType.CallResultError, messageId, code, description, details);

    /// <summary>The JSON of a record alone, as it would stand in a frame.</summary>
    public static byte[] Payload<T>(T payload, JsonTypeInfo<T> type)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = cached ??= new Utf8JsonWriter(buffer, WireJson.Writer);
        writer.Reset(buffer);
        JsonSerializer.Serialize(writer, payload, type);
        writer.Flush();
        writer.Reset(Nowhere.Instance);
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteNamed(IBufferWriter<byte> output, MessageType type, string messageId, string action, ReadOnlySpan<byte> payload)
    {
        var writer = Open(output, type, messageId);
        writer.WriteStringValue(action);
        writer.WriteRawValue(payload, skipInputValidation: true);
        Close(writer);
    }

    private static void WriteError(IBufferWriter<byte> output, MessageType type, string messageId, string code, string description, ReadOnlySpan<byte> details)
    {
        ArgumentNullException.ThrowIfNull(description);
        var writer = Open(output, type, messageId);
        writer.WriteStringValue(code);
        writer.WriteStringValue(Cut(description));
        writer.WriteRawValue(details.IsEmpty ? "{}"u8 : details, skipInputValidation: true);
        Close(writer);
    }

    private static ReadOnlySpan<char> Cut(string text)
    {
        if (text.Length <= MaxDescriptionLength)
        {
            return text;
        }

        var end = char.IsHighSurrogate(text[MaxDescriptionLength - 1]) ? MaxDescriptionLength - 1 : MaxDescriptionLength;
        return text.AsSpan(0, end);
    }

    private static Utf8JsonWriter Open(IBufferWriter<byte> output, MessageType type, string messageId)
    {
        var writer = cached ??= new Utf8JsonWriter(output, WireJson.Writer);
        writer.Reset(output);
        writer.WriteStartArray();
        writer.WriteNumberValue((int)type);
        writer.WriteStringValue(messageId);
        return writer;
    }

    private static void Close(Utf8JsonWriter writer)
    {
        writer.WriteEndArray();
        writer.Flush();
        writer.Reset(Nowhere.Instance);
    }

    // Keeps the cached writer from holding the caller's buffer.
    private sealed class Nowhere : IBufferWriter<byte>
    {
        public static readonly Nowhere Instance = new();

        public void Advance(int count) => throw new InvalidOperationException("Nothing is written here.");

        public Memory<byte> GetMemory(int sizeHint = 0) => throw new InvalidOperationException("Nothing is written here.");

        public Span<byte> GetSpan(int sizeHint = 0) => throw new InvalidOperationException("Nothing is written here.");
    }
}
