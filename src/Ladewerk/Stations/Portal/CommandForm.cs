using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ladewerk.Portal;

namespace Ladewerk.Stations.Portal;

/// <summary>What a command form of the portal means in the words of the API.</summary>
internal static class CommandForm
{
    /// <summary>The command's name and its body.</summary>
    public static (string Name, JsonElement Body) Read(IFormCollection form, TimeZoneInfo zone)
    {
        var wish = form["command"].ToString();
        var body = new JsonObject();
        Number(form, body, "connectorId");
        switch (wish)
        {
            case "reset" or "reset-hard":
                body["kind"] = wish is "reset" ? "soft" : "hard";
                wish = "reset";
                break;
            case "operative" or "inoperative":
                body["operative"] = wish is "operative";
                wish = "change-availability";
                break;
            case "trigger-status":
                body["message"] = "StatusNotification";
                wish = "trigger-message";
                break;
            case "limit":
                if (form["lift"] != "true")
                {
                    Limit(form, body);
                }

                break;
            case "update-firmware":
                Text(form, body, "location");
                Moment(form, body, "at", "retrieveAt", zone);
                break;
            case "get-diagnostics":
                Text(form, body, "location");
                Moment(form, body, "from", "from", zone);
                Moment(form, body, "to", "to", zone);
                break;
            case "get-composite-schedule":
                Number(form, body, "durationSeconds");
                Text(form, body, "unit");
                break;
            case "clear-charging-profile":
                Number(form, body, "profileId");
                break;
            case "set-charging-profile":
                Profile(form, body, zone);
                break;
            default:
                Text(form, body, "idToken");
                Text(form, body, "message");
                Number(form, body, "transactionId");
                break;
        }

        return (wish, JsonSerializer.SerializeToElement(body));
    }

    /// <summary>What cannot be read goes on as it is and is refused as such: no limit at all would lift the one in force.</summary>
    private static void Limit(IFormCollection form, JsonObject body)
    {
        var (field, member, factor) = form.ContainsKey("maxKw") ? ("maxKw", "maxW", 1000) : ("maxA", "maxA", 1);
        var text = form[field].ToString();
        body[member] = decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var limit) ? limit * factor : text;
    }

    /// <summary>Steps of a day as times of the wall and limits; a daily one begins at the last midnight of the site.</summary>
    private static void Profile(IFormCollection form, JsonObject body, TimeZoneInfo zone)
    {
        Text(form, body, "purpose");
        Text(form, body, "unit");
        Number(form, body, "profileId");
        Number(form, body, "stackLevel");
        Number(form, body, "transactionId");
        Moment(form, body, "validFrom", "validFrom", zone);
        Moment(form, body, "validTo", "validTo", zone);
        var steps = form["stepAt"].Zip(form["stepLimit"]).Where(s => !string.IsNullOrWhiteSpace(s.Second))
            .Select(s => (At: TimeOnly.TryParse(s.First, CultureInfo.InvariantCulture, out var at) ? at.ToTimeSpan() : TimeSpan.Zero, Limit: decimal.TryParse(s.Second, CultureInfo.InvariantCulture, out var limit) ? limit : -1))
            .OrderBy(s => s.At).DistinctBy(s => s.At);
        body["periods"] = new JsonArray([.. steps.Select(s => new JsonObject { ["startSeconds"] = (int)s.At.TotalSeconds, ["limit"] = s.Limit })]);
        body["recurrence"] = "Daily";
        body["start"] = Show.Midnight(DateTimeOffset.TryParse(form["now"], CultureInfo.InvariantCulture, out var now) ? now : DateTimeOffset.UnixEpoch, zone).ToString("O", CultureInfo.InvariantCulture);
    }

    private static void Text(IFormCollection form, JsonObject body, string name)
    {
        if (form[name].ToString().Trim() is { Length: > 0 } text)
        {
            body[name] = text;
        }
    }

    private static void Number(IFormCollection form, JsonObject body, string name)
    {
        if (long.TryParse(form[name], CultureInfo.InvariantCulture, out var number))
        {
            body[name] = number;
        }
    }

    // A browser's date and time have no zone: they are meant as on the site's wall.
    private static void Moment(IFormCollection form, JsonObject body, string field, string name, TimeZoneInfo zone)
    {
        if (DateTime.TryParse(form[field], CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
        {
            body[name] = new DateTimeOffset(DateTime.SpecifyKind(local, DateTimeKind.Unspecified), zone.GetUtcOffset(local)).ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);
        }
    }
}
