using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Payments.Terminals;

/// <summary>A card reader as the API shows it.</summary>
/// <param name="AsksItself">It asks for a card when a car is plugged in.</param>
/// <param name="Waiting">Payments that wait for their turn.</param>
/// <param name="Now">What it asks a card for just now; null: nothing.</param>
public sealed record TerminalView(
    TerminalId Id, Guid SiteId, string Site, string Label, string Provider, string ReaderId, string? Model, string? SerialNumber, bool Online, DateTimeOffset? SeenAt, bool AsksItself, string? LastError,
    IReadOnlyList<TerminalEvse> Evses, TerminalNow? Now, int Waiting, DateTimeOffset CreatedAt);

/// <summary>A charge point of a reader.</summary>
/// <param name="Evse">EVSE-ID, or the station's own number.</param>
/// <param name="State">plugged, free, taken or away.</param>
public sealed record TerminalEvse(string Evse, string ShortCode, string StationId, int Number, string State);

/// <summary>What a reader asks a card for.</summary>
public sealed record TerminalNow(PaymentId PaymentId, string Evse, Money Hold, DateTimeOffset? Since, int Declines);

/// <summary>The reader of a charge point, as whoever stands there sees it.</summary>
/// <param name="IsAsking">It asks for a card for this charge point, or will when it is its turn.</param>
internal sealed record ReaderAt(string Label, bool Online, bool IsAsking);

/// <summary>The reader at which a payment is made, as its payer sees it.</summary>
public sealed record ReaderLook(string Label, OfferState State, int Declines, OfferEnding? Ending);

/// <summary>What became of asking for a card.</summary>
/// <param name="Ending">Why no card came; null: one did, or is waited for.</param>
public sealed record OfferView(PaymentId PaymentId, string Evse, OfferOrigin Origin, OfferState State, OfferEnding? Ending, int Declines, Money? Captured, PaymentState Payment, DateTimeOffset CreatedAt);

/// <summary>Reads card readers.</summary>
internal sealed class FindTerminals(LadewerkDb db, NpgsqlDataSource data, TenantContext tenant, TimeProvider time)
{
    private static readonly string PointsSql = $"""
        select p.terminal_id, coalesce(e.evse_id, s.identity || '/' || p.evse_number), coalesce(e.short_code, ''), s.identity, p.evse_number, {PointStates.Sql}
        from terminal_point p join charging_station s on s.id = p.station_id left join evse e on e.station_id = p.station_id and e.number = p.evse_number
        where p.tenant_id = $2 and p.terminal_id = any ($3) order by s.identity, p.evse_number
        """;

    /// <summary>The newest first.</summary>
    public async Task<Page<TerminalView>> List(int? limit, string? cursor, CancellationToken ct)
    {
        var count = Paging.Limit(limit);
        var after = Paging.Decode(cursor) is { } key && Guid.TryParse(key, out var last) ? last : (Guid?)null;
        return Paging.Of(await Read("($2::uuid is null or t.id < $2)", after, count + 1, ct), count, t => t.Id.Value.ToString());
    }

    public async Task<TerminalView?> One(TerminalId id, CancellationToken ct) => (await Read("t.id = $2", id.Value, 1, ct)) is [var found] ? found : null;

    /// <summary>The last that a reader asked for, the newest first.</summary>
    public async Task<IReadOnlyList<OfferView>> Offers(TerminalId id, int count, CancellationToken ct)
    {
        var rows = await db.Set<TerminalOffer>().AsNoTracking().Where(o => o.TerminalId == id).OrderByDescending(o => o.CreatedAt).Take(count)
            .Join(db.Set<Payment>(), o => o.PaymentId, p => p.Id, (o, p) => new { Offer = o, Payment = p }).ToListAsync(ct);
        return [.. rows.OrderByDescending(r => r.Offer.CreatedAt).Select(r => new OfferView(
            r.Payment.Id, r.Payment.Evse, r.Offer.Origin, r.Offer.State, r.Offer.Ending, r.Offer.Declines, r.Payment.State == PaymentState.Captured ? r.Payment.Of(r.Payment.Captured) : null, r.Payment.State, r.Offer.CreatedAt))];
    }

