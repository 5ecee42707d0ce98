using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions.App;

/// <summary>A driver's own sessions and starts, and nobody else's.</summary>
internal sealed class OwnSessions(LadewerkDb db)
{
    private const int PageSize = 20;

    /// <summary>One of the driver's sessions, with its station; null where it is not theirs.</summary>
    public Task<ChargingSession?> Find(Driver driver, Guid id, CancellationToken ct) => Of(driver).Include(s => s.Station).SingleOrDefaultAsync(s => s.Id == new SessionId(id), ct);

    /// <summary>One of the driver's starts; null where it is not theirs.</summary>
    public Task<PhoneStart?> Start(Driver driver, Guid id, CancellationToken ct) =>
        db.Set<PhoneStart>().AsNoTracking().SingleOrDefaultAsync(p => p.Id == new PhoneStartId(id) && p.DriverId == driver.Id, ct);

    /// <summary>What runs now.</summary>
    public async Task<IReadOnlyList<ChargingSession>> Running(Driver driver, CancellationToken ct) =>
        await Of(driver).Where(s => s.State == SessionState.Active).Include(s => s.Station).OrderByDescending(s => s.StartedAt).Take(5).ToListAsync(ct);

    /// <summary>The newest first, beginning before a moment; one more than shown tells that there are older ones.</summary>
    public async Task<IReadOnlyList<ChargingSession>> Before(Driver driver, DateTimeOffset? before, CancellationToken ct) =>
        await Of(driver).Where(s => before == null || s.StartedAt < before).Include(s => s.Station).OrderByDescending(s => s.StartedAt).Take(PageSize + 1).ToListAsync(ct);

    /// <summary>Sessions that began in a span.</summary>
    public async Task<IReadOnlyList<ChargingSession>> Between(Driver driver, DateTimeOffset from, DateTimeOffset to, CancellationToken ct) =>
        await Of(driver).Where(s => s.StartedAt >= from && s.StartedAt < to).Include(s => s.Station).OrderBy(s => s.StartedAt).Take(500).ToListAsync(ct);

    /// <summary>Names of the places of sessions.</summary>
    public async Task<IReadOnlyDictionary<SessionId, string>> Places(IEnumerable<ChargingSession> sessions, CancellationToken ct)
    {
        var all = sessions.ToList();
        var ids = all.Select(s => s.SiteId).OfType<SiteId>().Distinct().ToList();
        var names = await db.Set<Site>().Where(s => ids.Contains(s.Id)).ToDictionaryAsync(s => s.Id, s => s.Name, ct);
        return all.ToDictionary(s => s.Id, s => (s.SiteId is { } site ? names.GetValueOrDefault(site) : null) ?? s.Station?.Name ?? s.Station?.Identity ?? "");
    }

    /// <summary>Changes the wish of a running session; false where it is not theirs or over.</summary>
    public async Task<bool> Wish(Driver driver, Guid id, Wish wish, CancellationToken ct) =>
        await db.Set<ChargingSession>().Where(s => s.Id == new SessionId(id) && s.DriverId == driver.Id && s.State == SessionState.Active).ExecuteUpdateAsync(
            set => set.SetProperty(s => s.DepartureAt, wish.DepartureAt).SetProperty(s => s.EnergyNeedWh, wish.EnergyNeed).SetProperty(s => s.TargetSoc, wish.TargetSoc), ct) == 1;

    private IQueryable<ChargingSession> Of(Driver driver) => db.Set<ChargingSession>().AsNoTracking().Where(s => s.DriverId == driver.Id);

    internal static int Shown => PageSize;
}

/// <summary>The token with which a driver charges by app: made with the first start.</summary>
internal sealed class AppTokens(LadewerkDb db, SaveIdToken save)
{
    public const string Type = "app";

    /// <summary>What the driver's prices and rights hang on: the app's token, else any badge that may charge; null: none yet.</summary>
    public async Task<IdToken?> Known(Driver driver, CancellationToken ct)
    {
        var tokens = await db.Set<IdToken>().AsNoTracking().Where(t => t.DriverId == driver.Id && t.Status == IdTokenStatus.Accepted).OrderBy(t => t.CreatedAt).ToListAsync(ct);
        return tokens.Find(t => t.Type == Type) ?? tokens.FirstOrDefault();
    }

    /// <summary>The app's token; made where there is none, with the group and contract of the driver's badge. Null where it is blocked.</summary>
    public async Task<IdToken?> Ensure(Driver driver, CancellationToken ct)
    {
        if (await db.Set<IdToken>().AsNoTracking().FirstOrDefaultAsync(t => t.DriverId == driver.Id && t.Type == Type, ct) is { } there)
        {
            return there.Status == IdTokenStatus.Accepted ? there : null;
        }

        var badge = await Known(driver, ct);

        // 20 characters are what OCPP 1.6 takes (CiString20Type); 17 random ones cannot be guessed.
        var uid = "APP" + System.Security.Cryptography.RandomNumberGenerator.GetString("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 17);
        var (made, _) = await save.Create(new NewIdToken(uid, Type, DriverId: driver.Id, ContractId: badge?.ContractId, GroupId: badge?.GroupId), ct);
        return made;
    }
}
