using Ladewerk.Ocpp.V16;

namespace Ladewerk.Simulator.Stations;

/// <summary>What a station knows of id tags by itself: the list that the back end sent, and a cache of its answers.</summary>
internal sealed class LocalAuthorization(ConfigurationKeys configuration)
{
    private readonly Dictionary<string, IdTagInfo> cache = new(StringComparer.OrdinalIgnoreCase);
    private Dictionary<string, IdTagInfo> list = new(StringComparer.OrdinalIgnoreCase);

    public int ListVersion { get; private set; }

    /// <summary>How many tags are on the list.</summary>
    public int Count => list.Count;

    public bool IsListOn => configuration.IsOn("LocalAuthListEnabled");

    /// <summary>All of a message is taken or nothing (OCPP 1.6 §5.15).</summary>
    public UpdateStatus Update(SendLocalListRequest request)
    {
        if (!IsListOn)
        {
            return UpdateStatus.NotSupported;
        }

        var entries = request.LocalAuthorizationList ?? [];
        var isFull = request.UpdateType == UpdateType.Full;
        if (!isFull && request.ListVersion <= ListVersion)
        {
            return UpdateStatus.VersionMismatch;
        }

        if (entries.Count > configuration.Number("SendLocalListMaxLength") || request.ListVersion < 1)
        {
            return UpdateStatus.Failed;
        }

        var next = isFull ? new Dictionary<string, IdTagInfo>(StringComparer.OrdinalIgnoreCase) : new Dictionary<string, IdTagInfo>(list, StringComparer.OrdinalIgnoreCase);
        foreach (var entry in entries)
        {
            if (entry.IdTagInfo is { } info)
            {
                next[entry.IdTag] = info;
            }
            else if (isFull)
            {
                return UpdateStatus.Failed; // a full list has nothing to remove
            }
            else
            {
                next.Remove(entry.IdTag);
            }
        }

        if (next.Count > configuration.Number("LocalAuthListMaxLength"))
        {
            return UpdateStatus.Failed;
        }

        (list, ListVersion) = (next, request.ListVersion);
        return UpdateStatus.Accepted;
    }

    public void Remember(string idTag, IdTagInfo info) => cache[idTag] = info;

    public void ClearCache() => cache.Clear();

    /// <summary>What is known of a tag; the list goes before the cache (OCPP 1.6 §3.5.1).</summary>
    public IdTagInfo? Find(string idTag, DateTimeOffset at)
    {
        var info = (IsListOn ? list.GetValueOrDefault(idTag) : null) ?? cache.GetValueOrDefault(idTag);
        return info?.ExpiryDate < at ? info with { Status = AuthorizationStatus.Expired } : info;
    }
}
