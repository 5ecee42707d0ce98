using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Text;
using Npgsql;

namespace Ladewerk.Notifications;

/// <summary>A message in a person's feed, in the language of the request.</summary>
/// <param name="Event">Name in the catalogue.</param>
/// <param name="Href">Where to look, within this server; null: nowhere.</param>
public sealed record FeedItem(Guid Id, string Event, string Title, string Text, string? Href, DateTimeOffset At, bool IsRead);

/// <summary>A person's feed.</summary>
internal sealed class FeedReader(NpgsqlDataSource data, TenantContext tenant, TimeProvider time)
{
    /// <summary>The signed-in account; null for an API key.</summary>
    public static Guid? Person(ClaimsPrincipal user) =>
        user.Identity?.AuthenticationType != "ApiKey" && Guid.TryParse(user.FindFirstValue(ClaimTypes.NameIdentifier), out var id) ? id : null;

    /// <summary>How many a person has not read.</summary>
    /// <param name="only">Names of the events that count; null: all.</param>
    public Task<long> Unread(Guid person, IReadOnlyList<string>? only, CancellationToken ct) => data.First(
        "select count(*) from notification where tenant_id = $1 and person_id = $2 and in_feed and read_at is null and ($3::text[] is null or event = any($3))",
        r => r.GetInt64(0), ct, tenant.Current.Value, person, only?.ToArray());

    /// <summary>The newest first; those before <paramref name="after"/>.</summary>
    /// <param name="only">Names of the events that are wanted; null: all.</param>
    public async Task<IReadOnlyList<FeedItem>> List(Guid person, bool unreadOnly, IReadOnlyList<string>? only, Guid? after, int count, CancellationToken ct)
    {
        var zone = await data.First("select time_zone from tenant where id = $1", r => r.GetString(0), ct, tenant.Current.Value);
        var here = zone is not null && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found) ? found : TimeZoneInfo.Utc;
        return await data.Rows(
            """
            select id, event, count, items::text, href, created_at, read_at is not null from notification
            where tenant_id = $1 and person_id = $2 and in_feed and (not $3 or read_at is null)
              and ($4::uuid is null or (created_at, id) < (select created_at, id from notification where tenant_id = $1 and person_id = $2 and id = $4))
              and ($6::text[] is null or event = any($6))
            order by created_at desc, id desc limit $5
            """,
            row => Item(row, here), ct, tenant.Current.Value, person, unreadOnly, after, count, only?.ToArray());
    }

    /// <summary>Marks as read: one, or all where <paramref name="id"/> is null.</summary>
    /// <param name="only">Names of the events that are meant; null: all.</param>
    public Task<int> Read(Guid person, Guid? id, IReadOnlyList<string>? only, CancellationToken ct) => data.Run(
        "update notification set read_at = $3 where tenant_id = $1 and person_id = $2 and in_feed and read_at is null and ($4::uuid is null or id = $4) and ($5::text[] is null or event = any($5))",
        ct, tenant.Current.Value, person, time.GetUtcNow(), id, only?.ToArray());

    private static FeedItem Item(NpgsqlDataReader row, TimeZoneInfo zone)
    {
        var items = JsonSerializer.Deserialize<List<NoticeFacts>>(row.GetString(3), Columns.Json)!;
        var said = Catalogue.Find(row.GetString(1)) is { } e ? Words.Say(e, row.GetInt32(2), items, Texts.Language, zone) : new Worded(row.GetString(1), row.GetInt32(2).ToString(CultureInfo.CurrentCulture), []);
        return new(row.GetGuid(0), row.GetString(1), said.Title, said.Text, row.Get<string>(4), row.GetFieldValue<DateTimeOffset>(5), row.GetBoolean(6));
    }
}
