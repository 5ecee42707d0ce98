namespace Ladewerk.Stations.Files;

/// <summary>Files that stations bring and fetch.</summary>
public sealed class FilesOptions
{
    /// <summary>Where they lie; absent: <c>files</c> in the data directory.</summary>
    public string? Directory { get; set; }

    /// <summary>The largest file that a station may bring, in bytes.</summary>
    public long MaxUploadBytes { get; set; } = 100L << 20;

    /// <summary>The largest firmware image, in bytes.</summary>
    public long MaxImageBytes { get; set; } = 1L << 30;

    /// <summary>How long a link for an upload holds, and how long a request may take.</summary>
    public TimeSpan UploadWithin { get; set; } = TimeSpan.FromHours(2);

    /// <summary>How long files are kept.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(90);
}
