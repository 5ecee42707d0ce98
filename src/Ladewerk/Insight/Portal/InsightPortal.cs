using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Portal;
using Npgsql;

namespace Ladewerk.Insight.Portal;

/// <summary>The dashboard and the findings in the navigation.</summary>
internal static class InsightPortal
{
    public static IServiceCollection AddInsightPortal(this IServiceCollection services)
    {
        services.AddSingleton(new NavEntry(NavGroup.Top, 0, "layout-dashboard", "insight.title", "/portal", Permission.StationsRead) { Tab = 1 });
        services.AddSingleton(new NavEntry(NavGroup.Top, 1, "bell", "insight.findings", "/portal/findings", Permission.StationsRead) { Tab = 4, Urgent = true, Count = Count });
        return services;
    }

    private static Task<long> Count(IServiceProvider services, CancellationToken ct) => Findings.Count(
        services.GetRequiredService<NpgsqlDataSource>(), services.GetRequiredService<TenantContext>().Current.Value, services.GetRequiredService<TimeProvider>().GetUtcNow(), ct);
}
