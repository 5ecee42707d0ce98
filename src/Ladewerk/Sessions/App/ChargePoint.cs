using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Text;
using Ladewerk.Stations;

namespace Ladewerk.Sessions.App;

/// <summary>What a driver can do with a charge point now.</summary>
public enum PointState
{
    Available,

    /// <summary>A cable is in and nobody charges: whoever plugged it in may start.</summary>
    PluggedIn,
    Occupied,
    Reserved,
    OutOfService,
    Faulted,
    Offline,
}

/// <summary>A socket or cable of a charge point.</summary>
/// <param name="Number">As the station's protocol counts.</param>
/// <param name="Type">OCPI's name.</param>
public sealed record PointConnector(int Number, string? Type, string? Format, string Status);

/// <summary>A charge point as drivers see it.</summary>
/// <param name="StationName">What people call the station.</param>
public sealed record ChargePoint(
    TenantId Tenant, StationId Station, string Identity, string StationName, int Number, string ShortCode, string? EvseId, Watts? MaxPower, string? CurrentType,
    SiteId? SiteId, string? Site, string? Street, string? City, double? Latitude, double? Longitude, string TimeZone, string Access, string? OpeningHours,
    bool Online, IReadOnlyList<PointConnector> Connectors)
{
    /// <summary>What the sticker says.</summary>
    public string Plate => ShortCode;

    /// <summary>Where it is found on the web.</summary>
    public string Href => "/c/" + (EvseId is null ? ShortCode : Uri.EscapeDataString(EvseId).Replace("%2A", "*", StringComparison.Ordinal));

    /// <summary>The EVSE-ID, or the station's own number where it has none.</summary>
    public string Name => EvseId ?? string.Create(CultureInfo.InvariantCulture, $"{Identity}/{Number}");

    public string Place => Site ?? StationName;

    public PointState State => !Online ? PointState.Offline
        : Has("Charging", "SuspendedEV", "SuspendedEVSE", "Finishing") ? PointState.Occupied
        : Has("Preparing") ? PointState.PluggedIn
        : Has("Reserved") ? PointState.Reserved
        : Has("Available") ? PointState.Available
        : Has("Faulted") ? PointState.Faulted
        : PointState.OutOfService;

    public bool CanStart => State is PointState.Available or PointState.PluggedIn;

    /// <summary>The connector that a start is for: where the cable is in, else the first that is free.</summary>
    public int StartOn => (Connectors.FirstOrDefault(c => c.Status == "Preparing") ?? Connectors.FirstOrDefault(c => c.Status == "Available") ?? Connectors[0]).Number;

    /// <summary>"Typ 2, CCS".</summary>
    public string Plugs(Texts t) => string.Join(", ", Connectors.Select(c => PlugName(t, c.Type)).OfType<string>().Distinct());

    /// <summary>"Typ 2, bis 22 kW".</summary>
    public string Kind(Texts t)
    {
        var power = MaxPower is { } most ? t["app.upTo", (most.Value / 1000m).ToString("0.#", CultureInfo.CurrentCulture)] : null;
        return string.Join(", ", new[] { Plugs(t), power }.Where(part => !string.IsNullOrEmpty(part)));
    }

    public bool NeedsOwnCable => Connectors.Any(c => c.Format == "SOCKET") || (Connectors.All(c => c.Format is null) && CurrentType is "AC1" or "AC3");

    private bool Has(params ReadOnlySpan<string> statuses)
    {
        foreach (var connector in Connectors)
        {
            if (statuses.Contains(connector.Status))
            {
                return true;
            }
        }

        return false;
    }

    private static string? PlugName(Texts t, string? type) => type switch
    {
        null => null,
        "IEC_62196_T2" => t["app.plug.type2"],
        "IEC_62196_T1" => t["app.plug.type1"],
        "IEC_62196_T2_COMBO" or "IEC_62196_T1_COMBO" => "CCS",
        "CHADEMO" => "CHAdeMO",
        "DOMESTIC_F" => "Schuko",
        _ => type,
    };
}

/// <summary>How a state is shown: word and colour.</summary>
internal static class PointStates
{
    public static string Class(this PointState state) => state switch
    {
        PointState.Available or PointState.PluggedIn => "s-available",
        PointState.Occupied => "s-charging",
        PointState.Reserved => "s-reserved",
        PointState.Faulted => "s-faulted",
        PointState.OutOfService or PointState.Offline => "s-offline",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };

    public static string Word(this PointState state, Texts t) => state switch
    {
        PointState.Available => t["app.state.available"],
        PointState.PluggedIn => t["app.state.pluggedIn"],
        PointState.Occupied => t["app.state.occupied"],
        PointState.Reserved => t["app.state.reserved"],
        PointState.Faulted => t["app.state.faulted"],
        PointState.OutOfService => t["app.state.outOfService"],
        PointState.Offline => t["app.state.offline"],
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };
}
