using Ladewerk.Kernel;
using Ladewerk.Stations.Files;
using Ladewerk.Stations.Firmware;

namespace Ladewerk.Stations;

/// <summary>Follows uploads and firmware updates: soon after a station reported something, and every now and then by the clock.</summary>
internal sealed class MaintenanceWorker(StationReports reports, TrackFiles files, TrackUpdates updates, TimeProvider time, ILogger<MaintenanceWorker> logger) : RoundWorker(logger, reports.Bell)
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Sweep = TimeSpan.FromHours(1);

    private DateTimeOffset sweptAt = DateTimeOffset.MinValue;

    protected override TimeSpan Pause => Poll;

    protected override async Task<bool> Round(CancellationToken ct)
    {
        await files.Run(ct);
        await updates.Run(ct);
        if (time.GetUtcNow() - sweptAt > Sweep)
        {
            sweptAt = time.GetUtcNow();
            await files.LetGo(ct);
        }

        return false;
    }
}
