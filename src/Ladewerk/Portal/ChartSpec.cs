namespace Ladewerk.Portal;

/// <summary>What a chart shows; read by web/src/charts.ts.</summary>
public sealed record ChartSpec(IReadOnlyList<ChartAxis> Axes, IReadOnlyList<ChartSeries> Series)
{
    /// <summary>Names on the horizontal axis; null: a time axis in <see cref="TimeZone"/>.</summary>
    public IReadOnlyList<string>? Categories { get; init; }

    /// <summary>IANA zone of the time axis.</summary>
    public string? TimeZone { get; init; }

    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? To { get; init; }

    /// <summary>A line at this moment.</summary>
    public DateTimeOffset? Now { get; init; }

    public IReadOnlyList<ChartLimit>? Limits { get; init; }

    public IReadOnlyList<ChartBand>? Bands { get; init; }

    public bool? Legend { get; init; }
}

/// <summary>A vertical axis; the unit stands at zero.</summary>
public sealed record ChartAxis(string Unit, int Decimals = 1, decimal? Max = null, decimal? Min = null);

/// <summary>A series: pairs of time and value, or one value per category. Colours are token names (c1, limit, price).</summary>
public sealed record ChartSeries(string Name, IReadOnlyList<object?> Data)
{
    /// <summary>line, step or bar.</summary>
    public string? Kind { get; init; }
    public string? Color { get; init; }
    public bool? Area { get; init; }
    public bool? Stack { get; init; }
    public bool? Dashed { get; init; }

    /// <summary>0 left, 1 right.</summary>
    public int? Axis { get; init; }

    /// <summary>topic:id:field of the live stream whose values are appended.</summary>
    public string? Live { get; init; }
    public decimal? Factor { get; init; }
}

/// <summary>A dashed line across.</summary>
public sealed record ChartLimit(decimal Value, string Label, string? Color = null);

/// <summary>A shaded stretch of time that names its cause.</summary>
public sealed record ChartBand(DateTimeOffset From, DateTimeOffset To, string Label, string? Color = null);
