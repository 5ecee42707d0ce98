using Ladewerk.Kernel;
using Ladewerk.Stations;

namespace Ladewerk.Sessions;

/// <summary>A badge was held to a station and may not charge.</summary>
/// <param name="Token">Null where nobody knows it.</param>
/// <param name="Uid">As the station sent it.</param>
/// <param name="Status">unknown, blocked, expired ...</param>
public sealed record TokenRefused(Drivers.IdTokenId? Token, Drivers.DriverId? Driver, string Uid, string Status, StationId StationId, DateTimeOffset At) : IEvent
{
    public static string Type => "tokenRefused";

    /// <summary>The event of a decision; null where it is a yes, or a no that surprises nobody.</summary>
    public static TokenRefused? Of(Authorisation decision, string uid, StationId station, DateTimeOffset at) =>
        decision.Status is AuthorisationStatus.Unknown or AuthorisationStatus.Blocked or AuthorisationStatus.Expired
            ? new(decision.Token?.Id, decision.Token?.DriverId, uid, decision.Status.Name(), station, at)
            : null;
}
