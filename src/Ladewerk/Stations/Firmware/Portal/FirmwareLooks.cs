using System.Globalization;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Stations.Files;
using Ladewerk.Stations.Firmware.Campaigns;

namespace Ladewerk.Stations.Firmware.Portal;

/// <summary>How updates, campaigns and uploads look, and what their reasons mean.</summary>
internal static class FirmwareLooks
{
    public static Look Of(UpdateState state) => state switch
    {
        UpdateState.Requested => new("s-br", "clock", "firmware.update.requested"),
        UpdateState.Downloading => new("s-ch", "download", "firmware.update.downloading"),
        UpdateState.Downloaded => new("s-ch", "download", "firmware.update.downloaded"),
        UpdateState.Verified => new("s-ch", "shield-check", "firmware.update.verified"),
        UpdateState.Installing => new("s-ch", "loader-2", "firmware.update.installing"),
        UpdateState.Proving => new("s-ch", "hourglass", "firmware.update.proving"),
        UpdateState.Installed => new("s-av", "circle-check", "firmware.update.installed"),
        UpdateState.Failed => new("s-fa", "circle-x", "firmware.update.failed"),
        UpdateState.TimedOut => new("s-fa", "clock", "firmware.update.timedOut"),
        UpdateState.Cancelled => new("s-of", "ban", "firmware.update.cancelled"),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };

    public static Look Of(CampaignState state) => state switch
    {
        CampaignState.Draft => new("s-of", "pencil", "firmware.campaign.draft"),
        CampaignState.Running => new("s-ch", "player-play", "firmware.campaign.running"),
        CampaignState.Paused => new("s-su", "player-pause", "firmware.campaign.paused"),
        CampaignState.Completed => new("s-av", "circle-check", "firmware.campaign.completed"),
        CampaignState.Stopped => new("s-fa", "hand-stop", "firmware.campaign.stopped"),
        CampaignState.Cancelled => new("s-of", "ban", "firmware.campaign.cancelled"),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };

    public static Look Of(PartState state) => state switch
    {
        PartState.Waiting => new("s-of", "clock", "firmware.part.waiting"),
        PartState.Clearing => new("s-su", "tool", "firmware.part.clearing"),
        PartState.Updating => new("s-ch", "download", "firmware.part.updating"),
        PartState.Soaking => new("s-br", "hourglass", "firmware.part.soaking"),
        PartState.Succeeded => new("s-av", "circle-check", "firmware.part.succeeded"),
        PartState.Failed => new("s-fa", "circle-x", "firmware.part.failed"),
        PartState.Skipped => new("s-of", "player-track-next", "firmware.part.skipped"),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };

    public static Look Of(FileRequestState state) => state switch
    {
        FileRequestState.Requested => new("s-br", "clock", "firmware.file.requested"),
        FileRequestState.Uploading => new("s-ch", "upload", "firmware.file.uploading"),
        FileRequestState.Uploaded => new("s-av", "file-check", "firmware.file.uploaded"),
        FileRequestState.Failed => new("s-fa", "circle-x", "firmware.file.failed"),
        FileRequestState.TimedOut => new("s-fa", "clock", "firmware.file.timedOut"),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };

    /// <summary>A reason in the reader's language.</summary>
    public static string Reason(Texts texts, string reason)
    {
        var key = "firmware.reason." + reason;
        var text = texts[key];
        return string.Equals(text, key, StringComparison.Ordinal) ? reason : text;
    }

    /// <summary>A name of ours in camelCase, as in keys and the API.</summary>
    public static string Key(Enum value) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    /// <summary>A size as people read it: 812 B, 48,2 kB, 12,4 MB.</summary>
    public static string Size(long bytes) => bytes switch
    {
        < 1000 => string.Create(CultureInfo.CurrentCulture, $"{bytes} B"),
        < 1_000_000 => $"{Show.Number(bytes / 1000m, 1)} kB",
        _ => $"{Show.Number(bytes / 1_000_000m, 1)} MB",
    };
}
