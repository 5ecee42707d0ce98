using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Jobs;

/// <summary>Holds a job, lets it go on, or ends it. Stations that are just being asked are waited for.</summary>
internal sealed class SteerJob(LadewerkDb db, AuditLog audit, JobStore store, JobRunner runner, TimeProvider time)
{
    /// <summary>False where the job is not one that waits or runs.</summary>
    public async Task<bool> Pause(JobId id, CancellationToken ct)
    {
        var done = await db.Set<Job>().Where(j => j.Id == id && (j.State == JobState.Waiting || j.State == JobState.Running))
            .ExecuteUpdateAsync(set => set.SetProperty(j => j.State, JobState.Paused).SetProperty(j => j.Reason, JobRules.ByPerson), ct) == 1;
        return await Done(done, "job.paused", id, ct);
    }

    /// <summary>False where the job is not paused. So many failures as before are allowed anew.</summary>
    public async Task<bool> Resume(JobId id, CancellationToken ct)
    {
        if (await db.Set<Job>().AsNoTracking().SingleOrDefaultAsync(j => j.Id == id, ct) is not { } job)
        {
            return false;
        }

        var bad = (await store.Counts(id, job.Wave, ct)).Bad;
        var allowed = job.Options.StopAfterFailures is { } most ? bad + most : (int?)null;
        var state = job.StartedAt is null ? JobState.Waiting : JobState.Running;
        var done = await db.Set<Job>().Where(j => j.Id == id && j.State == JobState.Paused)
            .ExecuteUpdateAsync(set => set.SetProperty(j => j.State, state).SetProperty(j => j.Reason, (string?)null).SetProperty(j => j.FailuresAllowed, allowed), ct) == 1;
        return await Done(done, "job.resumed", id, ct);
    }

    /// <summary>False where the job has ended already. Stations that were not asked are skipped.</summary>
    public async Task<bool> Cancel(JobId id, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var done = await db.Set<Job>().Where(j => j.Id == id && j.State != JobState.Finished && j.State != JobState.Cancelled)
            .ExecuteUpdateAsync(set => set.SetProperty(j => j.State, JobState.Cancelled).SetProperty(j => j.Reason, JobRules.ByPerson).SetProperty(j => j.FinishedAt, now).SetProperty(j => j.Secret, (string?)null), ct) == 1;
        if (done)
        {
            await db.Set<JobStation>().Where(s => s.JobId == id && (s.State == JobStationState.Waiting || s.State == JobStationState.Offline))
                .ExecuteUpdateAsync(set => set.SetProperty(s => s.State, JobStationState.Skipped).SetProperty(s => s.Word, JobStore.Cancelled).SetProperty(s => s.FinishedAt, now), ct);
        }

        Record(done, "job.cancelled", id);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        await Told(done, id, ct);
        return done;
    }

    private async Task<bool> Done(bool done, string action, JobId id, CancellationToken ct)
    {
        Record(done, action, id);
        await db.SaveChangesAsync(ct);
        await Told(done, id, ct);
        return done;
    }

    private void Record(bool done, string action, JobId id)
    {
        if (done)
        {
            audit.Record(action, "job", id.Value.ToString());
        }
    }

    private Task Told(bool done, JobId id, CancellationToken ct) => done ? runner.Tell(id, ct) : Task.CompletedTask;
}
