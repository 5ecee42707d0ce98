using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers;

/// <summary>A driver chosen by a text: what a field suggests, or a number, e-mail address or name as somebody types it.</summary>
internal sealed class DriverChoice(LadewerkDb db)
{
    private const int MostSuggested = 10;

    /// <summary>The text that means this driver and no other.</summary>
    public static string Text(Driver driver) => $"{driver.Name} ({driver.Number ?? driver.Email ?? driver.Id.Value.ToString("D")})";

    public async Task<string?> Text(DriverId? id, CancellationToken ct) =>
        id is { } wanted && await db.Set<Driver>().AsNoTracking().SingleOrDefaultAsync(d => d.Id == wanted, ct) is { } driver ? Text(driver) : null;

    /// <summary>The only driver whom the text means; null where none or several do.</summary>
    public async Task<Driver?> Find(string? text, CancellationToken ct)
    {
        var whole = text?.Trim() ?? "";
        var key = whole is [.., ')'] && whole.LastIndexOf('(') is >= 0 and var open ? whole[(open + 1)..^1].Trim() : null;
        return (key is null ? null : await ByKey(key, ct)) ?? await ByKey(whole, ct) ?? await Only(db.Set<Driver>().Where(d => EF.Functions.ILike(d.Name, Exactly(whole))), ct);
    }

    /// <summary>Drivers of whose name, number or e-mail address the text is a part.</summary>
    public async Task<IReadOnlyList<Driver>> Suggest(string? text, CancellationToken ct)
    {
        if (text?.Trim() is not { Length: >= 2 and <= 200 } part)
        {
            return [];
        }

        var pattern = Paging.Containing(part);
        return await db.Set<Driver>().AsNoTracking().Where(d => d.Status != "closed" && (EF.Functions.ILike(d.Name, pattern) || EF.Functions.ILike(d.Email!, pattern) || EF.Functions.ILike(d.Number!, pattern)))
            .OrderBy(d => d.Name).ThenBy(d => d.Id).Take(MostSuggested).ToListAsync(ct);
    }

    private async Task<Driver?> ByKey(string key, CancellationToken ct)
    {
        if (key.Length is 0 or > 254)
        {
            return null;
        }

        var exact = Exactly(key);
        return Guid.TryParse(key, out var id) ? await Only(db.Set<Driver>().Where(d => d.Id == new DriverId(id)), ct)
            : await Only(db.Set<Driver>().Where(d => d.Number == key), ct) ?? await Only(db.Set<Driver>().Where(d => EF.Functions.ILike(d.Email!, exact)), ct);
    }

    private static async Task<Driver?> Only(IQueryable<Driver> drivers, CancellationToken ct) => await drivers.AsNoTracking().Take(2).ToListAsync(ct) is [var only] ? only : null;

    private static string Exactly(string text) => Paging.Containing(text)[1..^1];
}
