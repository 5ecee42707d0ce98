using Ladewerk.Operations.Uptime;

namespace Ladewerk.Operations;

/// <summary>Watchdogs, findings with their actions, uptime.</summary>
internal static class OperationsModule
{
    public static IServiceCollection AddOperations(this IServiceCollection services)
    {
        services.AddSingleton<FactReader>().AddSingleton<PolicyReader>();
        services.AddSingleton<ActionRunner>().AddHostedService(provider => provider.GetRequiredService<ActionRunner>());
        services.AddSingleton<WatchSweep>().AddHostedService(provider => provider.GetRequiredService<WatchSweep>());
        services.AddScoped<FindingReader>().AddScoped<ChangeFinding>().AddScoped<ActOnFinding>().AddScoped<SavePolicy>();
        services.AddScoped<UptimeReader>().AddScoped<Exclusions>();
        return services;
    }
}
