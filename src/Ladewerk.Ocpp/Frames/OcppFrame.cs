namespace Ladewerk.Ocpp;

/// <summary>Message type numbers of OCPP-J (1.6J §4.1.3; 5 and 6 since 2.1).</summary>
public enum MessageType
{
    /// <summary>Not a message type.</summary>
    None = 0,

    /// <summary>A request.</summary>
    Call = 2,

    /// <summary>An answer.</summary>
    CallResult = 3,

    /// <summary>A request that could not be answered.</summary>
    CallError = 4,

    /// <summary>An answer that could not be understood (2.1).</summary>
    CallResultError = 5,

    /// <summary>A message that is not answered (2.1).</summary>
    Send = 6,
}

/// <summary>One frame of OCPP-J.</summary>
/// <param name="Type">The message type.</param>
/// <param name="MessageId">The id by which an answer is matched.</param>
/// <param name="Action">The action of a CALL or SEND, else null.</param>
/// <param name="Payload">Raw UTF-8 JSON of the payload, or of a CALLERROR's details; a slice of the buffer that was read, valid as long as that is.</param>
/// <param name="ErrorCode">The code of a CALLERROR, else null.</param>
/// <param name="ErrorDescription">The description of a CALLERROR, else null.</param>
public readonly record struct OcppFrame(
    MessageType Type,
    string MessageId,
    string? Action,
    ReadOnlyMemory<byte> Payload,
    string? ErrorCode,
    string? ErrorDescription);

/// <summary>Why a frame could not be read.</summary>
public enum FrameFaultKind
{
    /// <summary>Nothing in it: ignore.</summary>
    Empty,

    /// <summary>Larger than <see cref="FrameReader.MaxFrameBytes"/>.</summary>
    TooLarge,

    /// <summary>Not JSON, cut off, or nested too deeply.</summary>
    NotJson,

    /// <summary>JSON, but not an array that starts with a message type and an id.</summary>
    NotAFrame,

    /// <summary>The message type number is not known: 1.6J §4.1.3 says to ignore the frame; 2.x answers MessageTypeNotSupported.</summary>
    UnknownMessageType,

    /// <summary>The frame lacks its action or payload, or these have the wrong type.</summary>
    BadContent,
}

/// <summary>A frame that could not be read, and what to answer.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Code">The 1.6 error code; see <see cref="OcppErrorCode.In2X"/>.</param>
/// <param name="Description">For the CALLERROR and the log; carries no content of the frame.</param>
/// <param name="MessageId">The id, or null where it could not be read.</param>
/// <param name="Type">The message type, or None where it could not be read.</param>
public sealed record FrameFault(FrameFaultKind Kind, string Code, string Description, string? MessageId, MessageType Type)
{
    /// <summary>Id of an answer to a frame whose id could not be read (OCPP-J 2.0.1 part 4 §4.2.3; 1.6J leaves it open).</summary>
    public const string UnknownMessageId = "-1";

    /// <summary>
    /// The id to answer with, or null where the frame must not be answered: empty frames, unknown message types, and
    /// answers (a CALLERROR never answers an answer).
    /// </summary>
    public string? AnswerTo => Kind is FrameFaultKind.Empty or FrameFaultKind.UnknownMessageType || Type is not (MessageType.None or MessageType.Call)
        ? null
        : MessageId ?? UnknownMessageId;
}

/// <summary>A frame, or why there is none.</summary>
/// <param name="Frame">The frame, when <see cref="Ok"/>.</param>
/// <param name="Fault">The fault, else null.</param>
/// <param name="Leniency">What was forgiven.</param>
public readonly record struct FrameResult(OcppFrame Frame, FrameFault? Fault, Leniency Leniency)
{
    /// <summary>Whether there is a frame.</summary>
    public bool Ok => Fault is null;
}
