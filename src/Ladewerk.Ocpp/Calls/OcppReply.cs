namespace Ladewerk.Ocpp;

/// <summary>What came back for a call.</summary>
public abstract record OcppReply
{
    private OcppReply()
    {
    }

    /// <summary>A CALLRESULT.</summary>
    /// <param name="Payload">A copy of the raw UTF-8 JSON.</param>
    public sealed record Result(ReadOnlyMemory<byte> Payload) : OcppReply;

    /// <summary>A CALLERROR.</summary>
    /// <param name="Code">As it came; mostly one of <see cref="OcppErrorCode"/>.</param>
    /// <param name="Description">As it came.</param>
    /// <param name="Details">A copy of the raw UTF-8 JSON.</param>
    public sealed record Error(string Code, string Description, ReadOnlyMemory<byte> Details) : OcppReply;
}

/// <summary>What came back for a call, as record.</summary>
public abstract record OcppReply<T>
    where T : class
{
    private protected OcppReply()
    {
    }

    /// <summary>An answer that could be read.</summary>
    /// <param name="Payload">The answer.</param>
    /// <param name="Notes">What had to be forgiven to read it.</param>
    public sealed record Result(T Payload, IReadOnlyList<LeniencyNote> Notes) : OcppReply<T>;

    /// <summary>A CALLERROR.</summary>
    /// <param name="Code">As it came; mostly one of <see cref="OcppErrorCode"/>.</param>
    /// <param name="Description">As it came.</param>
    /// <param name="Details">A copy of the raw UTF-8 JSON.</param>
    public sealed record Error(string Code, string Description, ReadOnlyMemory<byte> Details) : OcppReply<T>;

    /// <summary>A CALLRESULT that is not an answer to this request; 2.1 sends a CALLRESULTERROR for it.</summary>
    /// <param name="Fault">What is wrong.</param>
    /// <param name="Payload">A copy of the raw UTF-8 JSON.</param>
    public sealed record Unreadable(ReadFault Fault, ReadOnlyMemory<byte> Payload) : OcppReply<T>;
}

/// <summary>No answer came in time.</summary>
public sealed class CallTimeoutException(string action, TimeSpan timeout)
    : Exception($"No answer to {action} within {timeout.TotalSeconds:0.#} s.")
{
    /// <summary>The action of the call.</summary>
    public string Action { get; } = action;
}

/// <summary>The connection was lost before the answer came; whether the call arrived is unknown.</summary>
public sealed class DisconnectedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Too many calls wait for this connection already.</summary>
public sealed class QueueFullException(string action, int limit)
    : Exception($"{action} was not queued: {limit} calls wait already.")
{
    /// <summary>The action of the call.</summary>
    public string Action { get; } = action;
}
