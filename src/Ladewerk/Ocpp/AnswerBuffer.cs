using System.Buffers;
using System.Collections.Concurrent;

namespace Ladewerk.Ocpp;

/// <summary>A pooled pair of buffers: the answer's payload, which is stored, and the frame around it, which is sent.</summary>
internal sealed class AnswerBuffer : IBufferWriter<byte>
{
    private const int Kept = 64;
    private static readonly ConcurrentBag<AnswerBuffer> Pool = [];

    private readonly ArrayBufferWriter<byte> payload = new(256);
    private readonly ArrayBufferWriter<byte> frame = new(256);

    /// <summary>The payload.</summary>
    public ReadOnlyMemory<byte> Written => payload.WrittenMemory;

    /// <summary>The frame.</summary>
    public ReadOnlyMemory<byte> WrittenFrame => frame.WrittenMemory;

    public static AnswerBuffer Rent() => Pool.TryTake(out var buffer) ? buffer : new AnswerBuffer();

    public static void Return(AnswerBuffer buffer)
    {
        if (Pool.Count < Kept && buffer.payload.Capacity <= 64 * 1024)
        {
            buffer.Clear();
            Pool.Add(buffer);
        }
    }

    public void Clear()
    {
        payload.ResetWrittenCount();
        frame.ResetWrittenCount();
    }

    /// <summary>Writes the frame: the payload as CALLRESULT, or a CALLERROR.</summary>
    public void Frame(string messageId, in Routed routed)
    {
        if (routed.ErrorCode is { } code)
        {
            FrameWriter.WriteCallError(frame, messageId, code, routed.ErrorDescription ?? "");
        }
        else
        {
            FrameWriter.WriteCallResult(frame, messageId, payload.WrittenSpan);
        }
    }

    void IBufferWriter<byte>.Advance(int count) => payload.Advance(count);

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => payload.GetMemory(sizeHint);

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => payload.GetSpan(sizeHint);
}
