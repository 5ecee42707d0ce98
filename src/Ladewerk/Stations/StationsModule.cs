namespace Ladewerk.Stations;

/// <summary>Sites, stations, EVSEs, connectors, remote commands.</summary>
internal static class StationsModule
{
    public static IServiceCollection AddStations(this IServiceCollection services)
    {
        services.AddSingleton<StationRegistry>();
        services.AddSingleton<StationDirectory>();
        return services;
    }
}
