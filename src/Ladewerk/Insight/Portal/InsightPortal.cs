using Ladewerk.Kernel.Http;
using Ladewerk.Portal;

namespace Ladewerk.Insight.Portal;

/// <summary>The dashboard and the findings in the navigation.</summary>
internal static class InsightPortal
{
    public static IServiceCollection AddInsightPortal(this IServiceCollection services)
    {
        services.AddSingleton(new NavEntry(NavGroup.Top, 0, "layout-dashboard", "insight.title", "/portal", Permission.StationsRead) { Tab = 1 });
        return services;
    }
}
