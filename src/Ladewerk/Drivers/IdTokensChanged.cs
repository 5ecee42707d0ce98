using Ladewerk.Kernel;

namespace Ladewerk.Drivers;

/// <summary>Id tokens of the tenant were made, changed or deleted: whoever keeps a copy of them looks again.</summary>
/// <param name="Urgent">One may not charge any more.</param>
public sealed record IdTokensChanged(bool Urgent) : IEvent
{
    public static string Type => "idTokensChanged";
}
