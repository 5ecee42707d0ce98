using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions;

/// <summary>Which sessions; all optional, all must hold.</summary>
/// <param name="StationId">Identity, any case.</param>
/// <param name="From">Started at or after.</param>
/// <param name="To">Started before.</param>
public sealed record SessionFilter(string? StationId, SessionState? State, DateTimeOffset? From, DateTimeOffset? To, bool? NeedsReview, string? IdToken, Guid? SiteId);

/// <summary>Sessions of the tenant, the newest first, page by page.</summary>
public sealed class FindSessions(LadewerkDb db)
{
    /// <summary>One more row than asked for, so that the caller knows whether there is a next page.</summary>
    public Task<List<ChargingSession>> Run(SessionFilter filter, int limit, string? cursor, CancellationToken ct) =>
        After(Matching(filter), Paging.Decode(cursor)).OrderByDescending(s => s.StartedAt).ThenByDescending(s => s.Id)
            .Include(s => s.Station).Take(limit + 1).ToListAsync(ct);

    /// <summary>The cursor that stands for a row.</summary>
    public static string Key(DateTimeOffset startedAt, SessionId id) => string.Create(CultureInfo.InvariantCulture, $"{startedAt.UtcTicks}|{id.Value}");

    /// <summary>All that match, unordered.</summary>
    public IQueryable<ChargingSession> Matching(SessionFilter filter)
    {
        var sessions = db.Set<ChargingSession>().AsNoTracking();
        if (filter.StationId is { } identity)
        {
            var key = StationIdentity.Key(identity);
            sessions = sessions.Where(s => s.Station!.IdentityKey == key);
        }

        if (filter.IdToken is { } token)
        {
            var key = Drivers.IdTokenUid.Key(token);
            sessions = sessions.Where(s => s.IdTokenKey == key);
        }

        if (filter.SiteId is { } site)
        {
            sessions = sessions.Where(s => s.SiteId == new SiteId(site));
        }

        return sessions.Where(s =>
            (filter.State == null || s.State == filter.State)
            && (filter.From == null || s.StartedAt >= filter.From)
            && (filter.To == null || s.StartedAt < filter.To)
            && (filter.NeedsReview == null || s.NeedsReview == filter.NeedsReview));
    }

    private static IQueryable<ChargingSession> After(IQueryable<ChargingSession> sessions, string? key)
    {
        if (key?.Split('|') is not [var ticks, var id] || !long.TryParse(ticks, CultureInfo.InvariantCulture, out var at) || !Guid.TryParse(id, out var last))
        {
            return sessions;
        }

        var startedAt = new DateTimeOffset(at, TimeSpan.Zero);
        return sessions.Where(s => s.StartedAt < startedAt || (s.StartedAt == startedAt && ((Guid)(object)s.Id).CompareTo(last) < 0));
    }
}
