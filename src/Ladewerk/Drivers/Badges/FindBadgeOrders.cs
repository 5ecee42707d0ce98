using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.Badges;

/// <summary>An order as the API shows it.</summary>
/// <param name="IdToken">The uid of the badge that was sent.</param>
public sealed record BadgeOrderView(
    BadgeOrderId Id, DriverId DriverId, string Driver, BadgeOrderState State, string Recipient, string? Company, string Street, string PostalCode, string City, string Country, DateTimeOffset OrderedAt,
    DateTimeOffset? SentAt, string? SentBy, DateTimeOffset? ActivatedAt, DateTimeOffset? CancelledAt, string? IdToken, string? VisualNumber);

/// <summary>Reads orders.</summary>
internal sealed class FindBadgeOrders(LadewerkDb db)
{
    public const int Size = 50;

    /// <summary>The newest first, from the one after <paramref name="after"/> on.</summary>
    public Task<List<BadgeOrderView>> Run(BadgeOrderState? state, DriverId? driver, BadgeOrderId? after, int count, CancellationToken ct)
    {
        var orders = Of(state, driver);
        orders = after is { } last ? orders.Where(o => EF.Functions.LessThan(ValueTuple.Create(o.Id), ValueTuple.Create(last))) : orders;
        return Views(orders.OrderByDescending(o => o.Id).Take(count)).ToListAsync(ct);
    }

    /// <summary>A page of the list, those that wait longest first.</summary>
    public async Task<(IReadOnlyList<BadgeOrderView> Rows, long Total)> Page(BadgeOrderState? state, int page, CancellationToken ct)
    {
        var orders = Of(state, null);
        var total = await orders.LongCountAsync(ct);
        var sorted = state == BadgeOrderState.Ordered ? orders.OrderBy(o => o.Id) : orders.OrderByDescending(o => o.Id);
        return (await Views(sorted.Skip((page - 1) * Size).Take(Size)).ToListAsync(ct), total);
    }

    public Task<BadgeOrderView?> One(BadgeOrderId id, CancellationToken ct) => Views(db.Set<BadgeOrder>().Where(o => o.Id == id)).SingleOrDefaultAsync(ct);

    /// <summary>Addresses as a table for the letter shop.</summary>
    /// <param name="delimiter">As the reader's spreadsheet wants it.</param>
    public async Task<string> Addresses(BadgeOrderState state, char delimiter, CancellationToken ct)
    {
        var rows = await Views(Of(state, null).OrderBy(o => o.Id)).ToListAsync(ct);
        return "\uFEFF" + Csv.Write(["order", "recipient", "company", "street", "postalCode", "city", "country", "orderedAt", "badge"], delimiter)
            + string.Concat(rows.Select(r => Csv.Write(
                [r.Id.Value.ToString(), r.Recipient, r.Company, r.Street, r.PostalCode, r.City, r.Country, r.OrderedAt.ToString("O", System.Globalization.CultureInfo.InvariantCulture), r.VisualNumber], delimiter)));
    }

    private IQueryable<BadgeOrder> Of(BadgeOrderState? state, DriverId? driver)
    {
        IQueryable<BadgeOrder> orders = db.Set<BadgeOrder>();
        orders = state is { } wanted ? orders.Where(o => o.State == wanted) : orders;
        return driver is { } whose ? orders.Where(o => o.DriverId == whose) : orders;
    }

    private IQueryable<BadgeOrderView> Views(IQueryable<BadgeOrder> orders) =>
        from o in orders.AsNoTracking()
        join d in db.Set<Driver>() on o.DriverId equals d.Id
        join t in db.Set<IdToken>() on o.IdTokenId equals t.Id into tokens
        from t in tokens.DefaultIfEmpty()
        select new BadgeOrderView(
            o.Id, o.DriverId, d.Name, o.State, o.Recipient, o.Company, o.Street, o.PostalCode, o.City, o.Country, o.OrderedAt, o.SentAt, o.SentBy, o.ActivatedAt, o.CancelledAt, t == null ? null : t.Uid,
            t == null ? null : t.VisualNumber);
}
