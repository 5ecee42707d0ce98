using System.Collections.Concurrent;
using System.Reflection;
using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Access;

/// <summary>
/// What of a tenant's live events somebody sees whose role counts for some sites only: events that name a station of these sites
/// (<c>stationId</c>), jobs and campaigns that stay within them, and of findings only that something has changed. Everything else is kept back.
/// </summary>
internal sealed class LiveScope(NpgsqlDataSource data, TenantContext tenant, TimeProvider time)
{
    private static readonly TimeSpan KnownFor = TimeSpan.FromSeconds(10);
    private static readonly ConcurrentDictionary<(Type, string), PropertyInfo?> Members = new();

    private HashSet<string> stations = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, bool> works = [];
    private DateTimeOffset readAt = DateTimeOffset.MinValue;

    /// <summary>The event's data as the reader may see them; null: nothing.</summary>
    public async ValueTask<object?> Shown(LiveEvent e, CancellationToken ct)
    {
        if (SiteScope.Current is null)
        {
            return e.Data;
        }

        if (Member(e.Data, "stationId") is string station)
        {
            return await Has(station, ct) ? e.Data : null;
        }

        return (e.Topic, Member(e.Data, "id")) switch
        {
            ("job", { } id) => await Has("job", id, ct) ? e.Data : null,
            ("campaign", { } id) => await Has("firmware_campaign", id, ct) ? e.Data : null,
            ("finding", _) => new { at = time.GetUtcNow() },
            _ => null,
        };
    }

    /// <summary>Whether a station is of the sites; read again every so often, for stations come and go.</summary>
    private async ValueTask<bool> Has(string station, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (now - readAt > KnownFor)
        {
            stations = new(await data.Rows("select identity from charging_station where tenant_id = $1", r => r.GetString(0), ct, tenant.Current.Value), StringComparer.Ordinal);
            readAt = now;
        }

        return stations.Contains(station);
    }

    private async ValueTask<bool> Has(string table, object id, CancellationToken ct)
    {
        if ((id as Guid? ?? id.GetType().GetProperty("Value")?.GetValue(id) as Guid?) is not { } key)
        {
            return false;
        }

        if (!works.TryGetValue(key, out var seen))
        {
            works[key] = seen = (await data.Rows($"select 1 from {table} where tenant_id = $1 and id = $2", r => r.GetInt32(0), ct, tenant.Current.Value, key)).Count > 0;
        }

        return seen;
    }

    private static object? Member(object data, string name) =>
        Members.GetOrAdd((data.GetType(), name), static key => key.Item1.GetProperty(key.Item2, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase))?.GetValue(data);
}
