using System.Globalization;
using Ladewerk.Stations.Firmware.Campaigns;

namespace Ladewerk.Stations.Firmware.Portal;

/// <summary>What the form of a new campaign says.</summary>
internal static class CampaignWishForm
{
    public static NewCampaign Read(IFormCollection form)
    {
        var policy = new CampaignPolicy();
        var sites = form["site"].OfType<string>().Select(s => Guid.TryParse(s, out var id) ? id : Guid.Empty).Where(id => id != Guid.Empty).ToList();
        return new NewCampaign(
            form["name"].ToString(),
            new FirmwareId(Guid.TryParse(form["firmware"], out var firmware) ? firmware : Guid.Empty),
            new CampaignSelection(
                sites.Count > 0 ? sites : null, Text(form, "model"), Text(form, "version") is { } version ? [version] : null, List(form, "stations"), List(form, "canaries")),
            policy with
            {
                Canary = Number(form, "canary") ?? policy.Canary,
                CanarySoakMinutes = Number(form, "canarySoakMinutes") ?? policy.CanarySoakMinutes,
                WaveSize = Number(form, "waveSize"),
                Parallel = Number(form, "parallel") ?? policy.Parallel,
                SoakMinutes = Number(form, "soakMinutes") ?? policy.SoakMinutes,
                InstallWithinMinutes = Number(form, "installWithinMinutes") ?? policy.InstallWithinMinutes,
                MaxFailurePercent = Number(form, "maxFailurePercent") ?? policy.MaxFailurePercent,
                WaitHours = Number(form, "waitHours") ?? policy.WaitHours,
                Busy = form["busy"] == "takeOutOfService" ? BusyStations.TakeOutOfService : BusyStations.Wait,
                MarkBad = form["markBad"] == "true",
                Window = Window(form),
            });
    }

    private static CampaignWindow? Window(IFormCollection form)
    {
        if (!TimeOnly.TryParse(form["windowFrom"], CultureInfo.InvariantCulture, out var from) || !TimeOnly.TryParse(form["windowTo"], CultureInfo.InvariantCulture, out var to))
        {
            return null;
        }

        var days = form["day"].OfType<string>().Where(d => Enum.TryParse<DayOfWeek>(d, out _)).Select(Enum.Parse<DayOfWeek>).ToList();
        return new CampaignWindow(from, to, days.Count is > 0 and < 7 ? days : null);
    }

    private static string? Text(IFormCollection form, string field) => form[field].ToString().Trim() is { Length: > 0 } text ? text : null;

    private static int? Number(IFormCollection form, string field) => int.TryParse(form[field], CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string[]? List(IFormCollection form, string field) =>
        form[field].ToString().Split([',', ';', ' ', '\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } list ? list : null;
}
