using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ladewerk.Kernel;

namespace Ladewerk.Stations.Quirks;

/// <summary>What a profile, or a station's own override, says of its habits; null says nothing. Written as JSON with the names of the members.</summary>
public sealed record QuirkSwitches
{
    /// <summary>Says nothing.</summary>
    public static readonly QuirkSwitches None = new();

    private static readonly PropertyInfo[] Members = [.. Enum.GetNames<QuirkSwitch>().Select(n => typeof(QuirkSwitches).GetProperty(n)!)];

    /// <summary>Subprotocol of a station that offers none (Q1).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DefaultProtocol { get; init; }

    /// <summary>The one subprotocol that is spoken with this station whatever it offers (Q4).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PinnedProtocol { get; init; }

    /// <summary>Pause between our signs of life on an idle socket; 0 sends none (Q5).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? KeepAliveSeconds { get; init; }

    /// <summary>How long the station may say nothing before its socket counts as dead (Q5: some sleep).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? SilenceSeconds { get; init; }

    /// <summary>How long it may settle after a connect before it is asked anything (Q6, Q31).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? SettleSeconds { get; init; }

    /// <summary>It is never asked to introduce itself (Q31).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? NeverAsk { get; init; }

    /// <summary>No compression even where it offers some (Q7).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? NoCompression { get; init; }

    /// <summary>It needs TLS below 1.2 or old cipher suites, or drops chains that it does not know (Q30).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? LegacyTls { get; init; }

    /// <summary>By what energy values are multiplied: 1000 where kWh come as Wh (Q14).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public decimal? EnergyFactor { get; init; }

    /// <summary>By what power values are multiplied (Q14).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public decimal? PowerFactor { get; init; }

    /// <summary>The meter is known to begin again in a session: summed in segments, without review (Q15).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? MeterResets { get; init; }

    /// <summary>The start reading is always 0: counted from the first reading (Q15).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? MeterStartIsZero { get; init; }

    /// <summary>The stop reading is older than the last reading: the higher one holds, without review (Q15).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? MeterStopIsEarly { get; init; }

    /// <summary>It numbers transactions itself: a stop with an unknown number ends the only session that fits (Q16).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? OwnTransactionIds { get; init; }

    /// <summary>IANA zone of the local times that it sends as UTC or without a zone (Q19).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ClockZone { get; init; }

    /// <summary>Its clock is never believed: our time of receipt counts (Q19).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? IgnoreClock { get; init; }

    /// <summary>Its connector numbers and ours (Q21).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<int, int>? ConnectorMap { get; init; }

    /// <summary>More connectors than that are refused (Q23).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MaxConnectors { get; init; }

    /// <summary>What it appends to a badge begins with this (Q22).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? IdTokenSuffix { get; init; }

    /// <summary>It sends the bytes of a badge in reverse (Q22).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? IdTokenReversed { get; init; }

    /// <summary>It cuts long badges off (Q22).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? IdTokenTruncated { get; init; }

    /// <summary>How its configuration may be read (Q24).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ConfigurationReading? ConfigurationReading { get; init; }

    /// <summary>Standard names of configuration keys and its own (Q26).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? ConfigurationNames { get; init; }

    /// <summary>It wants lists in quotation marks (Q26).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? QuotedLists { get; init; }

    /// <summary>Highest stack level of charging profiles that it takes (Q25).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MaxStackLevel { get; init; }

    /// <summary>Smallest limit that it takes; less is asked for as this, A per phase (Q25).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public decimal? MinimumLimitA { get; init; }

    /// <summary>It takes limits for connectors only (Q25).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? NoStationLimit { get; init; }

    /// <summary>The only unit of limits that it takes (Q25).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LimitUnit? LimitUnit { get; init; }

    /// <summary>It accepts limits and ignores them: what it draws is to be looked at (Q25).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? VerifyLimit { get; init; }

    /// <summary>How long it may take from the remote start to the session (Q27).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? StartWaitSeconds { get; init; }

    /// <summary>What helps when it got stuck (Q27).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StuckRemedy? StuckRemedy { get; init; }

    /// <summary>Reads the stored form.</summary>
    public static QuirkSwitches Parse(string json) => json is "{}" ? None : JsonSerializer.Deserialize<QuirkSwitches>(json, Columns.Json)!;

    /// <summary>These where they say something, else those below.</summary>
    public QuirkSwitches Over(QuirkSwitches below)
    {
        if (ReferenceEquals(this, None))
        {
            return below;
        }

        var merged = new QuirkSwitches();
        foreach (var member in Members)
        {
            member.SetValue(merged, member.GetValue(this) ?? member.GetValue(below));
        }

        return merged;
    }

    /// <summary>What is said, in the order of <see cref="QuirkSwitch"/>.</summary>
    public IEnumerable<(QuirkSwitch Switch, object Value)> Said()
    {
        for (var i = 0; i < Members.Length; i++)
        {
            if (Members[i].GetValue(this) is { } value)
            {
                yield return ((QuirkSwitch)i, value);
            }
        }
    }
}
