using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Mail;
using Ladewerk.Kernel.Text;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Notifications;

/// <summary>Makes mails of the messages whose time has come; several to one person at once are one mail.</summary>
internal sealed class MailOut(LadewerkDb db, MailQueue queue, Audience audience, UnsubscribeLink unsubscribe, SiteAddress address, TenantContext tenant)
{
    /// <summary>Puts what is due into the queue, in the transaction of the model's connection.</summary>
    public async Task<int> Run(NpgsqlConnection connection, TimeZoneInfo zone, DateTimeOffset now, CancellationToken ct)
    {
        var due = await connection.Rows(
            """
            update notification set mail_at = null where id in (select id from notification where tenant_id = $1 and mail_at <= $2 order by mail_at limit 500 for update skip locked)
            returning id, person_id, event, count, items::text, href
            """,
            r => new Due(r.GetGuid(0), r.GetGuid(1), r.GetString(2), r.GetInt32(3), JsonSerializer.Deserialize<List<NoticeFacts>>(r.GetString(4), Columns.Json)!, r.Get<string>(5)),
            ct, tenant.Current.Value, now);
        foreach (var ofPerson in due.GroupBy(d => d.Person))
        {
            if (await audience.Find(ofPerson.Key, ct) is { Email: { } email } person && MailQueue.IsAddress(email))
            {
                queue.Enqueue(Mail(person, email, [.. ofPerson.OrderBy(d => d.Id)], zone));
            }
        }

        await db.SaveChangesAsync(ct);
        return due.Count;
    }

    private NewMail Mail(Person person, string email, IReadOnlyList<Due> due, TimeZoneInfo zone)
    {
        var worded = due.Where(d => Catalogue.Find(d.Event) is not null).Select(d => (Due: d, Words: Words.Say(Catalogue.Find(d.Event)!, d.Count, d.Items, person.Language, zone))).ToList();
        if (worded is [var only])
        {
            var text = new MailContent(only.Words.Title, [only.Words.Text])
            {
                Facts = only.Words.Facts, Action = Look(only.Due.Href, person), SmallPrint = [Texts.In(person.Language, "notifications.why")],
            };
            return new NewMail("notification", email, person.Language, OneLine(only.Words.Title), text) { ToName = person.Name, Unsubscribe = unsubscribe.For(person.Id, only.Due.Event) };
        }

        var title = Texts.In(person.Language, "notifications.summary", worded.Count);
        var feed = worded.TrueForAll(w => Catalogue.Find(w.Due.Event)!.ForDriver) ? "/app/notifications" : "/portal/notifications";
        var content = new MailContent(title, [.. worded.Select(w => w.Words.Title + "\n" + w.Words.Text)]) { Action = Look(feed, person), SmallPrint = [Texts.In(person.Language, "notifications.why")] };
        return new NewMail("notification", email, person.Language, title, content) { ToName = person.Name, Unsubscribe = unsubscribe.For(person.Id, null) };
    }

    private MailAction? Look(string? href, Person person) =>
        href is not null && person.HasAccount ? new(Texts.In(person.Language, "notifications.look"), address.Of(href)) : null;

    private static string OneLine(string title) => title.ReplaceLineEndings(" ");

    private sealed record Due(Guid Id, Guid Person, string Event, int Count, List<NoticeFacts> Items, string? Href);
}
