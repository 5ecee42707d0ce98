using System.Text;
using System.Text.Json;

namespace Ladewerk.Simulator.Load;

/// <summary>The head of an OCPP-J frame: type, id, and the action of a call or the code of an error.</summary>
internal readonly record struct LoadFrame(int Type, string? Id, string? Name)
{
    public static LoadFrame Read(ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text);
            reader.Read();
            reader.Read();
            var type = reader.GetInt32();
            reader.Read();
            var id = reader.GetString();
            reader.Read();
            return new LoadFrame(type, id, type is 2 or 4 ? reader.GetString() : null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return default;
        }
    }

    /// <summary>A load station has nothing to command: it says so in the words of each action.</summary>
    public static byte[] AnswerTo(LoadFrame call)
    {
        var id = JsonEncodedText.Encode(call.Id ?? string.Empty);
        var answer = call.Name switch
        {
            "GetConfiguration" => $$"""[3,"{{id}}",{"configurationKey":[],"unknownKey":[]}]""",
            "GetLocalListVersion" => $$"""[3,"{{id}}",{"listVersion":0}]""",
            "ChangeAvailability" or "ChangeConfiguration" or "ClearCache" or "RemoteStartTransaction" or "RemoteStopTransaction"
                or "Reset" or "ReserveNow" or "CancelReservation" or "SetChargingProfile" or "TriggerMessage" => $$"""[3,"{{id}}",{"status":"Rejected"}]""",
            _ => $$"""[4,"{{id}}","NotSupported","",{}]""",
        };
        return Encoding.UTF8.GetBytes(answer);
    }

    /// <summary>Finds a number behind a name, as in <c>"transactionId":12</c>; null where there is none.</summary>
    public static int? NumberOf(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name)
    {
        var at = text.IndexOf(name);
        if (at < 0)
        {
            return null;
        }

        var rest = text[(at + name.Length)..].TrimStart("\": "u8);
        return System.Buffers.Text.Utf8Parser.TryParse(rest, out int value, out _) ? value : null;
    }
}
