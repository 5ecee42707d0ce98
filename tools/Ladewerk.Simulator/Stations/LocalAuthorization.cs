using Ladewerk.Ocpp.V16;

namespace Ladewerk.Simulator.Stations;

/// <summary>What a station knows of id tags by itself: the list that the back end sent, and a cache of its answers.</summary>
internal sealed class LocalAuthorization
{
    private readonly Dictionary<string, IdTagInfo> cache = new(StringComparer.OrdinalIgnoreCase);
    private Dictionary<string, IdTagInfo> list = new(StringComparer.OrdinalIgnoreCase);

    public int ListVersion { get; private set; }

    public UpdateStatus Update(SendLocalListRequest request)
    {
        var entries = request.LocalAuthorizationList ?? [];
        if (request.UpdateType == UpdateType.Full)
        {
            list = new Dictionary<string, IdTagInfo>(StringComparer.OrdinalIgnoreCase);
        }
        else if (request.ListVersion <= ListVersion)
        {
            return UpdateStatus.VersionMismatch;
        }

        foreach (var entry in entries)
        {
            if (entry.IdTagInfo is { } info)
            {
                list[entry.IdTag] = info;
            }
            else
            {
                list.Remove(entry.IdTag);
            }
        }

        ListVersion = request.ListVersion;
        return UpdateStatus.Accepted;
    }

    public void Remember(string idTag, IdTagInfo info) => cache[idTag] = info;

    public void ClearCache() => cache.Clear();

    /// <summary>What is known of a tag; the list goes before the cache (OCPP 1.6 §3.5.1).</summary>
    public IdTagInfo? Find(string idTag, DateTimeOffset at)
    {
        var info = list.GetValueOrDefault(idTag) ?? cache.GetValueOrDefault(idTag);
        return info?.ExpiryDate < at ? info with { Status = AuthorizationStatus.Expired } : info;
    }
}
