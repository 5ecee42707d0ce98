using System.Text.Json.Serialization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations;

/// <summary>A connector as the API shows it. Status is one of OCPP 1.6's nine.</summary>
public sealed record ConnectorView(int Id, int WireNumber, string? Type, string? Format, string Status, string ErrorCode, string? Info, string? VendorErrorCode, DateTimeOffset? StatusAt);

/// <summary>An EVSE as the API shows it.</summary>
public sealed record EvseView(int Id, string? EvseId, Watts? MaxPowerW, string? CurrentType, IReadOnlyList<ConnectorView> Connectors);

/// <summary>A station as the API shows it; its id is the identity by which it dials in.</summary>
public sealed record StationView(
    string Id, string? Name, SiteId? SiteId, string? SiteName, bool Online, string? OcppVersion, string? Vendor, string? Model, string? SerialNumber,
    string? FirmwareVersion, RegistrationStatus RegistrationStatus, int SecurityProfile, bool HasPassword, int HeartbeatIntervalSeconds,
    DateTimeOffset? ConnectedAt, DateTimeOffset? LastSeenAt, DateTimeOffset? LastBootAt, long? ClockOffsetMs, decimal? LimitA, long? LimitW, DateTimeOffset CreatedAt,
    IReadOnlyList<EvseView> Evses)
{
    /// <summary>The password that was made for the station, in the answer to that request alone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Password { get; init; }
}

/// <summary>Which stations to list.</summary>
/// <param name="Q">Part of identity, name, vendor, model or serial number.</param>
public sealed record StationFilter(Guid? SiteId = null, bool? Online = null, Named<RegistrationStatus>? RegistrationStatus = null, string? Q = null);

/// <summary>Reads stations as the API shows them.</summary>
internal sealed class StationReader(LadewerkDb db, StationRegistry registry)
{
    /// <summary>The station with its EVSEs and connectors, for reading or changing; null where the tenant has none of that identity.</summary>
    public Task<ChargingStation?> Find(string identity, CancellationToken ct)
    {
        var key = StationIdentity.Key(identity);
        return Whole().SingleOrDefaultAsync(s => s.IdentityKey == key, ct);
    }

    /// <summary>Ordered by identity, beginning after <paramref name="after"/>.</summary>
    public async Task<IReadOnlyList<ChargingStation>> List(StationFilter filter, string? after, int count, CancellationToken ct)
    {
        var stations = Whole().AsNoTracking();
        stations = filter.SiteId is { } site ? stations.Where(s => s.SiteId == new SiteId(site)) : stations;
        stations = filter.Online is { } online ? stations.Where(s => (s.Connection != null) == online) : stations;
        stations = filter.RegistrationStatus is { Value: var status } ? stations.Where(s => s.RegistrationStatus == status) : stations;
        if (filter.Q is { Length: > 0 } wanted)
        {
            var pattern = Paging.Containing(wanted);
            stations = stations.Where(s => EF.Functions.ILike(s.Identity, pattern) || EF.Functions.ILike(s.Name!, pattern)
                || EF.Functions.ILike(s.Vendor!, pattern) || EF.Functions.ILike(s.Model!, pattern) || EF.Functions.ILike(s.SerialNumber!, pattern));
        }

        stations = after is null ? stations : stations.Where(s => EF.Functions.GreaterThan(ValueTuple.Create(s.IdentityKey), ValueTuple.Create(after)));
        return await stations.OrderBy(s => s.IdentityKey).Take(count).ToListAsync(ct);
    }

    public StationView View(ChargingStation s) => new(
        s.Identity, s.Name, s.SiteId, s.Site?.Name, registry.IsOnline(s.Id) || s.Connection is not null, s.OcppVersion, s.Vendor, s.Model, s.SerialNumber,
        s.FirmwareVersion, s.RegistrationStatus, s.SecurityProfile, s.PasswordHash is not null, s.HeartbeatIntervalSeconds,
        s.Connection?.ConnectedAt, s.LastSeenAt, s.LastBootAt, s.ClockOffsetMs, s.LimitA, s.LimitW, s.CreatedAt,
        [.. s.Evses.OrderBy(e => e.Number).Select(e => new EvseView(e.Number, e.EvseId, e.MaxPowerW, e.CurrentType,
            [.. s.Connectors.Where(c => c.EvseNumber == e.Number).OrderBy(c => c.Number).Select(View)]))]);

    private static ConnectorView View(Connector c) => new(c.Number, c.WireNumber, c.Type, c.Format, c.Status, c.ErrorCode, c.Info, c.VendorErrorCode, c.StatusAt);

    private IQueryable<ChargingStation> Whole() => db.Set<ChargingStation>().Where(s => s.RemovedAt == null)
        .Include(s => s.Evses).Include(s => s.Connectors).Include(s => s.Connection).Include(s => s.Site).AsSplitQuery();
}
