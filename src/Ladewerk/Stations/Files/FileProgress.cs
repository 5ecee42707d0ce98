namespace Ladewerk.Stations.Files;

/// <summary>What is known of an upload at one moment.</summary>
/// <param name="RequestedAt">When the station was asked.</param>
/// <param name="Until">When it must be done.</param>
/// <param name="HasFile">Whether the file is here.</param>
/// <param name="Reports">The station's words about it, in order.</param>
internal sealed record FileFacts(DateTimeOffset RequestedAt, DateTimeOffset Until, bool HasFile, IReadOnlyList<StationReport> Reports);

/// <summary>How far a request is; an end is final unless the file comes after all.</summary>
internal readonly record struct FileStep(FileRequestState State, string? Reason, bool IsEnd);

/// <summary>Decides how far a request for a file is. The file proves itself: it counts, whatever the station says or forgets to say.</summary>
internal static class FileProgress
{
    /// <summary>How long the file may come after the word that it was sent: the two take different ways.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(2);

    public static FileStep Of(FileFacts facts, DateTimeOffset now)
    {
        if (facts.HasFile)
        {
            return new(FileRequestState.Uploaded, null, true);
        }

        var last = facts.Reports.LastOrDefault(r => r.Status != "Idle");
        return last?.Status switch
        {
            "UploadFailed" or "UploadFailure" => new(FileRequestState.Failed, "uploadFailed", true),
            "BadMessage" or "NotSupportedOperation" => new(FileRequestState.Failed, "refused", true),
            "PermissionDenied" => new(FileRequestState.Failed, "uploadFailed", true),
            "AcceptedCanceled" => new(FileRequestState.Failed, "superseded", true),
            "Uploaded" when now > last.At + Grace => new(FileRequestState.Failed, "noFile", true),
            _ when now >= facts.Until => new(FileRequestState.TimedOut, "late", true),
            null => new(FileRequestState.Requested, null, false),
            _ => new(FileRequestState.Uploading, null, false),
        };
    }
}
