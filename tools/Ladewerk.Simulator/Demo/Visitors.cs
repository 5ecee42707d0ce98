using Ladewerk.Ocpp.V16;
using Ladewerk.Simulator.Stations;

namespace Ladewerk.Simulator.Demo;

/// <summary>Cards that are not charging somewhere at this moment.</summary>
internal sealed class CardBox(IReadOnlyList<string> cards, IReadOnlyList<string> blocked, Random random)
{
    private readonly List<string> free = [.. cards];

    public string? Take()
    {
        lock (free)
        {
            if (free.Count == 0)
            {
                return null;
            }

            var at = random.Next(free.Count);
            var card = free[at];
            free.RemoveAt(at);
            return card;
        }
    }

    public void Return(string card)
    {
        lock (free)
        {
            free.Add(card);
        }
    }

    public string? Blocked() => blocked.Count == 0 ? null : blocked[random.Next(blocked.Count)];
}

/// <summary>
/// The people who come to one connector of the demonstration: plug in, hold up their card, stay for some minutes, go. Now and
/// then a card is refused, a car is full before its driver is back, or the connector breaks down for a minute.
/// </summary>
internal sealed class Visitors(StationClient station, int connector, bool isDc, CardBox cards, TimeProvider time, Random random)
{
    private static readonly Vehicle[] AcVehicles =
    [
        new(52_000, 0, AcPhases: 3, AcMaxCurrentA: 32),
        new(58_000, 0, AcPhases: 3, AcMaxCurrentA: 16),
        new(75_000, 0, AcPhases: 3, AcMaxCurrentA: 16),
        new(64_000, 0, AcPhases: 3, AcMaxCurrentA: 16),
        new(39_000, 0, AcPhases: 1, AcMaxCurrentA: 32),
        new(13_000, 0, AcPhases: 1, AcMaxCurrentA: 16),
    ];

    private static readonly Vehicle[] DcVehicles =
    [
        new(58_000, 0, DcMaxPowerW: 120_000),
        new(77_000, 0, DcMaxPowerW: 175_000),
        new(75_000, 0, DcMaxPowerW: 250_000),
        new(90_000, 0, DcMaxPowerW: 270_000),
        new(40_000, 0, DcMaxPowerW: 46_000),
    ];

    public async Task Run(CancellationToken ct)
    {
        try
        {
            // Most are there when the curtain rises.
            await Wait(random.NextDouble() < 0.8 ? Between(0, 3) : Between(20, 150), ct);
            while (true)
            {
                await Visit(ct);
                await Wait(Between(8, 90), ct);
                if (random.NextDouble() < 0.02)
                {
                    await BreakDown(ct);
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The demonstration is over.
        }
    }

    private async Task Visit(CancellationToken ct)
    {
        if (cards.Take() is not { } card)
        {
            return;
        }

        try
        {
            await station.Do(s => s.Plug(connector, NextVehicle()), ct);
            await Wait(Between(1, 2.5), ct);
            if (random.NextDouble() < 0.04 && cards.Blocked() is { } refused)
            {
                await station.Do(s => s.PresentTag(connector, refused), ct);
                await Wait(Between(4, 8), ct);
            }

            await station.Do(s => s.PresentTag(connector, card), ct);
            await Stay(random.NextDouble() < 0.25 ? Between(1200, 2700) : Between(180, 1200), ct);
            await station.Do(s => s.PresentTag(connector, card), ct);
            await Wait(Between(3, 10), ct);
            await station.Do(s => s.Unplug(connector), ct);
        }
        finally
        {
            cards.Return(card);
        }
    }

    // Ends early when somebody ended the session from afar, or it never began: then the driver comes back and leaves.
    private async Task Stay(TimeSpan duration, CancellationToken ct)
    {
        var until = time.GetUtcNow() + duration;
        var isCharging = true;
        await Wait(TimeSpan.FromSeconds(15), ct);
        while (time.GetUtcNow() < until && isCharging)
        {
            await Wait(TimeSpan.FromSeconds(2), ct);
            await station.Do(s => isCharging = s.Connector(connector).Transaction is not null, ct);
        }
    }

    private async Task BreakDown(CancellationToken ct)
    {
        await station.Do(s => s.BreakDown(connector, random.NextDouble() < 0.5 ? ChargePointErrorCode.GroundFailure : ChargePointErrorCode.ConnectorLockFailure), ct);
        await Wait(Between(45, 90), ct);
        await station.Do(s => s.Repair(connector), ct);
    }

    private Vehicle NextVehicle()
    {
        var models = isDc ? DcVehicles : AcVehicles;
        var model = models[random.Next(models.Length)];
        return isDc
            ? model with { Soc = 8 + (50 * random.NextDouble()), TargetSoc = 80 + random.Next(16) }
            : model with { Soc = random.NextDouble() < 0.3 ? 94 + (5 * random.NextDouble()) : 15 + (70 * random.NextDouble()) };
    }

    private TimeSpan Between(double from, double to) => TimeSpan.FromSeconds(from + ((to - from) * random.NextDouble()));

    private Task Wait(TimeSpan duration, CancellationToken ct) => Task.Delay(duration, time, ct);
}
