using System.Globalization;
using System.Text.Json.Nodes;

namespace Ladewerk.Simulator.Quirks;

/// <summary>What the habits do to the content of a station's requests.</summary>
internal sealed class PayloadQuirks(QuirkModes modes)
{
    private const long LateWh = 8;
    private static readonly TimeSpan Stale = TimeSpan.FromDays(2);
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
    private readonly Dictionary<int, decimal> taken = []; // Q15: by how much a connector's register has fallen
    private readonly Dictionary<int, int> readings = [];
    private int connector = 1;

    /// <summary>Changes the payload in place; gives what is sent after it.</summary>
    public IReadOnlyList<(string Action, JsonObject Payload)> Change(string action, JsonObject payload)
    {
        connector = payload["connectorId"]?.GetValue<int>() ?? connector;
        var more = new List<(string, JsonObject)>();
        switch (action)
        {
            case "BootNotification":
                Boot(payload);
                break;
            case "StatusNotification":
                Status(payload);
                break;
            case "StartTransaction":
                readings[connector] = 0;
                taken[connector] = 0;
                Register(payload, "meterStart");
                break;
            case "MeterValues":
                Readings(payload);
                break;
            case "StopTransaction":
                Stop(payload, more);
                break;
        }

        Everywhere(payload);
        more.ForEach(m => Everywhere(m.Item2));
        return more;
    }

    private void Boot(JsonObject payload)
    {
        if (modes.Has(13))
        {
            payload["chargePointSerialNumber"] = new string('9', 80);
            payload["colour"] = "red";
        }
    }

    private void Status(JsonObject payload)
    {
        if (modes.Has(12))
        {
            payload["errorCode"] = payload["errorCode"]?.GetValue<string>() == "NoError" ? "None" : "Error";
            payload["status"] = payload["status"]?.GetValue<string>() is "Preparing" ? "Occupied" : payload["status"]?.DeepClone();
        }

        if (modes.Has(20) && payload["timestamp"] is { } at)
        {
            payload["timestamp"] = Iso(DateTimeOffset.Parse(at.GetValue<string>(), CultureInfo.InvariantCulture) - Stale);
        }

        if (modes.Has(21))
        {
            payload["connectorId"] = 0;
        }
    }

    private void Readings(JsonObject payload)
    {
        var count = readings[connector] = readings.GetValueOrDefault(connector) + 1;
        foreach (var sampled in payload["meterValue"]!.AsArray().SelectMany(m => m!["sampledValue"]!.AsArray()).Select(s => s!.AsObject()))
        {
            if (sampled["measurand"]?.GetValue<string>() is null or "Energy.Active.Import.Register")
            {
                Energy(sampled, count);
            }

            if (modes.Has(12))
            {
                sampled["unit"] = sampled["unit"]?.GetValue<string>() is "Celsius" ? "Celcius" : sampled["unit"]?.DeepClone();
            }

            if (modes.Has(10) && decimal.TryParse(sampled["value"]!.GetValue<string>(), CultureInfo.InvariantCulture, out var number))
            {
                sampled["value"] = number;
            }
        }

        if (modes.Has(11) && payload["meterValue"] is JsonArray { Count: 1 } list)
        {
            payload["meterValue"] = list[0]!.DeepClone();
        }

        if (modes.Has(16))
        {
            payload["transactionId"] = 0;
        }

        if (modes.Has(21))
        {
            payload["connectorId"] = 0;
        }
    }

    private void Energy(JsonObject sampled, int count)
    {
        var register = decimal.Parse(sampled["value"]!.GetValue<string>(), CultureInfo.InvariantCulture);
        if (modes.Has(15) && count == 2)
        {
            taken[connector] = register; // the meter begins again
        }

        register -= taken.GetValueOrDefault(connector);
        sampled["value"] = (modes.Has(14) ? register / 1000 : register).ToString(CultureInfo.InvariantCulture);
    }

    private void Register(JsonObject payload, string name)
    {
        var register = Number(payload[name]!) - taken.GetValueOrDefault(connector);
        payload[name] = modes.Has(14) ? register / 1000 : register;
    }

    private void Stop(JsonObject payload, List<(string, JsonObject)> more)
    {
        var transaction = payload["transactionId"]!.DeepClone();
        if (modes.Has(28))
        {
            // The last watt-hours come in a reading after the stop.
            var final = (long)Number(payload["meterStop"]!);
            payload["meterStop"] = final - LateWh;
            more.Add(("MeterValues", new JsonObject
            {
                ["connectorId"] = connector,
                ["transactionId"] = transaction,
                ["meterValue"] = new JsonArray(new JsonObject
                {
                    ["timestamp"] = payload["timestamp"]!.DeepClone(),
                    ["sampledValue"] = new JsonArray(new JsonObject { ["value"] = final.ToString(CultureInfo.InvariantCulture), ["context"] = "Transaction.End" }),
                }),
            }));
        }

        Register(payload, "meterStop");
        if (modes.Has(12))
        {
            payload["reason"] = "driver pulled the plug";
        }

        if (modes.Has(16))
        {
            payload["transactionId"] = -1;
        }
    }

    /// <summary>Numbers, times and badges, wherever they stand.</summary>
    private void Everywhere(JsonObject payload)
    {
        if (modes.Has(22) && payload["idTag"] is { } tag)
        {
            payload["idTag"] = tag.GetValue<string>().ToLowerInvariant() + "_000123";
        }

        if (modes.Has(10))
        {
            foreach (var name in new[] { "connectorId", "transactionId", "meterStart", "meterStop" })
            {
                payload[name] = payload[name] is { } number ? number.ToJsonString() + ".0" : null;
                if (payload[name] is null)
                {
                    payload.Remove(name);
                }
            }
        }

        if (modes.Has(19))
        {
            Clock(payload);
        }
    }

    /// <summary>Local time, told as if it were UTC.</summary>
    private static void Clock(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject owner:
                foreach (var (name, value) in owner.ToList())
                {
                    if (name == "timestamp" && value is not null)
                    {
                        var at = DateTimeOffset.Parse(value.GetValue<string>(), CultureInfo.InvariantCulture);
                        owner[name] = Iso(new DateTimeOffset(at.UtcDateTime + Berlin.GetUtcOffset(at), TimeSpan.Zero));
                    }
                    else
                    {
                        Clock(value);
                    }
                }

                break;
            case JsonArray list:
                foreach (var item in list)
                {
                    Clock(item);
                }

                break;
        }
    }

    private static decimal Number(JsonNode node) => decimal.Parse(node.ToJsonString(), CultureInfo.InvariantCulture);

    private static string Iso(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
