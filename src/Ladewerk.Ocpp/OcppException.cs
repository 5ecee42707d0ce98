using System.Text.Json;

namespace Ladewerk.Ocpp;

/// <summary>A call that is to be answered by a CALLERROR.</summary>
/// <param name="code">One of <see cref="OcppErrorCode"/>.</param>
/// <param name="description">For the log of the other side; no secrets, 255 characters at most are sent.</param>
/// <param name="details">Further details, an object.</param>
public sealed class OcppException(string code, string description, JsonElement? details = null) : Exception($"{code}: {description}")
{
    /// <summary>One of <see cref="OcppErrorCode"/>.</summary>
    public string Code { get; } = code;

    /// <summary>What the other side is told.</summary>
    public string Description { get; } = description;

    /// <summary>Further details, or null.</summary>
    public JsonElement? Details { get; } = details;
}
