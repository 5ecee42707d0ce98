using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Sessions.App;

/// <summary>Finds charge points as drivers look for them.</summary>
internal sealed class ChargePoints(LadewerkDb db, NpgsqlDataSource dataSource, TenantContext tenant, StationRegistry registry, TariffResolver tariffs, BadgeContract contracts)
{
    private const int MostListed = 1000;

    // The same EVSE-ID at two operators of one installation can only be a trial: the older operator's is meant.
    private const string FindSql = """
        select e.tenant_id, e.station_id, e.number
        from evse e join charging_station s on s.id = e.station_id join tenant t on t.id = e.tenant_id
        where s.removed_at is null and (e.short_code = $1 or replace(upper(e.evse_id), '*', '') = $2) and ($3::uuid is null or e.tenant_id = $3)
        order by t.created_at, t.id limit 1
        """;

    /// <summary>The point of an EVSE-ID or short code, as people and QR codes write it, whoever operates it; the scope works for that operator from then on.</summary>
    public Task<ChargePoint?> FindPublic(string text, CancellationToken ct) => Find(text, null, ct);

    /// <summary>The tenant's own point of an EVSE-ID, short code, or an address that contains one.</summary>
    public Task<ChargePoint?> FindOwn(string text, CancellationToken ct) => Find(text, tenant.Current, ct);

    private async Task<ChargePoint?> Find(string text, TenantId? of, CancellationToken ct)
    {
        var (code, evseId) = Keys(text);
        if (code.Length is 0 or > 60)
        {
            return null;
        }

        await using var command = dataSource.CreateCommand(FindSql);
        command.Parameters.Add(new() { Value = code });
        command.Parameters.Add(new() { Value = evseId });
        command.Parameters.Add(new() { Value = (object?)of?.Value ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid });
        await using var row = await command.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct))
        {
            return null;
        }

        tenant.Use(new TenantId(row.GetGuid(0)));
        return await Of(new StationId(row.GetGuid(1)), row.GetInt32(2), ct);
    }

    /// <summary>A point of the tenant.</summary>
    public async Task<ChargePoint?> Of(StationId station, int number, CancellationToken ct) =>
        (await Read(db.Set<ChargingStation>().Where(s => s.Id == station), ct)).FirstOrDefault(p => p.Number == number);

    /// <summary>Every point of one station.</summary>
    public Task<IReadOnlyList<ChargePoint>> OfStation(StationId station, CancellationToken ct) => Read(db.Set<ChargingStation>().Where(s => s.Id == station), ct);

    /// <summary>Points of the tenant's sites that drivers may see: those whose place, address or number contains the words, or all; at most as many as a phone can list.</summary>
    public Task<IReadOnlyList<ChargePoint>> Open(string? words, CancellationToken ct)
    {
        var stations = db.Set<ChargingStation>().Where(s => s.RegistrationStatus == RegistrationStatus.Accepted && s.Site != null && s.Site.Access != "private");
        if (!string.IsNullOrWhiteSpace(words))
        {
            var pattern = Paging.Containing(words.Trim());
            var (code, _) = Keys(words);
            stations = stations.Where(s => EF.Functions.ILike(s.Site!.Name, pattern) || EF.Functions.ILike(s.Site!.City!, pattern) || EF.Functions.ILike(s.Site!.Street!, pattern)
                || EF.Functions.ILike(s.Name!, pattern) || EF.Functions.ILike(s.Identity, pattern) || s.Evses.Any(e => e.ShortCode == code || EF.Functions.ILike(e.EvseId!, pattern)));
        }

        return Read(stations.OrderBy(s => s.Site!.Name).ThenBy(s => s.IdentityKey).Take(MostListed), ct);
    }

    /// <summary>Every point of one site.</summary>
    public Task<IReadOnlyList<ChargePoint>> At(SiteId site, CancellationToken ct) => Read(db.Set<ChargingStation>().Where(s => s.SiteId == site), ct);

    /// <summary>The price at a point: for somebody without a contract, or for a driver's own token.</summary>
    public async Task<PriceBoard> Price(ChargePoint point, Drivers.IdToken? token, string language, CancellationToken ct)
    {
        var contract = token is null ? null : await contracts.Of(token, point.SiteId?.Value, point.Access != "private", ct);
        var question = new TariffQuestion(point.Tenant, contract?.Id.Value ?? token?.ContractId, contract?.TariffGroup ?? token?.GroupId, point.EvseId, point.Identity, point.SiteId?.Value)
        {
            EvseNumber = point.Number, Kind = token is null ? TariffKind.AdHoc : TariffKind.Regular,
        };
        return TariffWording.Board((await tariffs.Resolve(question, ct)).Tariff, language);
    }

    /// <summary>What is looked for: the last part of an address, without the separators that people leave out.</summary>
    internal static (string Code, string EvseId) Keys(string text)
    {
        var wanted = text.Trim();
        if (Uri.TryCreate(wanted, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
        {
            wanted = Uri.UnescapeDataString(uri.AbsolutePath.TrimEnd('/').Split('/')[^1]);
        }

        var plain = new string([.. wanted.ToUpperInvariant().Where(c => c is not ('*' or '-' or ' ' or '·'))]);
        return (plain, new string([.. wanted.ToUpperInvariant().Where(c => c is not ('*' or ' '))]));
    }

    private async Task<IReadOnlyList<ChargePoint>> Read(IQueryable<ChargingStation> which, CancellationToken ct)
    {
        var stations = await which.AsNoTracking().Where(s => s.RemovedAt == null).Include(s => s.Evses).Include(s => s.Connectors).Include(s => s.Connection).Include(s => s.Site)
            .AsSplitQuery().OrderBy(s => s.IdentityKey).ToListAsync(ct);
        return [.. stations.SelectMany(s => s.Evses.OrderBy(e => e.Number).Select(e => Point(s, e)))];
    }

    private ChargePoint Point(ChargingStation s, Evse e) => new(
        s.TenantId, s.Id, s.Identity, s.Name ?? s.Identity, e.Number, e.ShortCode, e.EvseId, e.MaxPowerW, e.CurrentType,
        s.SiteId, s.Site?.Name, s.Site?.Street, s.Site?.City, s.Site?.Latitude, s.Site?.Longitude, s.Site?.TimeZone ?? "Europe/Berlin", s.Site?.Access ?? "public", s.Site?.OpeningHours,
        registry.IsOnline(s.Id) || s.Connection is not null,
        [.. s.Connectors.Where(c => c.EvseNumber == e.Number).OrderBy(c => c.WireNumber).Select(c => new PointConnector(c.WireNumber, c.Type, c.Format, c.Status))]);
}
