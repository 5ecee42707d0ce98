namespace Ladewerk.Stations.Quirks;

/// <summary>Every switch, by the name of its property in <see cref="QuirkSwitches"/>. Counted when it did something.</summary>
public enum QuirkSwitch
{
    DefaultProtocol,
    PinnedProtocol,
    KeepAliveSeconds,
    SilenceSeconds,
    SettleSeconds,
    NeverAsk,
    NoCompression,
    LegacyTls,
    EnergyFactor,
    PowerFactor,
    MeterResets,
    MeterStartIsZero,
    MeterStopIsEarly,
    OwnTransactionIds,
    ClockZone,
    IgnoreClock,
    ConnectorMap,
    MaxConnectors,
    IdTokenSuffix,
    IdTokenReversed,
    IdTokenTruncated,
    ConfigurationReading,
    ConfigurationNames,
    QuotedLists,
    MaxStackLevel,
    MinimumLimitA,
    NoStationLimit,
    LimitUnit,
    VerifyLimit,
    StartWaitSeconds,
    StuckRemedy,
}

/// <summary>How a station's configuration may be read (quirk Q24: some restart when asked for everything).</summary>
public enum ConfigurationReading
{
    /// <summary>All keys in one question.</summary>
    All,

    /// <summary>The keys that matter, one after the other with a pause.</summary>
    OneByOne,

    /// <summary>Not at all.</summary>
    Never,
}

/// <summary>The unit in which a station takes limits.</summary>
public enum LimitUnit
{
    Amperes,
    Watts,
}

/// <summary>What helps a station that got stuck.</summary>
public enum StuckRemedy
{
    None,
    Unlock,
    SoftReset,
    HardReset,
}
