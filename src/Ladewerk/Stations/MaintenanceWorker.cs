using Ladewerk.Stations.Files;
using Ladewerk.Stations.Firmware;
using Npgsql;

namespace Ladewerk.Stations;

/// <summary>Follows uploads and firmware updates: soon after a station reported something, and every now and then by the clock.</summary>
internal sealed partial class MaintenanceWorker(StationReports reports, TrackFiles files, TrackUpdates updates, TimeProvider time, ILogger<MaintenanceWorker> logger) : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Sweep = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var sweptAt = DateTimeOffset.MinValue;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await reports.Wait(Poll, stoppingToken);
                await files.Run(stoppingToken);
                await updates.Run(stoppingToken);
                if (time.GetUtcNow() - sweptAt > Sweep)
                {
                    sweptAt = time.GetUtcNow();
                    await files.LetGo(stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failed) when (failed is NpgsqlException or IOException or InvalidOperationException or TimeoutException)
            {
                LogFailed(failed);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "Uploads and updates could not be followed; trying again")]
    private partial void LogFailed(Exception failed);
}
