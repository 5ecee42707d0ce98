using Ladewerk.Simulator.Api;
using Ladewerk.Simulator.Load;

namespace Ladewerk.Simulator.Tests;

public sealed class LoadTests
{
    [Fact]
    public async Task Every_message_is_answered_and_every_session_is_known_with_its_energy()
    {
        await using var backEnd = await TestBackEnd.Start();
        var options = new LoadOptions { Url = backEnd.Url, Stations = 20, Rate = 400, Duration = TimeSpan.FromSeconds(2), MeterValues = 5 };
        using var run = new LoadRun(options, TimeProvider.System, new Random(1), TextWriter.Null);

        await run.Run(TestContext.Current.CancellationToken);

        run.Statistics.Errors.ShouldBeEmpty();
        run.Unfinished.ShouldBe(0);
        run.Statistics.Measured.ShouldBeInRange(780, 820);
        run.Sessions.Count.ShouldBeGreaterThan(40);
        Verification.Compare(run.Sessions, backEnd.Sessions()).Findings.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_unanswered_message_is_repeated_unchanged_on_the_next_connection()
    {
        await using var backEnd = await TestBackEnd.Start();
        var silent = 0;
        backEnd.Ignore = call =>
        {
            if (call.Action == "StartTransaction" && Interlocked.Increment(ref silent) <= 2)
            {
                backEnd.Drop(call.Station);
                return true;
            }

            return false;
        };
        var journal = Path.GetTempFileName();
        var options = new LoadOptions { Url = backEnd.Url, Stations = 1, Duration = TimeSpan.FromSeconds(1), MeterValues = 3, Journal = journal };
        using (var run = new LoadRun(options, TimeProvider.System, new Random(1), TextWriter.Null))
        {
            await run.Run(TestContext.Current.CancellationToken);
            run.Statistics.Repeated.ShouldBe(2);
        }

        var starts = backEnd.Of("StartTransaction").Take(3).ToList();
        starts.Select(s => s.Payload.GetRawText()).Distinct().Count().ShouldBe(1);
        starts[1].MessageId.ShouldBe(starts[0].MessageId);
        starts[2].MessageId.ShouldNotBe(starts[0].MessageId);
        var (sessions, _) = Journal.Read(journal);
        File.Delete(journal);
        sessions.Count.ShouldBe(backEnd.Transactions.Count);
        Verification.Compare(sessions, backEnd.Sessions()).Findings.ShouldBeEmpty();
    }

    [Fact]
    public void A_missing_a_doubled_and_a_wrong_session_are_found()
    {
        LoadSession[] acknowledged = [Acknowledged(1, 100, 150), Acknowledged(2, 200, 260), Acknowledged(3, 300, 320)];
        ApiSession[] shown = [Shown(1, 100, 49), Shown(3, 300, 20), Shown(4, 300, 20)];

        var findings = Verification.Compare(acknowledged, shown).Findings;

        findings.ShouldBe(["S transaction 1: 49 Wh instead of 50", "S transaction 2: found 0 times", "S: 2 sessions start at 300 Wh"]);
    }

    [Fact]
    public void A_missing_and_a_doubled_reading_are_found()
    {
        var session = Acknowledged(1, 100, 150, 110, 120, 130);

        Verification.CompareReadings(session, [100, 110, 120, 120, 150]).ShouldBe([
            "S transaction 1: reading 120 Wh found 2 times",
            "S transaction 1: reading 130 Wh found 0 times",
        ]);
    }

    [Fact]
    public void A_percentile_is_exact_to_a_few_per_cent()
    {
        var histogram = new LatencyHistogram();
        for (var i = 1; i <= 10_000; i++)
        {
            histogram.Record(TimeSpan.FromMicroseconds(i * 10));
        }

        histogram.Percentile(0.5).TotalMilliseconds.ShouldBe(50, 2);
        histogram.Percentile(0.99).TotalMilliseconds.ShouldBe(99, 4);
        histogram.Max.TotalMilliseconds.ShouldBe(100);
    }

    private static LoadSession Acknowledged(int transaction, long start, long stop, params long[] readings) =>
        new() { Station = "S", TransactionId = transaction, MeterStartWh = start, LastWh = stop, IsStopped = true, Readings = [.. readings] };

    private static ApiSession Shown(long transaction, long start, long energy) => new(Guid.NewGuid(), "S", transaction, start, energy, IsEnded: true);
}
