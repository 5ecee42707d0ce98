using System.Text.Json;
using Ladewerk.Kernel;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Jobs;

/// <summary>Does a job's work at one station.</summary>
internal sealed class TakeTurn(LadewerkDb db, IEnumerable<IJobWork> works, SendCommand send, IDataProtectionProvider protection)
{
    public async Task<JobOutcome> Run(JobTurn turn, Func<Task> sending, CancellationToken ct)
    {
        var job = await db.Set<Job>().AsNoTracking().SingleAsync(j => j.Id == turn.Job, ct);
        if (await db.Set<ChargingStation>().SingleOrDefaultAsync(s => s.Id == turn.Station && s.RemovedAt == null, ct) is not { } station)
        {
            return new JobOutcome.Skipped(JobStore.Removed);
        }

        if (works.SingleOrDefault(w => w.Kind == job.Kind) is not { } work)
        {
            return new JobOutcome.Failed(JobStore.Broken, new { kind = job.Kind });
        }

        send.Job = job.Id.Value;
        var body = job.Secret is { } secret ? JsonSerializer.Deserialize<JsonElement>(StartJob.Protector(protection).Unprotect(secret)) : job.Work.RootElement;
        return await work.Run(new JobStep(job, station, body, turn.Attempt, sending), ct);
    }
}
