using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Jobs;

/// <summary>A job to make: a command with its body as in <c>/stations/{id}/commands/{command}</c>, or another kind of work.</summary>
/// <param name="Name">What people call it; absent: the command.</param>
/// <param name="Stations">Identities; or else <paramref name="Filter"/>.</param>
/// <param name="DryRun">Only tell how many stations it would be for.</param>
public sealed record NewJob(
    string? Name = null, string? Command = null, JsonElement? Body = null, string? Kind = null, JsonElement? Work = null,
    IReadOnlyList<string>? Stations = null, JobFilter? Filter = null, JobOptions? Options = null, bool DryRun = false);

/// <summary>Makes a job: checks the work, resolves the stations, and leaves the rest to the runner.</summary>
internal sealed class StartJob(
    LadewerkDb db, TenantContext tenant, Actor actor, AuditLog audit, IEnumerable<IJobWork> works, StationRegistry registry, JobRunner runner, IDataProtectionProvider protection, TimeProvider time)
{
    private const int MaxStations = 200_000;

    /// <summary>The job; or, of a dry run, the stations it would be for; or what is wrong by field.</summary>
    public sealed record Outcome(Job? Job, IReadOnlyList<StationId> Stations, int Online, IDictionary<string, string[]>? Faults);

    /// <summary>Who makes the job, where that is not a person: its id is given, so that it is made once.</summary>
    public sealed record Origin(JobId Id, Guid Schedule);

    /// <param name="origin">Absent: a person makes it.</param>
    public async Task<Outcome> Run(NewJob wish, CancellationToken ct, Origin? origin = null)
    {
        var (kind, body) = (wish.Kind ?? CommandWork.Name, wish.Work ?? JsonSerializer.SerializeToElement(new { command = wish.Command ?? "", body = wish.Body }, ApiJson.Options));
        var options = wish.Options ?? new JobOptions();
        var faults = new Faults().Short("name", wish.Name);
        Check(faults, options, time.GetUtcNow());
        var (stations, names) = await Resolve(wish, faults, ct);
        if (works.SingleOrDefault(w => w.Kind == kind) is not { } work)
        {
            faults.Add("kind", $"One of: {string.Join(", ", works.Select(w => w.Kind))}.");
        }
        else if (!faults.Any)
        {
            faults.AddRange((await work.Check(body, stations[0], ct)).Errors);

            if (!faults.Any)
            {
                var online = stations.Count(registry.IsOnline);
                return wish.DryRun ? new Outcome(null, stations, online, null) : new Outcome(await Store(wish, kind, work, body, options, stations, names, origin, ct), stations, online, null);
            }
        }

        return new Outcome(null, stations, 0, faults.Errors);
    }

    /// <summary>The key under which secrets of jobs are encrypted.</summary>
    public static IDataProtector Protector(IDataProtectionProvider protection) => protection.CreateProtector("Ladewerk.Stations.Jobs");

    private async Task<Job> Store(
        NewJob wish, string kind, IJobWork work, JsonElement body, JobOptions options, IReadOnlyList<StationId> stations, IReadOnlyList<string>? names, Origin? origin, CancellationToken ct)
    {
        var hidden = work.WithoutSecrets(body);
        var now = time.GetUtcNow();
        var job = new Job
        {
            Id = origin?.Id ?? JobId.New(), TenantId = tenant.Current, Kind = kind, Work = JsonSerializer.SerializeToDocument(hidden ?? body), Secret = hidden is null ? null : Protector(protection).Protect(body.GetRawText()),
            Name = wish.Name?.Trim() is { Length: > 0 } name ? name : wish.Command ?? kind, Selection = new JobSelection(names, wish.Filter), Options = options, State = JobState.Waiting,
            RequestedBy = actor.Name, Total = stations.Count, Waves = JobRules.WaveOf(stations.Count - 1, options.Waves) + 1, FailuresAllowed = options.StopAfterFailures,
            Repeatable = work.MayRepeat(body), ScheduleId = origin?.Schedule, CreatedAt = now,
        };
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        db.Add(job);
        audit.Record("job.created", "job", job.Id.Value.ToString(), after: new { job.Name, job.Kind, work = job.Work, job.Selection, job.Options, job.Total });
        await db.SaveChangesAsync(ct);
        var (ids, waves) = (stations.Select(s => s.Value).ToArray(), Enumerable.Range(0, stations.Count).Select(i => JobRules.WaveOf(i, options.Waves)).ToArray());
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into job_station (job_id, position, tenant_id, station_id, wave, state, available_at)
            select {job.Id.Value}, n.place - 1, {tenant.Current.Value}, n.station, n.wave, 'waiting', {now} from unnest({ids}, {waves}) with ordinality as n (station, wave, place)
            """,
            ct);
        await transaction.CommitAsync(ct);
        runner.Ring();
        return job;
    }

    /// <summary>The stations by their identity; notes what is wrong with the selection.</summary>
    private async Task<(IReadOnlyList<StationId> Ids, IReadOnlyList<string>? Names)> Resolve(NewJob wish, Faults faults, CancellationToken ct)
    {
        if (wish.Stations is null == wish.Filter is null)
        {
            faults.Add("stations", "Either stations or filter.");
            return ([], null);
        }

        var stations = db.Set<ChargingStation>().AsNoTracking().Where(s => s.RemovedAt == null);
        stations = wish.Stations is { } names ? Named(stations, names) : Matching(stations, wish.Filter!);
        var found = await stations.OrderBy(s => s.IdentityKey).Take(MaxStations + 1).Select(s => new { s.Id, s.Identity, s.IdentityKey }).ToListAsync(ct);
        if (wish.Filter?.Online is { } online)
        {
            found.RemoveAll(s => registry.IsOnline(s.Id) != online);
        }

        foreach (var unknown in (wish.Stations ?? []).ExceptBy(found.Select(f => f.IdentityKey), StationIdentity.Key).Take(20))
        {
            faults.Add("stations", $"No such station: {unknown}.");
        }

        faults.Unless(found.Count > 0 || faults.Any, wish.Stations is null ? "filter" : "stations", "No station fits.").Unless(found.Count <= MaxStations, "filter", $"At most {MaxStations} stations.");
        return (found.ConvertAll(s => s.Id), wish.Stations is null ? null : found.ConvertAll(s => s.Identity));
    }

    private static IQueryable<ChargingStation> Named(IQueryable<ChargingStation> stations, IReadOnlyList<string> names)
    {
        var keys = names.Select(StationIdentity.Key).Distinct(StringComparer.Ordinal).ToList();
        return stations.Where(s => keys.Contains(s.IdentityKey));
    }

    private static IQueryable<ChargingStation> Matching(IQueryable<ChargingStation> stations, JobFilter filter)
    {
        stations = filter.SiteId is { } site ? stations.Where(s => s.SiteId == new SiteId(site)) : stations;
        if (Whole(filter.Vendor) is { } vendor)
        {
            stations = stations.Where(s => EF.Functions.ILike(s.Vendor!, vendor));
        }

        if (Whole(filter.Model) is { } model)
        {
            stations = stations.Where(s => EF.Functions.ILike(s.Model!, model));
        }

        if (Whole(filter.Firmware) is { } firmware)
        {
            stations = stations.Where(s => EF.Functions.ILike(s.FirmwareVersion!, firmware));
        }

        if (filter.Q is { Length: > 0 } wanted)
        {
            var pattern = Paging.Containing(wanted);
            stations = stations.Where(s => EF.Functions.ILike(s.Identity, pattern) || EF.Functions.ILike(s.Name!, pattern)
                || EF.Functions.ILike(s.Vendor!, pattern) || EF.Functions.ILike(s.Model!, pattern) || EF.Functions.ILike(s.SerialNumber!, pattern));
        }

        return stations;
    }

    // The whole text, without regard to case.
    private static string? Whole(string? text) => string.IsNullOrWhiteSpace(text) ? null : Paging.Containing(text.Trim())[1..^1];

    private static void Check(Faults faults, JobOptions options, DateTimeOffset now) => faults
        .Unless(options.Parallel is >= 1 and <= 200, "options.parallel", "1 to 200.")
        .Unless(options.StopAfterFailures is null or >= 1, "options.stopAfterFailures", "1 or more.")
        .Unless(options.MinutesBetweenWaves is >= 0 and <= 10_080, "options.minutesBetweenWaves", "0 to 10080.")
        .Unless(options.Waves.Count <= 50 && options.Waves.All(w => w > 0), "options.waves", "At most 50, each of 1 or more.")
        .Unless(options.EndAt is null || (options.EndAt > now && options.EndAt > options.StartAt.GetValueOrDefault()), "options.endAt", "After the start, and not in the past.")
        .Unless(options.RetryOfflineUntil is null || options.RetryOfflineUntil > now, "options.retryOfflineUntil", "Not in the past.")
        .Unless(options.Window is not { } window || window.From != window.To, "options.window", "Begins and ends at different times.")
        .TimeZone("options.window.timeZone", options.Window?.TimeZone);
}
