using System.Text.Json;
using Ladewerk.Kernel;

namespace Ladewerk.Sessions;

/// <summary>What could not be put anywhere is kept for a person.</summary>
public static class SessionReview
{
    /// <summary>Keeps a message whose handling the database refused.</summary>
    public static void KeepFailed(Change change, SessionPlace place, string action, string reason, DateTimeOffset at) =>
        change.Add(SessionTables.Review, new(Guid.CreateVersion7(), place.TenantId, place.StationId, null, "failedMessage", at, JsonSerializer.Serialize(new { action, reason }, Columns.Json)));
}
