using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Ladewerk.Simulator.Load;

/// <summary>Opens connections at the wanted pace, and again with jittered back-off when they are lost.</summary>
internal sealed class LoadConnector(LoadOptions options, LoadStatistics statistics, Random random) : IDisposable
{
    // Below the 28,000 ephemeral ports that Linux gives one source address.
    private const int StationsPerSource = 25_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private readonly CancellationTokenSource disposed = new();
    private readonly Lock gate = new();
    private readonly IPEndPoint server = Resolve(options.Url);
    private int open;

    /// <summary>Connections that are open now.</summary>
    public int Open => Volatile.Read(ref open);

    /// <summary>All stations come back at once: no pause before the first attempt.</summary>
    public bool IsStorming { get; set; }

    /// <summary>Begins to connect every station; completes when the last attempt has begun.</summary>
    public async Task ConnectAll(LoadStation[] stations, CancellationToken ct)
    {
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < stations.Length; i++)
        {
            var due = options.ConnectRate > 0 ? TimeSpan.FromSeconds(i / options.ConnectRate) - Stopwatch.GetElapsedTime(began) : TimeSpan.Zero;
            if (due > TimeSpan.Zero)
            {
                await Task.Delay(due, ct);
            }

            _ = Connect(stations[i], TimeSpan.Zero);
        }
    }

    public void Reconnect(LoadStation station)
    {
        Interlocked.Decrement(ref open);
        if (!disposed.IsCancellationRequested)
        {
            _ = Connect(station, IsStorming ? TimeSpan.Zero : Jittered(TimeSpan.FromMilliseconds(250)));
        }
    }

    public async Task AllConnected(int count, CancellationToken ct)
    {
        while (Open < count)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), ct);
        }
    }

    public void Dispose()
    {
        disposed.Cancel();
        disposed.Dispose();
    }

    // Ends with a connection or with the run; every failure is counted.
    private async Task Connect(LoadStation station, TimeSpan pause)
    {
        var ct = disposed.Token;
        var upgrade = LoadSocket.UpgradeRequest(options.Url, options.IdentityOf(station.Index), options.Password);
        for (var next = TimeSpan.FromMilliseconds(500); !ct.IsCancellationRequested; next = next * 2 < LongestPause ? next * 2 : LongestPause)
        {
            try
            {
                await Task.Delay(pause, ct);
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
                patience.CancelAfter(Patience);
                var began = Stopwatch.GetTimestamp();
                await LoadSocket.Connect(server, SourceOf(station.Index), upgrade, station, opened =>
                {
                    statistics.Connects.Record(Stopwatch.GetElapsedTime(began));
                    Interlocked.Increment(ref open);
                    station.Opened(opened);
                }, patience.Token);
                return;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is SocketException or IOException or OperationCanceledException or UpgradeRefusedException)
            {
                statistics.Error(e switch
                {
                    UpgradeRefusedException refused => $"connect: HTTP {refused.Status}",
                    SocketException socket => $"connect: {socket.SocketErrorCode}",
                    OperationCanceledException => "connect: timed out",
                    _ => "connect: closed",
                });
                pause = Jittered(next);
            }
        }
    }

    private TimeSpan Jittered(TimeSpan pause)
    {
        lock (gate)
        {
            return pause * (0.5 + random.NextDouble());
        }
    }

    private IPAddress? SourceOf(int station) => options.Stations > StationsPerSource && IPAddress.IsLoopback(server.Address) && server.AddressFamily == AddressFamily.InterNetwork
        ? new IPAddress([127, 0, 0, (byte)(1 + (station / StationsPerSource))])
        : null;

    private static IPEndPoint Resolve(Uri url) =>
        new(IPAddress.TryParse(url.DnsSafeHost, out var address) ? address : Dns.GetHostAddresses(url.DnsSafeHost)[0], url.Port);
}
