using System.Text.Json.Serialization.Metadata;

namespace Ladewerk.Ocpp;

/// <summary>A request or answer that knows how it is read and written.</summary>
public interface IWireMessage<TSelf>
    where TSelf : IWireMessage<TSelf>
{
    /// <summary>Source-generated JSON of the message.</summary>
    static abstract JsonTypeInfo<TSelf> JsonType { get; }
}

/// <summary>A request that is answered by a <typeparamref name="TResponse"/>.</summary>
public interface ICall<TResponse>
{
    /// <summary>The action on the wire.</summary>
    static abstract string Action { get; }
}

/// <summary>A message that is not answered (SEND, since OCPP 2.1).</summary>
public interface ISend
{
    /// <summary>The action on the wire.</summary>
    static abstract string Action { get; }
}
