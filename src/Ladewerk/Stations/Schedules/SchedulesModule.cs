using Ladewerk.Stations.Jobs;

namespace Ladewerk.Stations.Schedules;

/// <summary>Planned availability and restarts.</summary>
internal static class SchedulesModule
{
    public static IServiceCollection AddSchedules(this IServiceCollection services)
    {
        services.AddHostedService<ScheduleSweep>();
        return services.AddScoped<SaveSchedule>().AddScoped<RunSchedule>().AddScoped<IJobWork, RestartWork>().AddScoped<IJobWork, OpenWork>();
    }
}
