using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Notifications.Push;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Notifications;

/// <summary>Turns happenings into messages to people: each driver at once, the operator's people in groups.</summary>
internal sealed class Tell(Audience audience, PreferenceStore preferences, PushKeys push, TenantContext tenant)
{
    /// <summary>So many happenings are named in one message.</summary>
    private const int Named = 10;

    /// <summary>So many are told in one go; the rest a moment later.</summary>
    private const int Most = 5000;

    /// <summary>Tells what is due, in the transaction of <paramref name="connection"/>. Gives the people who got something for their feed.</summary>
    public async Task<IReadOnlySet<Guid>> Run(NpgsqlConnection connection, NotificationRules rules, TimeZoneInfo zone, DateTimeOffset now, CancellationToken ct)
    {
        var messages = new List<Message>();
        var waiting = await connection.Rows(
            "select event, min(created_at), max(created_at) from notice where tenant_id = $1 and told_at is null group by event",
            r => (Event: r.GetString(0), First: r.GetFieldValue<DateTimeOffset>(1), Last: r.GetFieldValue<DateTimeOffset>(2)), ct, tenant.Current.Value);
        foreach (var kind in waiting)
        {
            if (Catalogue.Find(kind.Event) is not { } e)
            {
                await connection.Run("update notice set told_at = $3 where tenant_id = $1 and event = $2 and told_at is null", ct, tenant.Current.Value, kind.Event, now);
            }
            else if (e.ForDriver)
            {
                messages.AddRange(await ToDrivers(e, await Take(connection, e, now, ct), ct));
            }
            else if (Grouping.IsDue(new(kind.First, kind.Last, await ToldAt(connection, e, ct)), rules.Gather(e), rules.Pause(e), now))
            {
                messages.AddRange(await ToHolders(e, await Take(connection, e, now, ct), ct));
            }
        }

        return await Keep(connection, messages, rules, zone, now, ct);
    }

    private async Task<IEnumerable<Message>> ToDrivers(NoticeEvent e, List<Taken> notices, CancellationToken ct)
    {
        var people = new Dictionary<Guid, Person?>();
        foreach (var driver in notices.Where(n => n.Driver is not null).Select(n => n.Driver!.Value).Distinct())
        {
            people[driver] = await audience.Driver(driver, ct);
        }

        return notices.SelectMany(notice => notice.Driver is { } driver && people[driver] is { } person
            ? new[] { new Message(e, person, 1, [notice.Facts], InApp(e, notice)) }
            : []);
    }

    private async Task<IEnumerable<Message>> ToHolders(NoticeEvent e, List<Taken> notices, CancellationToken ct) =>
        from person in await audience.Holders(e.Permission!, ct)
        let visible = notices.Where(n => person.Sites is null || (n.Site is { } site && person.Sites.Contains(site))).ToList()
        where visible.Count > 0
        select new Message(e, person, visible.Count, [.. visible.Take(Named).Select(n => n.Facts)], visible.Count == 1 ? visible[0].Href : Overview(e));

    /// <summary>Where a driver finds what it tells of.</summary>
    private static string InApp(NoticeEvent e, Taken notice) =>
        notice.Href?.StartsWith("/app/", StringComparison.Ordinal) == true ? notice.Href : notice.Session is { } id ? $"/app/sessions/{id:D}" : e == Catalogue.BadgeBlocked ? "/app/badges" : "/app/sessions";

    private static string Overview(NoticeEvent e) => e.Name switch
    {
        "firmwareDone" or "firmwareFailed" => "/portal/firmware",
        "unknownBadge" => "/portal/id-tokens",
        "sessionToReview" => "/portal/sessions",
        "registrationToApprove" => "/portal/registrations",
        "certificateExpiring" => "/portal/certificates",
        "invoiceOverdue" => "/portal/dunning",
        "invoiceIssued" or "invoiceCancelled" or "invoicePaid" => "/portal/invoices",
        "paymentDisputed" => "/portal/disputes",
        "payoutFailed" => "/portal/payouts",
        "booksDiffer" => "/portal/payments",
        _ => "/portal/findings",
    };

