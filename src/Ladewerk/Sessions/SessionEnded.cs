using Ladewerk.Kernel;

namespace Ladewerk.Sessions;

/// <summary>A session is over, or the decision on its review was made, or late readings changed it: whoever charges for it looks again.</summary>
public sealed record SessionEnded(SessionId SessionId) : IEvent
{
    public static string Type => "sessionEnded";
}
