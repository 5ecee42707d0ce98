using System.Text.Json;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Ladewerk.Tests.Kernel;

public sealed class RoundWorkerTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task No_failure_of_a_round_ends_the_worker()
    {
        Queue<Exception> failures = new([new InvalidOperationException(), new DbUpdateException(), new NpgsqlException(), new JsonException(), new OperationCanceledException(), new TimeoutException()]);
        var through = new TaskCompletionSource();
        using var worker = new Worker(TimeSpan.FromMilliseconds(1), () =>
        {
            if (failures.TryDequeue(out var failure))
            {
                throw failure;
            }

            through.TrySetResult();
            return false;
        });
        await worker.StartAsync(TestContext.Current.CancellationToken);
        await through.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        await worker.StopAsync(TestContext.Current.CancellationToken);
        worker.Ended.ShouldBe(1);
    }

    [Fact]
    public async Task A_ring_in_the_middle_of_a_round_brings_one_more_and_more_rings_no_more()
    {
        using var rounds = new SemaphoreSlim(0);
        using var gate = new SemaphoreSlim(0);
        using var worker = new Worker(Long, () =>
        {
            rounds.Release();
            gate.Wait(TimeSpan.FromMinutes(1)).ShouldBeTrue();
            return false;
        });
        await worker.StartAsync(TestContext.Current.CancellationToken);
        await rounds.WaitAsync(TestContext.Current.CancellationToken);
        for (var i = 0; i < 100; i++)
        {
            worker.Ring();
        }

        gate.Release(3);
        (await rounds.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken)).ShouldBeTrue();
        (await rounds.WaitAsync(TimeSpan.FromMilliseconds(200), TestContext.Current.CancellationToken)).ShouldBeFalse();
        await worker.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task While_more_is_due_it_does_not_rest()
    {
        var left = 5;
        var done = new TaskCompletionSource();
        using var worker = new Worker(Long, () =>
        {
            if (--left == 0)
            {
                done.SetResult();
            }

            return left > 0;
        });
        await worker.StartAsync(TestContext.Current.CancellationToken);
        await done.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        await worker.StopAsync(TestContext.Current.CancellationToken);
        left.ShouldBe(0);
    }

    private sealed class Worker(TimeSpan pause, Func<bool> round) : RoundWorker(NullLogger.Instance)
    {
        public int Ended { get; private set; }

        protected override TimeSpan Pause => pause;

        protected override async Task<bool> Round(CancellationToken ct)
        {
            await Task.Yield();
            return round();
        }

        protected override Task End()
        {
            Ended++;
            return Task.CompletedTask;
        }
    }
}
