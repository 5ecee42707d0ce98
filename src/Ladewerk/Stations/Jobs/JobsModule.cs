namespace Ladewerk.Stations.Jobs;

/// <summary>Bulk operations.</summary>
internal static class JobsModule
{
    public static IServiceCollection AddJobs(this IServiceCollection services)
    {
        services.AddSingleton<JobStore>().AddSingleton<JobRunner>().AddHostedService(provider => provider.GetRequiredService<JobRunner>());
        services.AddScoped<StartJob>().AddScoped<SteerJob>().AddScoped<JobReader>().AddScoped<TakeTurn>();
        return services.AddScoped<IJobWork, CommandWork>();
    }
}
