using System.Text.Json;
using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Notifications;

/// <summary>What a person wants to hear, and how. Only what differs from the catalogue is kept.</summary>
public sealed record Preferences
{
    /// <summary>By event: the channels that the person wants.</summary>
    public IReadOnlyDictionary<string, Channels> Events { get; init; } = new Dictionary<string, Channels>(StringComparer.Ordinal);

    /// <summary>No mail and no push between these times of day, except what is urgent; both or neither.</summary>
    public TimeOnly? QuietFrom { get; init; }
    public TimeOnly? QuietTo { get; init; }

    /// <summary>Mails that are not urgent come together at this time of day; null: each at once.</summary>
    public TimeOnly? SummaryAt { get; init; }

    /// <summary>State of charge in percent at which a driver wants to hear that the target is reached.</summary>
    public int TargetSoc { get; init; } = 80;

    /// <summary>The channels for an event, where the operator lets people be told at all.</summary>
    public Channels For(NoticeEvent e, NotificationRules rules) => Events.TryGetValue(e.Name, out var wanted) ? wanted & ~rules.Off(e) : rules.Default(e);

    /// <summary>When a message may leave by mail or push.</summary>
    public DateTimeOffset Earliest(NoticeEvent e, Channels channel, DateTimeOffset now, TimeZoneInfo zone)
    {
        if (e.Urgent)
        {
            return now;
        }

        var at = channel == Channels.Mail && SummaryAt is { } summary ? Next(summary, now, zone) : now;
        if (QuietFrom is not { } from || QuietTo is not { } to || from == to)
        {
            return at;
        }

        var clock = TimeOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);
        return clock.IsBetween(from, to) ? Next(to, at, zone) : at;
    }

    /// <summary>The next moment at which the clock on the wall shows a time. A time that a change of the clock leaves out comes an hour later.</summary>
    private static DateTimeOffset Next(TimeOnly clock, DateTimeOffset after, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(after, zone).DateTime;
        var day = local.Date + clock.ToTimeSpan();
        day = day <= local ? day.AddDays(1) : day;
        day = zone.IsInvalidTime(day) ? day.AddHours(1) : day;
        return new DateTimeOffset(day, zone.GetUtcOffset(day)).ToUniversalTime();
    }
}

/// <summary>What the operator has decided for everybody.</summary>
public sealed record NotificationRules
{
    /// <summary>By event: the channels that are used where a person has said nothing.</summary>
    public IReadOnlyDictionary<string, Channels> Defaults { get; init; } = new Dictionary<string, Channels>(StringComparer.Ordinal);

    /// <summary>Events of which nobody is told.</summary>
    public IReadOnlyList<string> Silent { get; init; } = [];

    /// <summary>A full vehicle may stand so long, where the tariff names no grace, before its driver is told; minutes.</summary>
    public int IdleAfterMinutes { get; init; } = 15;

    /// <summary>No second message of a kind to the operator's people within so many minutes; null: the catalogue's.</summary>
    public int? PauseMinutes { get; init; }

    /// <summary>Several happenings within so many seconds are one message; null: the catalogue's.</summary>
    public int? GatherSeconds { get; init; }

    public Channels Default(NoticeEvent e) => (Defaults.TryGetValue(e.Name, out var channels) ? channels : e.Channels) & ~Off(e);

    public Channels Off(NoticeEvent e) => Silent.Contains(e.Name, StringComparer.Ordinal) ? Channels.Feed | Channels.Mail | Channels.Push : Channels.None;

    public TimeSpan Pause(NoticeEvent e) => PauseMinutes is { } minutes ? TimeSpan.FromMinutes(minutes) : e.Pause;

    public TimeSpan Gather(NoticeEvent e) => GatherSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : e.Gather;
}

/// <summary>Reads and keeps preferences and rules.</summary>
internal sealed class PreferenceStore(NpgsqlDataSource data, TenantContext tenant)
{
    /// <summary>A person's preferences; those of nobody in particular where nothing was said.</summary>
    public async Task<Preferences> Of(Guid person, CancellationToken ct) =>
        (await Of([person], ct)).GetValueOrDefault(person) ?? new();

    /// <summary>Preferences of those who have said anything.</summary>
    public async Task<Dictionary<Guid, Preferences>> Of(Guid[] people, CancellationToken ct) =>
        (await data.Rows("select person_id, settings::text from notification_preference where tenant_id = $1 and person_id = any($2)", r => (Id: r.GetGuid(0), Text: r.GetString(1)), ct, tenant.Current.Value, people))
        .ToDictionary(p => p.Id, p => JsonSerializer.Deserialize<Preferences>(p.Text, Columns.Json)!);

    public Task Save(Guid person, Preferences preferences, CancellationToken ct) => data.Run(
        "insert into notification_preference (tenant_id, person_id, settings) values ($1, $2, $3::jsonb) on conflict (tenant_id, person_id) do update set settings = excluded.settings",
        ct, tenant.Current.Value, person, JsonSerializer.Serialize(preferences, Columns.Json));

    /// <summary>The operator's rules.</summary>
    public async Task<NotificationRules> Rules(CancellationToken ct) =>
        await data.First("select settings::text from notification_rules where tenant_id = $1", r => JsonSerializer.Deserialize<NotificationRules>(r.GetString(0), Columns.Json), ct, tenant.Current.Value) ?? new();

    public Task Save(NotificationRules rules, CancellationToken ct) => data.Run(
        "insert into notification_rules (tenant_id, settings) values ($1, $2::jsonb) on conflict (tenant_id) do update set settings = excluded.settings",
        ct, tenant.Current.Value, JsonSerializer.Serialize(rules, Columns.Json));

    /// <summary>Removes what is kept of a person: preferences, feed, browsers; for an erasure.</summary>
    public async Task Forget(Guid person, CancellationToken ct)
    {
        await data.Run("delete from notification_preference where tenant_id = $1 and person_id = $2", ct, tenant.Current.Value, person);
        await data.Run("delete from notification where tenant_id = $1 and person_id = $2", ct, tenant.Current.Value, person);
        await data.Run("delete from push_subscription where tenant_id = $1 and account_id = $2", ct, tenant.Current.Value, person);
        await data.Run("delete from notice where tenant_id = $1 and driver_id in (select id from driver where tenant_id = $1 and (id = $2 or account_id = $2))", ct, tenant.Current.Value, person);
    }
}
