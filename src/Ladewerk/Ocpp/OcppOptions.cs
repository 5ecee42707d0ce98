namespace Ladewerk.Ocpp;

/// <summary>What becomes of a station that nobody has registered.</summary>
public enum Onboarding
{
    /// <summary>Refused with 404, and shown.</summary>
    Registered,

    /// <summary>Held until a person approves it: BootNotification is answered Pending.</summary>
    Pending,

    /// <summary>Accepted at once: demo and tests.</summary>
    Open,
}

/// <summary>Settings under <c>Ocpp</c>.</summary>
public sealed class OcppOptions
{
    public Onboarding Onboarding { get; set; }

    /// <summary>Protocol of stations that offer none, such as <c>ocpp1.6</c>; null refuses them unless the station's own quirk names one.</summary>
    public string? DefaultProtocol { get; set; }

    /// <summary>Whether messages are compressed (permessage-deflate) with stations that offer it; costs memory for each of them.</summary>
    public bool Compression { get; set; }

    /// <summary>How long a station may take to answer.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Interval told to stations in BootNotification.</summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>A socket from which nothing came for so long beyond twice the heartbeat interval is dead.</summary>
    public TimeSpan SilenceGrace { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a station that neither booted nor said its status after a connect may settle before it is asked to.</summary>
    public TimeSpan SettleDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Failed sign-ins of one identity from one address within a minute before further ones are refused with 429.</summary>
    public int FailuresPerMinute { get; set; } = 10;

    /// <summary>The same for all identities from one address: beyond it an address is answered 429 and not even written down.</summary>
    public int FailuresPerMinuteAndAddress { get; set; } = 600;

    /// <summary>Name of this node among several.</summary>
    public string Node { get; set; } = "node-1";

    /// <summary>Tenant of addresses without one.</summary>
    public string Tenant { get; set; } = "default";
}
