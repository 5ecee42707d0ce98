using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations;

/// <summary>A connector to register; its number counts within the EVSE, or over the station where that is how it is labelled.</summary>
public sealed record NewConnector(int Id, string? Type = null, string? Format = null);

/// <summary>An EVSE to register; without connectors it gets one.</summary>
public sealed record NewEvse(int Id, string? EvseId = null, Watts? MaxPowerW = null, string? CurrentType = null, IReadOnlyList<NewConnector>? Connectors = null);

/// <summary>A station to register. Without EVSEs it gets them as it reports its connectors.</summary>
/// <param name="Id">The identity by which it dials in.</param>
/// <param name="Password">For HTTP Basic; absent: none is asked for.</param>
/// <param name="GeneratePassword">Make a random one; the answer shows it this once.</param>
/// <param name="SecurityProfile">0 none, 1 Basic, 2 TLS and Basic, 3 client certificate; absent: 1 with a password, else 0.</param>
public sealed record NewStation(
    string Id, SiteId? SiteId = null, string? Name = null, string? Password = null, bool GeneratePassword = false, int? SecurityProfile = null,
    int? HeartbeatIntervalSeconds = null, IReadOnlyList<NewEvse>? Evses = null);

/// <summary>Registers a station.</summary>
internal sealed class RegisterStation(LadewerkDb db, TenantContext tenant, AuditLog audit, TimeProvider time)
{
    private const int MaxEvses = 200;

    /// <summary>The station, with the password that was made for it; or what is wrong by field; or both null where the identity is taken.</summary>
    public sealed record Outcome(ChargingStation? Station, string? GeneratedPassword, IDictionary<string, string[]>? Faults);

    public async Task<Outcome> Run(NewStation wish, CancellationToken ct)
    {
        var faults = await Check(wish, ct);
        if (faults.Any)
        {
            return new Outcome(null, null, faults.Errors);
        }

        var key = StationIdentity.Key(wish.Id);
        if (await db.Set<ChargingStation>().AnyAsync(s => s.IdentityKey == key && s.RemovedAt == null, ct))
        {
            return new Outcome(null, null, null);
        }

        var (station, generated) = Add(wish);
        await db.SaveChangesAsync(ct);
        return new Outcome(station, generated, null);
    }

    /// <summary>Adds a station that was checked; the caller saves.</summary>
    public (ChargingStation Station, string? GeneratedPassword) Add(NewStation wish)
    {
        var generated = wish.GeneratePassword && wish.Password is null ? StationPassword.Generate() : null;
        var password = wish.Password ?? generated;
        var station = new ChargingStation
        {
            TenantId = tenant.Current,
            Identity = wish.Id.Trim().Trim('/'),
            IdentityKey = StationIdentity.Key(wish.Id),
            SiteId = wish.SiteId,
            Name = wish.Name?.Trim(),
            RegistrationStatus = RegistrationStatus.Accepted,
            SecurityProfile = wish.SecurityProfile ?? (password is null ? 0 : 1),
            PasswordHash = password is null ? null : StationPassword.Hash(password, generated is not null),
            HeartbeatIntervalSeconds = wish.HeartbeatIntervalSeconds ?? 300,
            CreatedAt = time.GetUtcNow(),
        };
        db.Add(station);
        SetEvses(station, wish.Evses ?? []);
        audit.Record("station.created", "station", station.Identity, after: new { station.Identity, station.Name, station.SiteId, station.SecurityProfile, wish.Evses });
        return (station, generated);
    }

    public async Task<Faults> Check(NewStation wish, CancellationToken ct)
    {
        var faults = new Faults()
            .Unless(StationIdentity.IsValid(wish.Id.Trim('/')), "id", $"1 to {StationIdentity.MaxLength} letters, digits and -_.:*+=@|.")
            .Short("name", wish.Name);
        CheckAccess(faults, wish.Password, wish.SecurityProfile, wish.HeartbeatIntervalSeconds);
        CheckEvses(faults, wish.Evses ?? []);
        if (wish.SiteId is { } site && !await db.Set<Site>().AnyAsync(s => s.Id == site, ct))
        {
            faults.Add("siteId", "No such site.");
        }

        return faults;
    }

    internal static void CheckAccess(Faults faults, string? password, int? securityProfile, int? heartbeatSeconds) => faults
        .Unless(password is null or { Length: >= 8 and <= 128 }, "password", "8 to 128 characters.")
        .Unless(securityProfile is null or (>= 0 and <= 3), "securityProfile", "0 to 3.")
        .Unless(heartbeatSeconds is null or (>= 10 and <= 86_400), "heartbeatIntervalSeconds", "10 to 86400.");

    internal static void CheckEvses(Faults faults, IReadOnlyList<NewEvse> evses)
    {
        faults.Unless(evses.Count <= MaxEvses, "evses", $"At most {MaxEvses}.")
            .Unless(evses.Select(e => e.Id).Distinct().Count() == evses.Count, "evses", "Each number once.");
        for (var i = 0; i < evses.Count; i++)
        {
            var evse = evses[i];
            var connectors = evse.Connectors ?? [];
            faults.Unless(evse.Id is > 0 and <= 10_000, $"evses[{i}].id", "1 or more.")
                .Short($"evses[{i}].evseId", evse.EvseId, 48)
                .Unless(evse.MaxPowerW is null or { Value: > 0 and <= 10_000_000 }, $"evses[{i}].maxPowerW", "Above 0, in W.")
                .Unless(evse.CurrentType is null or "AC1" or "AC3" or "DC", $"evses[{i}].currentType", "AC1, AC3 or DC.")
                .Unless(connectors.Count <= 20 && connectors.All(c => c.Id is > 0 and <= 10_000), $"evses[{i}].connectors", "Numbers of 1 or more; at most 20.")
                .Unless(connectors.Select(c => c.Id).Distinct().Count() == connectors.Count, $"evses[{i}].connectors", "Each number once.")
                .Unless(connectors.All(c => c.Type is null or { Length: <= 50 } && c.Format is null or "SOCKET" or "CABLE"), $"evses[{i}].connectors", "Type up to 50 characters; format SOCKET or CABLE.");
        }
    }

    /// <summary>
    /// Gives a station its EVSEs and connectors. Where all connector numbers differ over the station, they are what it calls them on the
    /// wire (OCPP 1.6 counts connectors 1..n over the station); else they count within their EVSE, and the wire counts them in order.
    /// </summary>
    internal static void SetEvses(ChargingStation station, IReadOnlyList<NewEvse> evses)
    {
        var wanted = evses.OrderBy(e => e.Id).SelectMany(e => (e.Connectors is { Count: > 0 } some ? some : [new NewConnector(1)]).OrderBy(c => c.Id).Select(c => (Evse: e, Connector: c))).ToList();
        var distinct = wanted.Select(w => w.Connector.Id).Distinct().Count() == wanted.Count;
        station.Evses.Clear();
        station.Connectors.Clear();
        station.Evses.AddRange(evses.Select(e => new Evse
        {
            TenantId = station.TenantId, StationId = station.Id, Number = e.Id, EvseId = string.IsNullOrWhiteSpace(e.EvseId) ? null : e.EvseId.Trim(), MaxPowerW = e.MaxPowerW, CurrentType = e.CurrentType,
        }));
        station.Connectors.AddRange(wanted.Select((w, i) => new Connector
        {
            TenantId = station.TenantId, StationId = station.Id, EvseNumber = w.Evse.Id, Number = w.Connector.Id, WireNumber = distinct ? w.Connector.Id : i + 1,
            Type = w.Connector.Type, Format = w.Connector.Format,
        }));
    }
}
