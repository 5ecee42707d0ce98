using System.Text.Json;
using Ladewerk.Kernel;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Notifications;

/// <summary>What is to be told of a happening, in no language. Also the <c>data</c> of a webhook.</summary>
public sealed record NoticeFacts
{
    /// <summary>The station's identity, and what people call it.</summary>
    public string? Station { get; init; }
    public string? StationName { get; init; }
    public string? Site { get; init; }
    public int? Connector { get; init; }
    public long? EnergyWh { get; init; }
    public decimal? Soc { get; init; }

    /// <summary>Gross, where it is known.</summary>
    public decimal? Cost { get; init; }
    public string? Currency { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>IANA zone in which times are told.</summary>
    public string? TimeZone { get; init; }

    /// <summary>A word or name that belongs to it: the invoice's number, the firmware's status, the badge's last characters.</summary>
    public string? Detail { get; init; }

    /// <summary>The invoice that it is about.</summary>
    public ToldInvoice? Invoice { get; init; }
}

/// <summary>An invoice as other systems are told of it: what they need to keep it, and no name. Amounts are in its currency.</summary>
/// <param name="Kind">invoice, correction, cancellation, receipt or selfBilling.</param>
/// <param name="State">issued or cancelled.</param>
public sealed record ToldInvoice(
    Guid Id, string Number, string Kind, string State, Guid? BillingAccountId, string? CustomerNumber, DateOnly IssuedOn, DateOnly PeriodFrom, DateOnly PeriodTo, DateOnly? DueOn, string Currency,
    decimal ExclVat, decimal Vat, decimal InclVat, decimal Paid, DateOnly? SettledOn, Guid? CancelsId);

/// <summary>A happening.</summary>
/// <param name="Event">What.</param>
/// <param name="Key">The same happening has the same key, and is told once.</param>
/// <param name="At">When.</param>
public sealed record Notice(NoticeEvent Event, string Key, DateTimeOffset At, NoticeFacts Facts)
{
    public Guid? Driver { get; init; }
    public Guid? Site { get; init; }
    public Guid? Station { get; init; }
    public Guid? Session { get; init; }

    /// <summary>Where to look, within this server.</summary>
    public string? Href { get; init; }
}

/// <summary>Keeps notices.</summary>
internal static class NoticeStore
{
    // What other systems want to hear is written down with it: both stand or neither.
    private const string Insert = """
        with fresh as (
          insert into notice (id, tenant_id, event, key, driver_id, site_id, station_id, session_id, facts, href, occurred_at, created_at)
          select n.id, $1, n.event, n.key, n.driver_id, n.site_id, n.station_id, n.session_id, n.facts, n.href, n.occurred_at, $2
          from unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12) as n (id, event, key, driver_id, site_id, station_id, session_id, facts, href, occurred_at)
          on conflict (tenant_id, key) do nothing
          returning *),
        sent as (
          insert into webhook_delivery (id, tenant_id, webhook_id, event_id, event, body, created_at, available_at)
          select gen_random_uuid(), $1, w.id, f.id, f.event,
            jsonb_build_object('id', f.id, 'type', f.event, 'occurredAt', to_char(f.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'tenant', t.slug, 'stationId', s.identity,
              'siteId', f.site_id, 'sessionId', f.session_id, 'driverId', f.driver_id, 'data', f.facts)::text, $2, $2
          from fresh f join webhook w on w.tenant_id = $1 and w.is_on and (w.events = '{}' or f.event = any(w.events)) join tenant t on t.id = $1
          left join charging_station s on s.id = f.station_id
          order by f.id)
        select count(*) from fresh
        """;

    /// <summary>Adds those that are new, in the transaction of <paramref name="connection"/>. Gives their number.</summary>
    public static async Task<int> Raise(NpgsqlConnection connection, TenantId tenant, IReadOnlyList<Notice> notices, DateTimeOffset now, CancellationToken ct)
    {
        if (notices.Count == 0)
        {
            return 0;
        }

        await using var insert = new NpgsqlCommand(Insert, connection) { Parameters = { new() { Value = tenant.Value }, new() { Value = now } } };
        Add(NpgsqlDbType.Uuid, _ => Guid.CreateVersion7());
        Add(NpgsqlDbType.Text, n => n.Event.Name);
        Add(NpgsqlDbType.Text, n => n.Key);
        Add(NpgsqlDbType.Uuid, n => n.Driver);
        Add(NpgsqlDbType.Uuid, n => n.Site);
        Add(NpgsqlDbType.Uuid, n => n.Station);
        Add(NpgsqlDbType.Uuid, n => n.Session);
        Add(NpgsqlDbType.Jsonb, n => JsonSerializer.Serialize(n.Facts, Columns.Json));
        Add(NpgsqlDbType.Text, n => n.Href);
        Add(NpgsqlDbType.TimestampTz, n => n.At.ToUniversalTime());
        return (int)(long)(await insert.ExecuteScalarAsync(ct))!;

        void Add<T>(NpgsqlDbType type, Func<Notice, T> value) => insert.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Array | type, Value = notices.Select(value).ToArray() });
    }
}

/// <summary>Raises notices from anywhere, at once durable.</summary>
internal sealed class RaiseNotice(NpgsqlDataSource data, TenantContext tenant, TimeProvider time)
{
    /// <summary>Adds those that are new.</summary>
    public async Task Run(CancellationToken ct, params IReadOnlyList<Notice> notices)
    {
        await using var connection = await data.OpenConnectionAsync(ct);
        await NoticeStore.Raise(connection, tenant.Current, notices, time.GetUtcNow(), ct);
    }
}
