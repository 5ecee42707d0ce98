using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.Portal;

/// <summary>Pages of badges and drivers with the names that belong to them.</summary>
internal sealed class DriverLists(LadewerkDb db)
{
    public const int Size = 50;

    public async Task<(IReadOnlyList<(IdToken Token, string? Driver)> Rows, long Total)> Tokens(string? text, string? status, int page, CancellationToken ct)
    {
        var found = from token in db.Set<IdToken>().AsNoTracking()
                    join driver in db.Set<Driver>() on token.DriverId equals driver.Id into drivers
                    from driver in drivers.DefaultIfEmpty()
                    select new { Token = token, Driver = driver };
        if (!string.IsNullOrWhiteSpace(text))
        {
            var (pattern, uid) = (Paging.Containing(text.Trim()), Paging.Containing(IdTokenUid.Key(text)));
            found = found.Where(r => EF.Functions.ILike(r.Token.UidKey, uid) || EF.Functions.ILike(r.Token.VisualNumber!, pattern) || EF.Functions.ILike(r.Driver.Name, pattern));
        }

        if (Named<IdTokenStatus>.TryParse(status, null, out var wanted))
        {
            found = found.Where(r => r.Token.Status == wanted.Value);
        }

        var total = await found.LongCountAsync(ct);
        var rows = await found.OrderBy(r => r.Token.UidKey).Skip((page - 1) * Size).Take(Size).ToListAsync(ct);
        return ([.. rows.Select(r => (r.Token, (string?)r.Driver?.Name))], total);
    }

    public async Task<(IReadOnlyList<(Driver Driver, string? Payer, int Badges)> Rows, long Total)> Drivers(string? text, int page, CancellationToken ct)
    {
        var found = db.Set<Driver>().AsNoTracking();
        if (!string.IsNullOrWhiteSpace(text))
        {
            var pattern = Paging.Containing(text.Trim());
            found = found.Where(d => EF.Functions.ILike(d.Name, pattern) || EF.Functions.ILike(d.Email!, pattern));
        }

        var total = await found.LongCountAsync(ct);
        var rows = await found.OrderBy(d => d.Name).ThenBy(d => d.Id).Skip((page - 1) * Size).Take(Size)
            .Select(d => new
            {
                Driver = d,
                Payer = db.Set<BillingAccount>().Where(a => a.Id == d.BillingAccountId).Select(a => a.Name).FirstOrDefault(),
                Badges = db.Set<IdToken>().Count(t => t.DriverId == d.Id),
            }).ToListAsync(ct);
        return ([.. rows.Select(r => (r.Driver, r.Payer, r.Badges))], total);
    }

    public async Task<IReadOnlyList<(string Value, string Text)>> DriverNames(CancellationToken ct) =>
        [.. (await db.Set<Driver>().AsNoTracking().OrderBy(d => d.Name).Take(2000).Select(d => new { d.Id, d.Name }).ToListAsync(ct)).Select(d => (d.Id.Value.ToString(), d.Name))];

    public async Task<IReadOnlyList<(string Value, string Text)>> Payers(CancellationToken ct) =>
        [.. (await db.Set<BillingAccount>().AsNoTracking().OrderBy(a => a.Name).Take(2000).Select(a => new { a.Id, a.Name }).ToListAsync(ct)).Select(a => (a.Id.Value.ToString(), a.Name))];
}
