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
                if (form["lift"] != "true" && decimal.TryParse(form["maxA"], CultureInfo.InvariantCulture, out var amperes))
                {
                    body["maxA"] = amperes;
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
            default:
                Text(form, body, "idToken");
                Text(form, body, "message");
                Number(form, body, "transactionId");
                break;
        }

        return (wish, JsonSerializer.SerializeToElement(body));
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
