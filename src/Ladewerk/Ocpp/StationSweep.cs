using Ladewerk.Kernel;
using Ladewerk.Stations;
using Microsoft.Extensions.Options;

namespace Ladewerk.Ocpp;

/// <summary>Every few seconds: closes sockets that have gone silent, asks stations that said nothing to introduce themselves, writes when each was last heard.</summary>
internal sealed partial class StationSweep(StationRegistry registry, SocketServices services, IOptions<OcppOptions> options, ILogger<StationSweep> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);
    private const int RowsAtOnce = 2000;
    private DateTimeOffset lastSweep = DateTimeOffset.MinValue;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, services.Time);
        var change = new Change();
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await Sweep(change, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            LogStopped();
        }
    }

    private async Task Sweep(Change change, CancellationToken ct)
    {
        var now = services.Time.GetUtcNow();
        var rows = 0;
        foreach (var socket in registry.All.OfType<StationSocket>())
        {
            var station = socket.Station;
            var known = station.Known;
            var silent = now - socket.LastReceivedAt;
            if (silent > SocketHabits.Silence(station, options.Value))
            {
                _ = socket.Close($"silent for {silent.TotalSeconds:0} s");
                continue;
            }

            if (!station.HasSpoken && SocketHabits.Settle(station, options.Value) is { } settle && now - socket.ConnectedAt > settle)
            {
                station.HasSpoken = true; // asked once
                _ = Introduce(socket, ct);
            }

            if (socket.LastReceivedAt >= lastSweep) // what came in the very moment of the last sweep was not seen by it
            {
                change.Add(StationTables.Seens, new(known.Id, socket.LastReceivedAt, (long?)socket.Station.TakeClockOffset()?.TotalMilliseconds, socket.Station.TakeLeniencies()));
                if (++rows % RowsAtOnce == 0)
                {
                    await Write(change);
                }
            }
        }

        await Write(change);
        lastSweep = now;
    }

    private async Task Introduce(StationSocket socket, CancellationToken ct)
    {
        try
        {
            await socket.Introduce(ct);
        }
        catch (Exception unanswered) when (unanswered is CallTimeoutException or DisconnectedException or QueueFullException or OperationCanceledException)
        {
            LogNotIntroduced(socket.Station.Known.Id.Value, unanswered.Message);
        }
    }

    private async Task Write(Change change)
    {
        try
        {
            await services.Commits.Commit(change);
        }
        catch (Exception refused) when (refused is not OperationCanceledException)
        {
            LogNotWritten(refused);
        }

        change.Clear();
    }

    [LoggerMessage(LogLevel.Debug, "Sweep ended")]
    private partial void LogStopped();

    [LoggerMessage(LogLevel.Information, "Station {Station} did not introduce itself when asked: {Reason}")]
    private partial void LogNotIntroduced(Guid station, string reason);

    [LoggerMessage(LogLevel.Error, "Times of last contact were not written")]
    private partial void LogNotWritten(Exception refused);
}
