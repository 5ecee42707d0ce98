using Ladewerk.Kernel;

namespace Ladewerk.Stations;

/// <summary>A station said how far a firmware update is.</summary>
/// <param name="Status">Its word: Downloading, Installed, InstallationFailed, InvalidSignature ...</param>
/// <param name="RequestId">Of the request that it belongs to, where the station says it.</param>
public sealed record FirmwareReported(StationId StationId, string Status, int? RequestId, DateTimeOffset At) : IEvent
{
    public static string Type => "firmwareReported";
}

/// <summary>A station said how far the upload of diagnostics or of a log is.</summary>
/// <param name="Status">Its word: Uploading, Uploaded, UploadFailed, PermissionDenied ...</param>
/// <param name="RequestId">Of the request that it belongs to, where the station says it.</param>
public sealed record LogReported(StationId StationId, string Status, int? RequestId, DateTimeOffset At) : IEvent
{
    public static string Type => "logReported";
}
