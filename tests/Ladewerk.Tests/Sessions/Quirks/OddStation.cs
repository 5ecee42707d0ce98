using Ladewerk.Simulator.Quirks;
using Ladewerk.Simulator.Stations;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Sessions.Quirks;

/// <summary>The simulator's station with habits against the real host. Its clock is its own and runs as fast as the test wants; it began hours ago.</summary>
internal sealed class OddStation : IAsyncDisposable
{
    // While an answer is awaited the station's time must not outrun the server's.
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(50), Waiting = TimeSpan.FromMilliseconds(2);
    private readonly CancellationTokenSource stop = new();
    private readonly Task running;

    private OddStation(LadewerkHost host, string identity, QuirkModes modes, FlakyNetwork? flaky, string? password)
    {
        Time = new ManualTime(TestClock.Now.AddHours(-3));
        Model = new StationModel(new StationSpec { Identity = identity, Connectors = [new ConnectorSpec(false, 22_080)] }, Time, new Random(1));
        Model.Configuration.Change("MeterValueSampleInterval", "300");
        Model.Connector(1).RegisterWh = 1_000_000;
        Client = new StationClient(Model, new BackEnd(new Uri($"ws://127.0.0.1:{host.Address.Port}/ocpp"), password), Time, new Random(2), line => Log.Add(line), modes, flaky);
        running = Client.Run(stop.Token);
    }

    public ManualTime Time { get; }

    public StationModel Model { get; }

    public StationClient Client { get; }

    public List<string> Log { get; } = [];

    /// <summary>What the meter counted in the session.</summary>
    public long TrueWh { get; private set; }

    public DateTimeOffset StartedAt { get; private set; }

    public static async Task<OddStation> Connect(LadewerkHost host, string identity, QuirkModes modes, FlakyNetwork? flaky = null, string? password = null)
    {
        var station = new OddStation(host, identity, modes, flaky, password);
        await station.Until(s => s.IsOnline && s.Queue.Count == 0);
        return station;
    }

    /// <summary>A driver comes, charges for a while, and leaves.</summary>
    public async Task Charge(string badge, TimeSpan duration)
    {
        await Begin(badge);
        for (var left = duration; left > TimeSpan.Zero; left -= TimeSpan.FromMinutes(10))
        {
            await Leap(TimeSpan.FromMinutes(10));
        }

        await End(badge);
    }

    public async Task Begin(string badge)
    {
        await Client.Do(s => s.Plug(1, new Vehicle(60_000, 20)));
        while (Model.Connector(1).Transaction is null)
        {
            await Client.Do(s => s.PresentTag(1, badge)); // again where the question was lost: only what belongs to a transaction is kept
            await Until(s => s.IsOnline && s.Queue.Count == 0);
        }

        StartedAt = Model.Connector(1).Transaction!.StartedAt;
        TrueWh = -Model.Connector(1).Transaction!.MeterStartWh;
    }

    public async Task End(string badge)
    {
        await Client.Do(s =>
        {
            s.Stop(s.Connector(1), Ladewerk.Ocpp.V16.Reason.Local, badge);
            TrueWh += (long)s.Connector(1).RegisterWh;
            s.Unplug(1);
        });
        await Until(s => s.IsOnline && s.Queue.Count == 0);
    }

    /// <summary>The power is cut and comes back.</summary>
    public async Task LosePower()
    {
        await Client.Do(s =>
        {
            s.CutPower();
            TrueWh += (long)s.Connector(1).RegisterWh;
        });
        await Until(s => !s.IsOnline);
        await Until(s => s.IsOnline && s.Queue.Count == 0);
    }

    /// <summary>Time passes at once; what is due then is sent.</summary>
    public async Task Leap(TimeSpan by)
    {
        Time.Advance(by);
        await Client.Do(s => s.Advance());
        await Until(s => s.IsOnline && s.Queue.Count == 0);
    }

    public async Task Until(Func<StationModel, bool> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        for (var isTrue = false; !isTrue;)
        {
            patience.Token.IsCancellationRequested.ShouldBeFalse($"the station did not come to its end: {string.Join(" | ", Log.TakeLast(5))}");
            Time.Advance(Model.IsOnline && Model.Queue.Count > 0 ? Waiting : Idle);
            await Task.Delay(2, TestContext.Current.CancellationToken);
            await Client.Do(s => isTrue = holds(s));
        }
    }

    public async ValueTask DisposeAsync()
    {
        var stopping = stop.CancelAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!running.IsCompleted || !stopping.IsCompleted)
        {
            patience.Token.IsCancellationRequested.ShouldBeFalse($"the station does not stop ({stopping.Status}, {running.Status}, {(Model.IsOnline ? "online" : "offline")}): {string.Join(" | ", Log.TakeLast(5))}");
            Time.Advance(Idle);
            await Task.Delay(2);
        }

        Client.Dispose();
        stop.Dispose();
    }
}
