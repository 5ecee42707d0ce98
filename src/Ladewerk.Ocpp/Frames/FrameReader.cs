using System.Text.Json;
using System.Text.Unicode;

namespace Ladewerk.Ocpp;

/// <summary>
/// Reads the frames of OCPP-J. Strict first; only when that fails, the bytes are repaired as far as
/// <see cref="Leniency"/> allows and read again. Never throws for any input.
/// </summary>
public static class FrameReader
{
    /// <summary>The largest frame that is read: GetConfiguration answers and signed meter values exceed 64 KiB.</summary>
    public const int MaxFrameBytes = 1 << 20;

    /// <summary>How deep arrays and objects may nest, the frame included.</summary>
    public const int MaxDepth = 64;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth };

    /// <summary>Reads one frame.</summary>
    /// <param name="utf8">The whole text message. The payload of the result is a slice of it, unless it had to be repaired.</param>
    /// <param name="allowed">What may be forgiven.</param>
    public static FrameResult Read(ReadOnlyMemory<byte> utf8, Leniency allowed = Leniency.All)
    {
        if (utf8.Span.IndexOfAnyExcept(" \t\r\n\0"u8) < 0)
        {
            return Failed(new FrameFault(FrameFaultKind.Empty, OcppErrorCode.FormationViolation, "The frame is empty.", null, MessageType.None));
        }

        if (utf8.Length > MaxFrameBytes)
        {
            return TooLarge(utf8);
        }

        var parser = new FrameParser(utf8, Options, Leniency.None);
        if (IsCleanText(utf8.Span) && parser.Parse(out var frame) is null)
        {
            return new FrameResult(frame, null, Leniency.None);
        }

        return allowed == Leniency.None
            ? Failed(parser.Fault ?? NotText)
            : ReadRepaired(utf8, allowed, parser.Fault);
    }

    private static FrameFault NotText =>
        new(FrameFaultKind.NotJson, OcppErrorCode.FormationViolation, "The frame is not valid UTF-8 text.", null, MessageType.None);

    private static FrameResult ReadRepaired(ReadOnlyMemory<byte> utf8, Leniency allowed, FrameFault? strict)
    {
        var repaired = FrameRepair.Repair(utf8.Span, out var used);
        var parser = new FrameParser(repaired, Options, allowed);
        var fault = parser.Parse(out var frame);
        used |= parser.Used;
        if (fault is null && (used & ~allowed) != 0)
        {
            fault = strict ?? NotText with { MessageId = frame.MessageId, Type = frame.Type };
        }

        return fault is null ? new FrameResult(frame, null, used) : new FrameResult(default, fault, used);
    }

    // The id is still wanted: a call is never left without an answer.
    private static FrameResult TooLarge(ReadOnlyMemory<byte> utf8)
    {
        var parser = new FrameParser(utf8[..MaxFrameBytes], Options, Leniency.None);
        var fault = parser.Parse(out _);
        return Failed(new FrameFault(FrameFaultKind.TooLarge, OcppErrorCode.FormationViolation, "The frame is larger than 1 MiB.", fault?.MessageId, fault?.Type ?? MessageType.None));
    }

    private static FrameResult Failed(FrameFault fault) => new(default, fault, Leniency.None);

    // Broken UTF-8, NUL and lone surrogates pass a JSON tokenizer but no database; escapes are rare enough to look closer.
    private static bool IsCleanText(ReadOnlySpan<byte> utf8) =>
        Utf8.IsValid(utf8) && (utf8.IndexOf("\\u"u8) < 0 || !FrameRepair.HasBadEscape(utf8));
}
