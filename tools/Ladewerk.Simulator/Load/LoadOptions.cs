namespace Ladewerk.Simulator.Load;

/// <summary>What a load run is asked to do.</summary>
internal sealed record LoadOptions
{
    /// <summary>The WebSocket address without the station's identity, for example ws://127.0.0.1:8080/ocpp.</summary>
    public required Uri Url { get; init; }

    public required int Stations { get; init; }

    /// <summary>Messages per second of all stations together; 0 sends as fast as the answers allow.</summary>
    public double Rate { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>New connections per second; 0 opens all at once.</summary>
    public double ConnectRate { get; init; } = 1000;

    /// <summary>Connect and stay silent but for heartbeats.</summary>
    public bool Idle { get; init; }

    /// <summary>Halfway through, drop every connection and let all stations come back at once.</summary>
    public bool Storm { get; init; }

    /// <summary>Meter readings of one session.</summary>
    public int MeterValues { get; init; } = 60;

    public string Prefix { get; init; } = "LOAD";

    /// <summary>Number of the first station, so that several processes can share the work.</summary>
    public int First { get; init; } = 1;

    public string? Password { get; init; }
    public Uri? Api { get; init; }
    public string? Key { get; init; }

    /// <summary>Where to note what was acknowledged; stations then repeat unanswered messages until they are acknowledged.</summary>
    public string? Journal { get; init; }

    /// <summary>Where to write the result as JSON.</summary>
    public string? Report { get; init; }

    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(300);

    public string IdentityOf(int index) => $"{Prefix}-{First + index:D6}";

    public string IdTagOf(int index) => $"{Prefix}{First + index:D8}";
}
