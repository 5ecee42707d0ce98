namespace Ladewerk.Sessions.LocalLists;

/// <summary>Settings under <c>LocalLists</c>.</summary>
public sealed class LocalListsOptions
{
    /// <summary>How long changes of tokens are gathered before they are sent. One that takes a right away is sent at once.</summary>
    public TimeSpan Gather { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a station may settle after a connect or a restart.</summary>
    public TimeSpan Settle { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How often due lists are looked for.</summary>
    public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>First pause after a failure; it doubles up to an hour.</summary>
    public TimeSpan Retry { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Entries that a station is given which has not said how many it holds.</summary>
    public int AssumedCapacity { get; set; } = 500;

    /// <summary>Entries in one message to a station which has not said how many it takes.</summary>
    public int AssumedChunk { get; set; } = 50;
}
