using Ladewerk.Kernel;
using Ladewerk.Stations.Quirks;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Templates;

/// <summary>How a station's configuration compares with its template, as the API shows it.</summary>
/// <param name="Assigned">A person chose the template; else it follows from the station's introduction.</param>
/// <param name="Verdict">unknown, matches or differs.</param>
/// <param name="Stopped">Why nothing is written by itself any more: boot-loop or does-not-hold.</param>
public sealed record ConfigurationView(
    string? Template, string? TemplateName, bool Assigned, string Verdict, int Differences, DateTimeOffset? CheckedAt, DateTimeOffset? DueAt, DateTimeOffset? AppliedAt, string? Stopped, DateTimeOffset? StoppedAt,
    IReadOnlyList<KeyComparison> Keys, IReadOnlyList<StationKey> Told, DateTimeOffset? ToldAt);

/// <summary>Compares a station with its template, writes what differs, and remembers how it stands.</summary>
internal sealed class FollowTemplate(LadewerkDb db, TenantContext tenant, TemplateLibrary library, ApplyConfiguration apply, FollowQuirks quirks, AuditLog audit, LiveFeed live, TimeProvider time)
{
    private const int MostTries = 3;

    /// <summary>How it stands, without asking the station.</summary>
    public async Task<ConfigurationView> View(ChargingStation station, CancellationToken ct)
    {
        var (template, assigned) = await library.Of(station, ct);
        var state = await db.Set<TemplateState>().AsNoTracking().SingleOrDefaultAsync(s => s.StationId == station.Id, ct);
        var told = RememberedConfiguration.Keys(station.Configuration);
        var known = state?.CheckedAt is not null && state.TemplateKey == template?.Key && station.ConfigurationAt is not null; // the station may have been read before its answer came
        var keys = ConfigurationComparison.Compare((await apply.Dialect(station, ct)).InItsWords(template?.Configuration ?? []), told, complete: known);
        return new ConfigurationView(
            template?.Key, template?.Name, assigned, Verdict(keys), Differing(keys), state?.CheckedAt, state?.DueAt, state?.AppliedAt, state?.Stopped, state?.StoppedAt, keys, told, station.ConfigurationAt);
    }

    /// <summary>Asks the station for the wanted keys.</summary>
    public async Task<CommandResult?> Check(ChargingStation station, CancellationToken ct)
    {
        var (template, _) = await library.Of(station, ct);
        var (_, problem) = await apply.Compare(station, template?.Configuration ?? [], ct);
        if (problem is null)
        {
            await Remember(station, ct);
        }

        return problem;
    }

    /// <summary>Writes what differs; of these keys alone where given. Lets it go on by itself where it was stopped.</summary>
    public async Task<ApplyOutcome> Apply(ChargingStation station, IReadOnlyList<string>? keys, bool reboot, CancellationToken ct)
    {
        var (template, _) = await library.Of(station, ct);
        var wanted = (template?.Configuration ?? []).Where(w => keys is null || keys.Contains(w.Key, StringComparer.OrdinalIgnoreCase)).ToList();
        var outcome = await apply.Run(station, wanted, reboot, () => Task.CompletedTask, ct);
        var state = await State(station, ct);
        (state.Stopped, state.StoppedAt, state.Tries, state.AppliedAt) = (null, null, 0, outcome.Wrote ? time.GetUtcNow() : state.AppliedAt);
        audit.Record("station.configurationApplied", "station", station.Identity, after: new { template = template?.Key, outcome.Keys });
        await Remember(station, ct);
        return outcome;
    }

    /// <summary>Until when a station is left alone after its boot, where its habits say so.</summary>
    public async Task<DateTimeOffset?> SettlesUntil(ChargingStation station, CancellationToken ct) => station.LastBootAt + (await apply.Dialect(station, ct)).Settle;

    /// <summary>What the server does by itself after a boot: compares, and writes where the template says so. Gives up where that does not hold.</summary>
    public async Task<CommandResult?> ByItself(ChargingStation station, CancellationToken ct)
    {
        var (template, _) = await library.Of(station, ct);
        if (template?.Configuration is not { Count: > 0 } wanted)
        {
            return null;
        }

        var state = await State(station, ct);
        if (!template.AutoApply || state.Stopped is not null)
        {
            return await Check(station, ct);
        }

        var outcome = await apply.Run(station, wanted, template.RebootWhenNeeded, () => Writing(state, ct), ct);
        if (outcome.Problem is null)
        {
            state.Tries = outcome is { Good: true, Wrote: false } ? 0 : state.Tries;
            await Remember(station, ct);
        }

        return outcome.Problem;
    }

    /// <summary>Chooses the template of a station; null lets it follow from the introduction again. A quirk profile that the operator chose for the station stays.</summary>
    public async Task Assign(ChargingStation station, string? key, CancellationToken ct)
    {
        var state = await State(station, ct);
        audit.Record("station.templateAssigned", "station", station.Identity, new { template = station.Template }, new { template = key });
        station.Template = key;
        (state.CheckedAt, state.Verdict, state.DueAt, state.Stopped, state.StoppedAt, state.Tries) = (null, "unknown", time.GetUtcNow(), null, null, 0);
        await db.SaveChangesAsync(ct);
        await quirks.One(station, ct);
    }

    /// <summary>Stores how what is known of the station compares.</summary>
    public async Task Remember(ChargingStation station, CancellationToken ct)
    {
        var (template, _) = await library.Of(station, ct);
        var dialect = await apply.Dialect(station, ct);
        var keys = ConfigurationComparison.Compare(dialect.InItsWords(template?.Configuration ?? []), RememberedConfiguration.Keys(station.Configuration), dialect.MayAsk);
        var state = await State(station, ct);
        (state.TemplateKey, state.CheckedAt, state.Verdict, state.Differences) = (template?.Key, time.GetUtcNow(), Verdict(keys), Differing(keys));
        await db.SaveChangesAsync(CancellationToken.None);
        live.Publish(tenant.Current, "configuration", new { stationId = station.Identity, verdict = state.Verdict, differences = state.Differences });
    }

    // Counted before the first write, so that a station that restarts on it is found out.
    private async Task Writing(TemplateState state, CancellationToken ct)
    {
        (state.AppliedAt, state.Tries) = (time.GetUtcNow(), state.Tries + 1);
        if (state.Tries > MostTries)
        {
            (state.Stopped, state.StoppedAt) = ("does-not-hold", time.GetUtcNow());
        }

        await db.SaveChangesAsync(ct);
        if (state.Stopped is not null)
        {
            throw new NotHeldException();
        }
    }

    private async Task<TemplateState> State(ChargingStation station, CancellationToken ct)
    {
        var state = await db.Set<TemplateState>().SingleOrDefaultAsync(s => s.StationId == station.Id, ct);
        if (state is null)
        {
            state = new TemplateState { StationId = station.Id, TenantId = tenant.Current };
            db.Add(state);
        }

        return state;
    }

    private static string Verdict(IReadOnlyList<KeyComparison> keys) =>
        Differing(keys) > 0 ? "differs" : keys.Any(k => k.Verdict == KeyVerdict.Unknown) ? "unknown" : "matches";

    private static int Differing(IReadOnlyList<KeyComparison> keys) => keys.Count(k => k.Verdict is KeyVerdict.Differs or KeyVerdict.Fixed or KeyVerdict.Missing);
}

/// <summary>What was written several times is not what the station has: a person must look.</summary>
internal sealed class NotHeldException() : Exception("The configuration was written several times and did not hold.");
