using System.Text.Json;
using System.Text.Json.Serialization;
using Ladewerk.Kernel;

namespace Ladewerk.Stations.Quirks;

/// <summary>Profiles as files: what is misspelt is refused, so that a switch is never silently without effect.</summary>
internal static class QuirkJson
{
    /// <summary>camelCase, enums as text, unknown members refused.</summary>
    public static readonly JsonSerializerOptions Options = new(Columns.Json)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        WriteIndented = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
