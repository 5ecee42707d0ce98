using Ladewerk.Kernel;
using Ladewerk.Stations.Files;
using Ladewerk.Stations.Firmware;
using Ladewerk.Stations.Firmware.Campaigns;
using Ladewerk.Stations.Jobs;
using Ladewerk.Stations.Quirks;
using Ladewerk.Stations.Security;
using Ladewerk.Stations.Schedules;
using Ladewerk.Stations.Templates;
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
        services.AddSingleton<QuirkProfiles>();
        services.AddScoped<FollowQuirks>().AddScoped<SaveQuirkProfile>().AddScoped<ChangeQuirks>().AddScoped<QuirkReader>();
        services.AddSingleton<StationRegistry>().AddSingleton<StationDirectory>().AddSingleton<KnownAbilities>();
        services.AddScoped<StationReader>().AddScoped<RegisterStation>().AddScoped<ChangeStation>().AddScoped<StationCsv>().AddScoped<PlanLimit>().AddScoped<SaveSite>();
        services.AddStationSecurity();
        services.AddScoped<Profiles.InstalledProfiles>().AddScoped<SendCommand>().AddScoped<CommandReader>();
        services.AddFiles();
        return services.AddJobs().AddTemplates().AddSchedules();
    }

    private static void AddFiles(this IServiceCollection services)
    {
        services.AddOptions<FilesOptions>().BindConfiguration("Files").Validate(o => o is { MaxUploadBytes: > 0, MaxImageBytes: > 0 } && o.UploadWithin > TimeSpan.Zero && o.Retention >= TimeSpan.FromDays(1))
            .Validate<IConfiguration>((_, configuration) => PublicAddress.IsValid(configuration), "Ladewerk:PublicUrl must begin with http:// or https://.").ValidateOnStart();
        services.AddSingleton<FileStore>().AddSingleton<PublicAddress>().AddSingleton<StationReports>().AddSingleton<ReceiveFile>().AddSingleton<TrackFiles>();
        services.AddScoped<RequestFile>().AddScoped<KeepFile>().AddScoped<DeleteFile>();
        services.AddConsumer<LogReported, StationReports.OnReport>().AddConsumer<FirmwareReported, StationReports.OnReport>();
        services.AddSingleton<TrackUpdates>().AddSingleton<CampaignBell>();
        services.AddScoped<SaveFirmware>().AddScoped<BadFirmware>().AddScoped<StartUpdate>().AddScoped<SendUpdate>().AddScoped<CancelUpdate>();
        services.AddScoped<CampaignReader>().AddScoped<StartCampaign>().AddScoped<SteerCampaign>().AddScoped<DoStep>();
        services.AddHostedService<MaintenanceWorker>();
        services.AddHostedService<RunCampaigns>();
    }
}
