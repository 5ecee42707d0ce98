using System.Text.Encodings.Web;
using System.Text.Json;

namespace Ladewerk.Ocpp;

/// <summary>How JSON is written to stations.</summary>
internal static class WireJson
{
    /// <summary>Escapes only what JSON requires: simple parsers in stations fail on <c>\u0026</c> inside a URL.</summary>
    public static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    public static readonly JsonWriterOptions Writer = new() { Encoder = Encoder, SkipValidation = true };
}
