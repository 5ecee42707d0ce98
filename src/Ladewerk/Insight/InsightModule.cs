using Ladewerk.Insight.Portal;

namespace Ladewerk.Insight;

/// <summary>What the operator sees of everything: dashboard, findings, what happened. Reads only.</summary>
internal static class InsightModule
{
    public static IServiceCollection AddInsight(this IServiceCollection services) => services.AddInsightPortal();
}
