using Ladewerk.Kernel.Http;
using Ladewerk.Portal;
using Ladewerk.Stations.Portal;

namespace Ladewerk.Sessions.Limits.Portal;

/// <summary>The pages of refusals.</summary>
internal static class LimitsPortal
{
    public static IServiceCollection AddLimitsPortal(this IServiceCollection services)
    {
        services.AddSingleton(new NavEntry(NavGroup.Operations, 37, "hand-stop", "refusals.title", "/portal/refusals", Permission.SessionsRead));
        return services.AddSingleton(new StationCard(25, typeof(StationRefusals), Permission.SessionsRead));
    }
}
