using Ladewerk.Kernel;
using Ladewerk.Stations.Jobs;
using Microsoft.Extensions.Options;

namespace Ladewerk.Stations;

/// <summary>How stations are kept.</summary>
public sealed class StationsOptions
{
    /// <summary>How long raw messages are kept.</summary>
    public TimeSpan MessageRetention { get; set; } = TimeSpan.FromDays(30);
}

/// <summary>Sites, stations, remote commands, message log.</summary>
internal static class StationsModule
{
    public static IServiceCollection AddStations(this IServiceCollection services)
    {
        services.AddOptions<StationsOptions>().BindConfiguration("Stations").Validate(o => o.MessageRetention >= TimeSpan.FromDays(1)).ValidateOnStart();
        services.AddSingleton(provider => new PartitionedTable(
            "station_message", Monthly: false, Ahead: 3, provider.GetRequiredService<IOptions<StationsOptions>>().Value.MessageRetention));
        services.AddSingleton<StationRegistry>().AddSingleton<StationDirectory>();
        services.AddScoped<StationReader>().AddScoped<RegisterStation>().AddScoped<ChangeStation>().AddScoped<StationCsv>().AddScoped<SaveSite>();
        services.AddScoped<SendCommand>().AddScoped<CommandReader>();
        return services.AddJobs();
    }
}
