using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ladewerk.Simulator.Quirks;

/// <summary>What the habits do to the messages of a station. One for each station, as it remembers what it has told.</summary>
internal sealed class WireQuirks(QuirkModes modes)
{
    private const string OneId = "1";
    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly PayloadQuirks payloads = new(modes);
    private (string Action, string Original, JsonObject Payload, IReadOnlyList<(string Action, JsonObject Payload)> More)? last;
    private string? realId;
    private bool hasToldMore;

    /// <summary>The frames that go out in place of one; the first is that one.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Outgoing(ReadOnlyMemory<byte> frame)
    {
        if (!modes.Any || JsonNode.Parse(frame.Span) is not JsonArray parts)
        {
            return [frame];
        }

        var frames = new List<ReadOnlyMemory<byte>>();
        if (modes.Has(9))
        {
            frames.Add(ReadOnlyMemory<byte>.Empty);
        }

        if (parts is not [{ } type, { } id, { } action, JsonObject payload] || type.GetValue<int>() != 2)
        {
            frames.Add(Text(parts));
            return frames;
        }

        Call(frames, id.GetValue<string>(), action.GetValue<string>(), payload);
        return frames;
    }

    /// <summary>An answer under the id by which the station knows its call (Q18).</summary>
    public ReadOnlyMemory<byte> Incoming(ReadOnlyMemory<byte> frame)
    {
        if (!modes.Has(18) || realId is null || JsonNode.Parse(frame.Span) is not JsonArray { Count: > 2 } parts || parts[0]!.GetValue<int>() == 2 || parts[1]!.GetValue<string>() != OneId)
        {
            return frame;
        }

        parts[1] = realId;
        return Encoding.UTF8.GetBytes(parts.ToJsonString(Plain));
    }

    private void Call(List<ReadOnlyMemory<byte>> frames, string id, string action, JsonObject payload)
    {
        var more = Changed(action, ref payload);
        realId = id;
        var shown = modes.Has(18) ? OneId : id;
        JsonNode? content = modes.Has(9) && payload.Count == 0 ? null : payload;
        var call = Text(new JsonArray(2, shown, action, content?.DeepClone()));
        frames.Add(call);
        if (modes.Has(17) && (action is "StartTransaction" or "StopTransaction"))
        {
            frames.Add(Text(new JsonArray(2, id + "-again", action, payload.DeepClone())));
        }

        frames.AddRange(more.Select((m, i) => Text(new JsonArray(2, $"{id}-{i.ToString(CultureInfo.InvariantCulture)}", m.Action, m.Payload.DeepClone()))));
        if (action == "StatusNotification" && !hasToldMore)
        {
            hasToldMore = true;
            AddOddities(frames);
        }
    }

    /// <summary>The content with its oddities; a message that is sent again is the same again.</summary>
    private IReadOnlyList<(string Action, JsonObject Payload)> Changed(string action, ref JsonObject payload)
    {
        var original = payload.ToJsonString();
        if (last is { } former && former.Action == action && former.Original == original)
        {
            payload = (JsonObject)former.Payload.DeepClone();
            return former.More;
        }

        var more = payloads.Change(action, payload);
        last = (action, original, (JsonObject)payload.DeepClone(), more);
        return more;
    }

    private void AddOddities(List<ReadOnlyMemory<byte>> frames)
    {
        if (modes.Has(23))
        {
            frames.Add("""[2,"absurd","StatusNotification",{"connectorId":1634030126,"status":"Available","errorCode":"NoError"}]"""u8.ToArray());
        }

        if (modes.Has(32))
        {
            frames.Add(Text(new JsonArray(2, "large", "DataTransfer", new JsonObject { ["vendorId"] = "simulator", ["data"] = new string('x', 200_000) })));
        }
    }

    private ReadOnlyMemory<byte> Text(JsonArray parts)
    {
        var text = parts.ToJsonString(Plain);
        if (modes.Has(8))
        {
            // Line breaks between the parts, a comma too many, and the NUL of a C string.
            text = $"\uFEFF[\r\n {text[1..^1]},\n]\0";
        }

        return Encoding.UTF8.GetBytes(text);
    }
}
