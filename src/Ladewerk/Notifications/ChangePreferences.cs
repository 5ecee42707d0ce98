using System.Security.Claims;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;

namespace Ladewerk.Notifications;

/// <summary>Changes what a person wants to hear.</summary>
internal sealed class ChangePreferences(PreferenceStore store)
{
    /// <summary>The events of which a person may hear: a driver's, and those of the permissions held.</summary>
    public static IReadOnlyList<NoticeEvent> Of(ClaimsPrincipal user, bool isDriver) =>
        [.. Catalogue.All.Where(e => e.ForDriver ? isDriver : user.Can(e.Permission!))];

    /// <summary>Changes a person's preferences; what is wrong by field.</summary>
    public async Task<Faults> Run(Guid person, PreferencesBody patch, CancellationToken ct)
    {
        var faults = new Faults();
        var current = await store.Of(person, ct);
        var next = current with
        {
            Events = ChannelWords.Merge(current.Events, patch.Events, "events", faults),
            QuietFrom = patch.QuietFrom.Or(current.QuietFrom),
            QuietTo = patch.QuietTo.Or(current.QuietTo),
            SummaryAt = patch.SummaryAt.Or(current.SummaryAt),
            TargetSoc = patch.TargetSoc ?? current.TargetSoc,
        };
        faults.Unless(next.TargetSoc is >= 10 and <= 100, "targetSoc", "Between 10 and 100 percent.");
        faults.Unless((next.QuietFrom is null) == (next.QuietTo is null), next.QuietFrom is null ? "quietFrom" : "quietTo", "Both or neither.");
        if (!faults.Any)
        {
            await store.Save(person, next, ct);
        }

        return faults;
    }
}

/// <summary>Changes the operator's rules.</summary>
internal sealed class ChangeRules(PreferenceStore store, LadewerkDb db, AuditLog audit, TenantContext tenant)
{
    /// <summary>The rules that hold now, and what was wrong by field.</summary>
    public async Task<(NotificationRules Rules, Faults Faults)> Run(RulesBody body, CancellationToken ct)
    {
        var faults = new Faults();
        var before = await store.Rules(ct);
        var rules = new NotificationRules
        {
            Defaults = ChannelWords.Merge(new Dictionary<string, Channels>(StringComparer.Ordinal), body.Defaults, "defaults", faults),
            Silent = body.Silent ?? [],
            IdleAfterMinutes = body.IdleAfterMinutes,
            PauseMinutes = body.PauseMinutes,
            GatherSeconds = body.GatherSeconds,
        };
        faults.Unless(rules.Silent.All(name => Catalogue.Find(name) is not null), "silent", "No such event.");
        faults.Unless(rules.IdleAfterMinutes is >= 0 and <= 1440, "idleAfterMinutes", "Between 0 and 1440 minutes.");
        faults.Unless(rules.PauseMinutes is null or (>= 0 and <= 1440), "pauseMinutes", "Between 0 and 1440 minutes.");
        faults.Unless(rules.GatherSeconds is null or (>= 0 and <= 900), "gatherSeconds", "Between 0 and 900 seconds.");
        if (faults.Any)
        {
            return (before, faults);
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        audit.Record("notifications.rulesChanged", "notificationRules", tenant.Current.ToString(), before, rules);
        await db.SaveChangesAsync(ct);
        await store.Save(rules, ct);
        await transaction.CommitAsync(ct);
        return (rules, faults);
    }
}

/// <summary>Channels as the API names them.</summary>
internal static class ChannelWords
{
    /// <summary>What was there with what is sent; what cannot be is noted under <paramref name="field"/>.</summary>
    public static Dictionary<string, Channels> Merge(IReadOnlyDictionary<string, Channels> current, IReadOnlyDictionary<string, IReadOnlyList<string>>? sent, string field, Faults faults)
    {
        var events = current.ToDictionary(StringComparer.Ordinal);
        foreach (var (name, words) in sent ?? new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal))
        {
            faults.Unless(Catalogue.Find(name) is not null, field, $"No such event: {name}.");
            faults.Unless(words.All(w => Channel(w) != Channels.None), field, "A channel is feed, mail or push.");
            events[name] = words.Aggregate(Channels.None, (all, word) => all | Channel(word));
        }

        return events;
    }

    private static Channels Channel(string word) => word switch
    {
        "feed" => Channels.Feed,
        "mail" => Channels.Mail,
        "push" => Channels.Push,
        _ => Channels.None,
    };
}
