namespace Ladewerk.Ocpp.V16;

/// <summary>The configuration keys of OCPP 1.6 §9 that an operation depends on, for stations that may not be asked for everything.</summary>
internal static class UsualKeys
{
    public static readonly IReadOnlyList<string> All =
    [
        "NumberOfConnectors", "SupportedFeatureProfiles", "HeartbeatInterval", "WebSocketPingInterval", "AuthorizeRemoteTxRequests", "ConnectionTimeOut",
        "LocalAuthorizeOffline", "LocalPreAuthorize", "LocalAuthListEnabled", "LocalAuthListMaxLength", "SendLocalListMaxLength", "MeterValueSampleInterval",
        "MeterValuesSampledData", "StopTxnSampledData", "ClockAlignedDataInterval", "StopTransactionOnEVSideDisconnect", "StopTransactionOnInvalidId",
        "TransactionMessageAttempts", "TransactionMessageRetryInterval", "UnlockConnectorOnEVSideDisconnect", "ChargeProfileMaxStackLevel",
        "ChargingScheduleAllowedChargingRateUnit", "ChargingScheduleMaxPeriods", "MaxChargingProfilesInstalled", "GetConfigurationMaxKeys",
    ];
}
