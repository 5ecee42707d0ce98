namespace Ladewerk.Simulator.Quirks;

/// <summary>A bad network: connections that break after a while, and some that break after a message was sent and before its answer came.</summary>
/// <param name="random">Chance.</param>
/// <param name="lossShare">How many of the messages lose their answer, 0 to 1.</param>
/// <param name="shortest">A connection lasts at least so long.</param>
/// <param name="longest">And at most so long.</param>
internal sealed class FlakyNetwork(Random random, double lossShare, TimeSpan shortest, TimeSpan longest)
{
    /// <summary>As a mobile network in a cellar.</summary>
    public static FlakyNetwork Usual(Random random) => new(random, lossShare: 0.05, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60));

    /// <summary>How long the next connection lasts.</summary>
    public TimeSpan Lifetime() => shortest + ((longest - shortest) * random.NextDouble());

    /// <summary>Whether the connection breaks now that a message has been sent.</summary>
    public bool LosesAnswer() => random.NextDouble() < lossShare;
}
