using Ladewerk.Kernel.Text;

namespace Ladewerk.Portal;

/// <summary>How a state looks: the class of its three tones, its icon, the key of its word.</summary>
public readonly record struct Look(string Class, string Icon, string Text);

/// <summary>States of connectors, stations and sessions as icon, word and colour.</summary>
public static class States
{
    public static readonly Look Available = new("s-av", "circle-check", "portal.state.available");
    public static readonly Look Preparing = new("s-br", "plug", "portal.state.preparing");
    public static readonly Look Charging = new("s-ch", "bolt", "portal.state.charging");
    public static readonly Look SuspendedByVehicle = new("s-su", "player-pause", "portal.state.suspendedByVehicle");
    public static readonly Look SuspendedByStation = new("s-su", "player-pause", "portal.state.suspendedByStation");
    public static readonly Look Paused = new("s-su", "player-pause", "portal.state.paused");
    public static readonly Look Finishing = new("s-br", "flag-check", "portal.state.finishing");
    public static readonly Look Reserved = new("s-re", "calendar-time", "portal.state.reserved");
    public static readonly Look Unavailable = new("s-of", "tool", "portal.state.unavailable");
    public static readonly Look Faulted = new("s-fa", "alert-triangle", "portal.state.faulted");
    public static readonly Look Offline = new("s-of", "plug-connected-x", "portal.state.offline");
    public static readonly Look Online = new("s-av", "plug-connected", "portal.state.online");
    public static readonly Look Pending = new("s-su", "hourglass", "portal.state.pending");
    public static readonly Look Never = new("s-of", "circle-dashed", "portal.state.never");
    public static readonly Look Ended = new("s-of", "flag-check", "portal.state.ended");

    /// <summary>A connector's state in the nine words of OCPP 1.6; offline beats what was last known.</summary>
    public static Look OfConnector(string status, bool online) => !online ? Offline : status switch
    {
        "Available" => Available,
        "Preparing" => Preparing,
        "Charging" => Charging,
        "SuspendedEV" => SuspendedByVehicle,
        "SuspendedEVSE" => SuspendedByStation,
        "Finishing" => Finishing,
        "Reserved" => Reserved,
        "Faulted" => Faulted,
        _ => Unavailable,
    };

    /// <summary>A station by its summary word: charging, available, paused, faulted, offline, reserved, unavailable, preparing.</summary>
    public static Look OfStation(string summary) => summary switch
    {
        "charging" => Charging,
        "available" => Available,
        "paused" => Paused,
        "faulted" => Faulted,
        "reserved" => Reserved,
        "preparing" => Preparing,
        "unavailable" => Unavailable,
        _ => Offline,
    };

    /// <summary>A session's phase as stored.</summary>
    public static Look OfPhase(string phase) => phase switch
    {
        "starting" => Preparing,
        "charging" => Charging,
        "suspendedByVehicle" => SuspendedByVehicle,
        "suspendedByStation" => SuspendedByStation,
        "finishing" => Finishing,
        _ => Ended,
    };

    /// <summary>An error code of OCPP 1.6 in words; a vendor's own code stays as it is.</summary>
    public static string Error(Texts texts, string code)
    {
        var key = "portal.error." + code;
        var text = texts[key];
        return string.Equals(text, key, StringComparison.Ordinal) ? code : text;
    }
}
