using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations.Jobs;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Schedules;

/// <summary>Does what a schedule says: each moment becomes one job, whose id follows from schedule and moment, so that it is made once even where a server dies in between.</summary>
internal sealed partial class RunSchedule(LadewerkDb db, TenantContext tenant, StartJob start, TimeProvider time, ILogger<RunSchedule> logger)
{
    private static readonly TimeSpan RestartWithin = TimeSpan.FromHours(3), OpenWithin = TimeSpan.FromHours(24);

    /// <summary>Acts on a schedule whose next moment has come, and moves it on.</summary>
    public async Task Run(Schedule schedule, CancellationToken ct)
    {
        if (schedule is not { NextAt: { } at, NextEdge: { } edge })
        {
            return;
        }

        var now = time.GetUtcNow();
        var (act, next) = ScheduleRules.Due(schedule.Rule, new ScheduleMoment(at, edge), now, await Zone(schedule.SiteId, ct));
        if (act is { } moment)
        {
            schedule.LastJobId = await Job(schedule, moment, next, ct) ?? schedule.LastJobId;
            (schedule.LastAt, schedule.LastEdge) = (moment.At, moment.Edge);
        }
        else
        {
            schedule.MissedAt = at;
            LogMissed(schedule.Id.Value, at);
        }

        (schedule.NextAt, schedule.NextEdge, schedule.Enabled) = (next?.At, next?.Edge, schedule.Enabled && next is not null);
        await db.SaveChangesAsync(ct);
    }

    /// <summary>Puts stations in service that the schedule has put out of it; before it is changed or removed.</summary>
    public async Task OpenWhatIsClosed(Schedule schedule, CancellationToken ct)
    {
        if (schedule.LastEdge == ScheduleEdge.Close)
        {
            var moment = new ScheduleMoment(time.GetUtcNow(), ScheduleEdge.Open);
            (schedule.LastJobId, schedule.LastAt, schedule.LastEdge) = (await Job(schedule, moment, null, ct) ?? schedule.LastJobId, moment.At, moment.Edge);
        }
    }

    /// <summary>The clock that a schedule goes by: its site's, else the operator's.</summary>
    public async Task<TimeZoneInfo> Zone(SiteId? site, CancellationToken ct)
    {
        var name = site is { } id ? await db.Set<Site>().Where(s => s.Id == id).Select(s => s.TimeZone).SingleOrDefaultAsync(ct) : null;
        return TimeZoneInfo.FindSystemTimeZoneById(name ?? await db.Set<Tenant>().Where(t => t.Id == tenant.Current).Select(t => t.TimeZone).SingleAsync(ct));
    }

    private async Task<JobId?> Job(Schedule schedule, ScheduleMoment moment, ScheduleMoment? next, CancellationToken ct)
    {
        var id = Id(schedule.Id, moment);
        if (await db.Set<Job>().AnyAsync(j => j.Id == id, ct))
        {
            return id;
        }

        var now = time.GetUtcNow();
        var (stations, filter) = (schedule.Selection.Stations, schedule.Selection.Filter);
        var wish = moment.Edge switch
        {
            ScheduleEdge.Close => Command("change-availability", new { operative = false }, new JobOptions { RetryOfflineUntil = next?.At ?? now.AddHours(1), EndAt = next?.At }),
            ScheduleEdge.Open => new NewJob(
                schedule.Name, Kind: OpenWork.Name, Work: JsonSerializer.SerializeToElement(new { }), Stations: stations, Filter: filter, Options: new JobOptions { RetryOfflineUntil = now + OpenWithin }),
            ScheduleEdge.Restart => new NewJob(
                schedule.Name, Kind: RestartWork.Name, Work: JsonSerializer.SerializeToElement(new { schedule.Rule.Hard, schedule.Rule.OnlyIdle }, ApiJson.Options), Stations: stations, Filter: filter,
                Options: new JobOptions { Parallel = 5, EndAt = now + RestartWithin, RetryOfflineUntil = now + RestartWithin }),
            _ => throw new ArgumentOutOfRangeException(nameof(moment), moment, "No such edge."),
        };
        var outcome = await start.Run(wish, ct, new StartJob.Origin(id, schedule.Id.Value));
        if (outcome.Faults is { } faults)
        {
            LogNothing(schedule.Id.Value, string.Join(" ", faults.SelectMany(f => f.Value)));
        }

        return outcome.Job?.Id;

        NewJob Command(string command, object body, JobOptions options) =>
            new(schedule.Name, command, JsonSerializer.SerializeToElement(body, ApiJson.Options), Stations: stations, Filter: filter, Options: options);
    }

    // In the order of time, as all ids of jobs are.
    private static JobId Id(ScheduleId schedule, ScheduleMoment moment)
    {
        Span<byte> seed = stackalloc byte[25], bytes = stackalloc byte[32];
        schedule.Value.TryWriteBytes(seed, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(seed[16..], moment.At.UtcTicks);
        seed[24] = (byte)moment.Edge;
        SHA256.HashData(seed, bytes);
        Guid.CreateVersion7(moment.At).TryWriteBytes(seed, bigEndian: true, out _);
        seed[..6].CopyTo(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x70);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new JobId(new Guid(bytes[..16], bigEndian: true));
    }

    [LoggerMessage(LogLevel.Warning, "Schedule {Schedule} was not run: it was due at {At}, while the server was down")]
    private partial void LogMissed(Guid schedule, DateTimeOffset at);

    [LoggerMessage(LogLevel.Warning, "Schedule {Schedule} found nothing to do: {Reason}")]
    private partial void LogNothing(Guid schedule, string reason);
}