    /// <summary>The reader of a charge point by its short code; null: it has none.</summary>
    public Task<ReaderAt?> At(string shortCode, CancellationToken ct) => data.First(
        """
        select t.label, t.online, exists (select from terminal_offer o where o.station_id = p.station_id and o.evse_number = p.evse_number and o.state <> 'over')
        from evse e join terminal_point p on p.station_id = e.station_id and p.evse_number = e.number join payment_terminal t on t.id = p.terminal_id
        where e.tenant_id = $1 and e.short_code = $2 and t.removed_at is null
        """,
        r => new ReaderAt(r.GetString(0), r.GetBoolean(1), r.GetBoolean(2)), ct, tenant.Current.Value, shortCode);

    /// <summary>Whether somebody may look for the receipt of a payment at a reader here: there is one, or was of late.</summary>
    public async Task<bool> HasReceipts(string shortCode, CancellationToken ct) => await data.First(
        """
        select true from evse e where e.tenant_id = $1 and e.short_code = $2
          and (exists (select from terminal_point p where p.station_id = e.station_id and p.evse_number = e.number)
            or exists (select from payment x where x.station_id = e.station_id and x.evse_number = e.number and x.card_last4 is not null and x.finished_at > $3))
        """,
        r => r.GetBoolean(0), ct, tenant.Current.Value, shortCode, time.GetUtcNow().AddDays(-30));

    /// <summary>The reader of a payment.</summary>
    public Task<ReaderLook?> Of(PaymentId payment, CancellationToken ct) => data.First(
        "select t.label, o.state, o.declines, o.ending from terminal_offer o join payment_terminal t on t.id = o.terminal_id where o.tenant_id = $1 and o.payment_id = $2",
        r => new ReaderLook(r.GetString(0), Enum.Parse<OfferState>(r.GetString(1), true), r.GetInt32(2), r.Get<string>(3) is { } ending ? Enum.Parse<OfferEnding>(ending, true) : null), ct, tenant.Current.Value, payment.Value);

    private async Task<List<TerminalView>> Read(string which, Guid? of, int count, CancellationToken ct)
    {
        var rows = await data.Rows(
            $"""
            select t.id, t.site_id, s.name, t.label, t.provider, t.reader_id, t.model, t.serial_number, t.online, t.seen_at, t.asks_itself, t.last_error, t.created_at,
              p.id, p.evse, p.hold, p.currency, o.offered_at, o.declines, (select count(*)::int from terminal_offer q where q.terminal_id = t.id and q.state = 'queued')
            from payment_terminal t join site s on s.id = t.site_id
            left join terminal_offer o on o.terminal_id = t.id and o.state = 'offered' left join payment p on p.id = o.payment_id
            where t.tenant_id = $1 and t.removed_at is null and {which} order by t.id desc limit $3
            """,
            r => new TerminalView(
                new TerminalId(r.GetGuid(0)), r.GetGuid(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetString(5), r.Get<string>(6), r.Get<string>(7), r.GetBoolean(8), r.MaybeTime(9), r.GetBoolean(10), r.Get<string>(11), [],
                r.IsDBNull(13) ? null : new TerminalNow(new PaymentId(r.GetGuid(13)), r.GetString(14), new Money(r.GetDecimal(15), r.GetString(16)), r.MaybeTime(17), r.GetInt32(18)), r.GetInt32(19), r.GetFieldValue<DateTimeOffset>(12)),
            ct, tenant.Current.Value, of, count);
        var points = await data.Rows(
            PointsSql, r => (Terminal: r.GetGuid(0), Point: new TerminalEvse(r.GetString(1), r.GetString(2), r.GetString(3), r.GetInt32(4), r.GetString(5))), ct,
            time.GetUtcNow(), tenant.Current.Value, rows.Select(t => t.Id.Value).ToArray());
        return [.. rows.Select(t => t with { Evses = [.. points.Where(p => p.Terminal == t.Id.Value).Select(p => p.Point)] })];
    }
}
