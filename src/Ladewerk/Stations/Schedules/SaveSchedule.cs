using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations.Jobs;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Schedules;

/// <summary>A schedule to make, or as it is to be.</summary>
/// <param name="SiteId">All stations of the site, by its clock.</param>
/// <param name="Stations">These alone.</param>
/// <param name="Filter">Or those that fit.</param>
public sealed record ScheduleWish(string Name, ScheduleRule Rule, SiteId? SiteId = null, IReadOnlyList<string>? Stations = null, JobFilter? Filter = null, bool Enabled = true);

/// <summary>Makes, changes and removes schedules. Stations that one has put out of service come back with its end.</summary>
internal sealed class SaveSchedule(LadewerkDb db, TenantContext tenant, Actor actor, AuditLog audit, RunSchedule run, TimeProvider time)
{
    public async Task<(Schedule? Made, Faults Faults)> Create(ScheduleWish wish, CancellationToken ct)
    {
        var faults = await Check(wish, ct);
        if (faults.Any)
        {
            return (null, faults);
        }

        var schedule = new Schedule { TenantId = tenant.Current, Name = "", Selection = new JobSelection(), Rule = wish.Rule, CreatedBy = actor.Name, CreatedAt = time.GetUtcNow() };
        await Set(schedule, wish, ct);
        db.Add(schedule);
        audit.Record("schedule.created", "schedule", schedule.Id.Value.ToString(), after: wish);
        await db.SaveChangesAsync(ct);
        return (schedule, faults);
    }

    public async Task<Faults> Change(Schedule schedule, ScheduleWish wish, CancellationToken ct)
    {
        var faults = await Check(wish, ct);
        if (faults.Any)
        {
            return faults;
        }

        await run.OpenWhatIsClosed(schedule, ct);
        audit.Record("schedule.changed", "schedule", schedule.Id.Value.ToString(), new { schedule.Name, schedule.SiteId, schedule.Selection, schedule.Rule, schedule.Enabled }, wish);
        await Set(schedule, wish, ct);
        await db.SaveChangesAsync(ct);
        return faults;
    }

    public async Task Remove(Schedule schedule, CancellationToken ct)
    {
        await run.OpenWhatIsClosed(schedule, ct);
        audit.Record("schedule.removed", "schedule", schedule.Id.Value.ToString(), new { schedule.Name, schedule.SiteId, schedule.Selection, schedule.Rule });
        db.Remove(schedule);
        await db.SaveChangesAsync(ct);
    }

    private async Task Set(Schedule schedule, ScheduleWish wish, CancellationToken ct)
    {
        (schedule.Name, schedule.SiteId, schedule.Rule, schedule.Enabled) = (wish.Name.Trim(), wish.SiteId, wish.Rule, wish.Enabled);
        schedule.Selection = new JobSelection(wish.Stations, wish.Stations is not null ? null : (wish.Filter ?? new JobFilter()) with { SiteId = wish.SiteId?.Value ?? wish.Filter?.SiteId });
        var next = wish.Enabled ? ScheduleRules.Next(wish.Rule, time.GetUtcNow(), await run.Zone(wish.SiteId, ct)) : null;
        (schedule.NextAt, schedule.NextEdge) = (next?.At, next?.Edge);
    }

    private async Task<Faults> Check(ScheduleWish wish, CancellationToken ct)
    {
        var (rule, stations) = (wish.Rule, wish.Stations);
        var faults = new Faults().Text("name", wish.Name)
            .Unless(Enum.IsDefined(rule.Kind), "rule.kind", "outOfService or restart.")
            .Unless(rule.Kind != ScheduleKind.OutOfService || (rule.Until is { } until && until != rule.At), "rule.until", "Another time than the beginning.")
            .Unless(rule.Days is null || rule.Days.All(Enum.IsDefined), "rule.days", "sunday to saturday.")
            .Unless(stations is not { Count: 0 or > 5000 }, "stations", "1 to 5000 identities.");
        if (wish.SiteId is { } site && !await db.Set<Site>().AnyAsync(s => s.Id == site, ct))
        {
            faults.Add("siteId", "No such site.");
        }

        if (stations is { Count: > 0 and <= 5000 })
        {
            var keys = stations.Select(StationIdentity.Key).Distinct(StringComparer.Ordinal).ToList();
            faults.Unless(await db.Set<ChargingStation>().CountAsync(s => s.RemovedAt == null && keys.Contains(s.IdentityKey), ct) == keys.Count, "stations", "No such station.");
        }

        return faults.Unless(faults.Any || rule.Date is null || ScheduleRules.Next(rule, time.GetUtcNow(), await run.Zone(wish.SiteId, ct)) is not null, "rule.date", "Not in the past.");
    }
}
