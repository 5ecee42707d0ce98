using System.Globalization;
using Ladewerk.Stations.Quirks;

namespace Ladewerk.Stations.Templates;

/// <summary>How one station may be asked for its configuration, and what it calls its keys (quirks Q24 and Q26).</summary>
internal sealed class ConfigurationDialect(QuirkSwitches said, IReadOnlyList<StationKey> known)
{
    // OCPP 1.6 §9.1.9: how many keys a station takes in one question, where it says so.
    private const string Most = "GetConfigurationMaxKeys";
    private const int Usual = 20;

    /// <summary>Whether it may be asked at all.</summary>
    public bool MayAsk => said.ConfigurationReading != ConfigurationReading.Never;

    /// <summary>How long it is left alone between two questions.</summary>
    public TimeSpan Pause => said.ConfigurationReading == ConfigurationReading.OneByOne ? TimeSpan.FromSeconds(2) : TimeSpan.Zero;

    /// <summary>How long it settles after a boot before it is asked anything; null: as usual.</summary>
    public TimeSpan? Settle => said.SettleSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>The wanted keys by the names that the station has for them.</summary>
    public IReadOnlyList<WantedKey> InItsWords(IEnumerable<WantedKey> wanted) =>
        [.. wanted.Select(w => said.ConfigurationNames?.FirstOrDefault(n => string.Equals(n.Key, w.Key, StringComparison.OrdinalIgnoreCase)).Value is { } own ? w with { Key = own } : w)];

    /// <summary>The questions that ask for all of these keys; none where it may not be asked.</summary>
    public IReadOnlyList<string[]> Questions(IEnumerable<string> keys)
    {
        var told = known.FirstOrDefault(k => string.Equals(k.Name, Most, StringComparison.OrdinalIgnoreCase))?.Value;
        var most = said.ConfigurationReading == ConfigurationReading.OneByOne ? 1
            : int.TryParse(told, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? Math.Min(number, Usual) : Usual;
        return MayAsk ? [.. keys.Chunk(most)] : [];
    }
}
