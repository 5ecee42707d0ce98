using System.Globalization;
using Ladewerk.Ocpp.V16;

namespace Ladewerk.Simulator.Stations;

/// <summary>The configuration keys of a station (OCPP 1.6 §9); names are compared without regard to case.</summary>
internal sealed class ConfigurationKeys
{
    private enum Kind
    {
        ReadOnly,
        Number,
        Switch,
        Text,
        Measurands,
    }

    private sealed record Entry(string Key, Kind Kind, string Value, bool NeedsReboot = false);

    private readonly Dictionary<string, Entry> entries = new Entry[]
    {
        new("AllowOfflineTxForUnknownId", Kind.Switch, "true"),
        new("AuthorizationCacheEnabled", Kind.Switch, "true"),
        new("AuthorizeRemoteTxRequests", Kind.Switch, "false"),
        new("BlinkRepeat", Kind.Number, "3"),
        new("ClockAlignedDataInterval", Kind.Number, "0"),
        new("ConnectionTimeOut", Kind.Number, "60"),
        new("ConnectorPhaseRotation", Kind.Text, "0.RST"),
        new("ConnectorPhaseRotationMaxLength", Kind.ReadOnly, "10"),
        new("GetConfigurationMaxKeys", Kind.ReadOnly, "60"),
        new("HeartbeatInterval", Kind.Number, "300"),
        new("LightIntensity", Kind.Number, "80"),
        new("LocalAuthorizeOffline", Kind.Switch, "true"),
        new("LocalPreAuthorize", Kind.Switch, "false"),
        new("MaxEnergyOnInvalidId", Kind.Number, "0"),
        new("MeterValuesAlignedData", Kind.Measurands, "Energy.Active.Import.Register"),
        new("MeterValuesAlignedDataMaxLength", Kind.ReadOnly, "10"),
        new("MeterValuesSampledData", Kind.Measurands, "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage,Current.Offered,SoC"),
        new("MeterValuesSampledDataMaxLength", Kind.ReadOnly, "10"),
        new("MeterValueSampleInterval", Kind.Number, "60"),
        new("MinimumStatusDuration", Kind.Number, "0"),
        new("NumberOfConnectors", Kind.ReadOnly, "1"),
        new("ResetRetries", Kind.Number, "1"),
        new("StopTransactionOnEVSideDisconnect", Kind.Switch, "true"),
        new("StopTransactionOnInvalidId", Kind.Switch, "true"),
        new("StopTxnAlignedData", Kind.Measurands, string.Empty),
        new("StopTxnAlignedDataMaxLength", Kind.ReadOnly, "10"),
        new("StopTxnSampledData", Kind.Measurands, string.Empty),
        new("StopTxnSampledDataMaxLength", Kind.ReadOnly, "10"),
        new("SupportedFeatureProfiles", Kind.ReadOnly, "Core,FirmwareManagement,LocalAuthListManagement,RemoteTrigger,Reservation,SmartCharging"),
        new("SupportedFeatureProfilesMaxLength", Kind.ReadOnly, "6"),
        new("TransactionMessageAttempts", Kind.Number, "5"),
        new("TransactionMessageRetryInterval", Kind.Number, "10"),
        new("UnlockConnectorOnEVSideDisconnect", Kind.Switch, "true"),
        new("WebSocketPingInterval", Kind.Number, "0", NeedsReboot: true),
        new("LocalAuthListEnabled", Kind.Switch, "true"),
        new("LocalAuthListMaxLength", Kind.ReadOnly, "1000"),
        new("SendLocalListMaxLength", Kind.ReadOnly, "200"),
        new("ReserveConnectorZeroSupported", Kind.ReadOnly, "true"),
        new("ChargeProfileMaxStackLevel", Kind.ReadOnly, "10"),
        new("ChargingScheduleAllowedChargingRateUnit", Kind.ReadOnly, "Current,Power"),
        new("ChargingScheduleMaxPeriods", Kind.ReadOnly, "100"),
        new("ConnectorSwitch3to1PhaseSupported", Kind.ReadOnly, "false"),
        new("MaxChargingProfilesInstalled", Kind.ReadOnly, "20"),
    }.ToDictionary(e => e.Key, StringComparer.OrdinalIgnoreCase);

    public ConfigurationKeys(int connectors) => Force("NumberOfConnectors", connectors.ToString(CultureInfo.InvariantCulture));

    public string Text(string key) => entries[key].Value;

    public bool IsOn(string key) => bool.Parse(entries[key].Value);

    public int Number(string key) => int.Parse(entries[key].Value, CultureInfo.InvariantCulture);

    public TimeSpan Seconds(string key) => TimeSpan.FromSeconds(Number(key));

    /// <summary>The measurands of a list key.</summary>
    public IReadOnlyList<string> List(string key) => entries[key].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Sets a key as the station itself, whatever it is.</summary>
    public void Force(string key, string value) => entries[key] = entries[key] with { Value = value };

    public GetConfigurationResponse Read(IReadOnlyList<string>? keys)
    {
        if (keys is null or [])
        {
            return new GetConfigurationResponse { ConfigurationKey = [.. entries.Values.Select(Shown)], UnknownKey = [] };
        }

        return new GetConfigurationResponse
        {
            ConfigurationKey = [.. keys.Where(entries.ContainsKey).Select(k => Shown(entries[k]))],
            UnknownKey = [.. keys.Where(k => !entries.ContainsKey(k))],
        };
    }

    public ConfigurationStatus Change(string key, string value)
    {
        if (!entries.TryGetValue(key, out var entry))
        {
            return ConfigurationStatus.NotSupported;
        }

        if (!IsValid(entry.Kind, value))
        {
            return ConfigurationStatus.Rejected;
        }

        entries[key] = entry with { Value = entry.Kind == Kind.Switch ? value.ToLowerInvariant() : value };
        return entry.NeedsReboot ? ConfigurationStatus.RebootRequired : ConfigurationStatus.Accepted;
    }

    private static bool IsValid(Kind kind, string value) => kind switch
    {
        Kind.Number => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _),
        Kind.Switch => bool.TryParse(value, out _),
        Kind.Measurands => value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).All(MeterReadings.IsSupported),
        Kind.Text => true,
        _ => false,
    };

    private static KeyValue Shown(Entry entry) => new() { Key = entry.Key, Readonly = entry.Kind == Kind.ReadOnly, Value = entry.Value };
}