    private async Task<List<Taken>> Take(NpgsqlConnection connection, NoticeEvent e, DateTimeOffset now, CancellationToken ct)
    {
        var taken = await connection.Rows(
            """
            update notice set told_at = $3 where id in (select id from notice where tenant_id = $1 and event = $2 and told_at is null order by id limit $4)
            returning id, driver_id, site_id, session_id, href, facts::text
            """,
            r => new Taken(r.GetGuid(0), r.Maybe<Guid>(1), r.Maybe<Guid>(2), r.Maybe<Guid>(3), r.Get<string>(4), JsonSerializer.Deserialize<NoticeFacts>(r.GetString(5), Columns.Json)!),
            ct, tenant.Current.Value, e.Name, now, Most);
        return [.. taken.OrderBy(t => t.Id)];
    }

    private async Task<DateTimeOffset?> ToldAt(NpgsqlConnection connection, NoticeEvent e, CancellationToken ct) =>
        (await connection.Rows("select max(told_at) from notice where tenant_id = $1 and event = $2 and told_at is not null", r => r.MaybeTime(0), ct, tenant.Current.Value, e.Name)).FirstOrDefault();

    private async Task<IReadOnlySet<Guid>> Keep(NpgsqlConnection connection, List<Message> messages, NotificationRules rules, TimeZoneInfo zone, DateTimeOffset now, CancellationToken ct)
    {
        var told = new HashSet<Guid>();
        if (messages.Count == 0)
        {
            return told;
        }

        var wishes = await preferences.Of([.. messages.Select(m => m.Person.Id).Distinct()], ct);
        foreach (var message in messages)
        {
            var wish = wishes.GetValueOrDefault(message.Person.Id) ?? new Preferences();
            var channels = wish.For(message.Event, rules);
            var byMail = channels.HasFlag(Channels.Mail) && message.Person.Email is not null;
            var inFeed = channels.HasFlag(Channels.Feed) && message.Person.HasAccount;
            if (inFeed || byMail)
            {
                await connection.Run(
                    "insert into notification (id, tenant_id, person_id, event, count, items, href, in_feed, created_at, mail_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                    ct, Guid.CreateVersion7(), tenant.Current.Value, message.Person.Id, message.Event.Name, message.Count,
                    new NpgsqlParameter { Value = JsonSerializer.Serialize(message.Items, Columns.Json), NpgsqlDbType = NpgsqlDbType.Jsonb },
                    new NpgsqlParameter { Value = (object?)message.Href ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text }, inFeed, now,
                    new NpgsqlParameter { Value = byMail ? wish.Earliest(message.Event, Channels.Mail, now, zone) : DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
                told.Add(message.Person.Id);
            }

            if (channels.HasFlag(Channels.Push) && message.Person.HasAccount)
            {
                await Push(connection, message, wish.Earliest(message.Event, Channels.Push, now, zone), zone, now, ct);
            }
        }

        return told;
    }

    /// <summary>One message for each browser of the person; what it says waits encrypted.</summary>
    private async Task Push(NpgsqlConnection connection, Message message, DateTimeOffset at, TimeZoneInfo zone, DateTimeOffset now, CancellationToken ct)
    {
        var browsers = await connection.Rows(
            "select s.id, t.slug from push_subscription s join tenant t on t.id = s.tenant_id where s.tenant_id = $1 and s.account_id = $2", r => (Id: r.GetGuid(0), Operator: r.GetString(1)), ct, tenant.Current.Value, message.Person.Id);
        if (browsers.Count == 0)
        {
            return;
        }

        var words = Words.Say(message.Event, message.Count, message.Items, message.Person.Language, zone);
        var text = words.Text.Length > 500 ? words.Text[..500] + "…" : words.Text;
        var pictures = $"/brand/{Uri.EscapeDataString(browsers[0].Operator)}/";
        var href = message.Href ?? (message.Event.ForDriver ? "/app/notifications" : "/portal/notifications");
        var said = new { title = words.Title, body = text, href, tag = $"{message.Event.Name}:{href}", icon = pictures + "icon-192.png", badge = pictures + "badge.png", lang = message.Person.Language };
        var body = push.Close(JsonSerializer.Serialize(said, Columns.Json));
        foreach (var (browser, _) in browsers)
        {
            await connection.Run(
                "insert into push_message (id, tenant_id, subscription_id, body, is_urgent, available_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)",
                ct, Guid.CreateVersion7(), tenant.Current.Value, browser, body, message.Event.Urgent, at, at + TimeSpan.FromHours(12));
        }
    }

    private sealed record Taken(Guid Id, Guid? Driver, Guid? Site, Guid? Session, string? Href, NoticeFacts Facts);

    private sealed record Message(NoticeEvent Event, Person Person, int Count, IReadOnlyList<NoticeFacts> Items, string? Href);
}
