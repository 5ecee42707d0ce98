using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations;

/// <summary>A change of a station; what is absent stays. EVSEs are replaced as a whole; connectors that stay keep their state.</summary>
public sealed record StationPatch
{
    public Optional<string> Name { get; init; }
    public Optional<SiteId?> SiteId { get; init; }
    public Optional<string> Password { get; init; }
    public bool GeneratePassword { get; init; }
    public int? SecurityProfile { get; init; }
    public int? HeartbeatIntervalSeconds { get; init; }
    public IReadOnlyList<NewEvse>? Evses { get; init; }
}

/// <summary>Changes, approves, rejects or removes a station. What its open socket goes by is read at the connect, so it is asked to connect anew.</summary>
internal sealed class ChangeStation(LadewerkDb db, StationReader stations, StationRegistry registry, AuditLog audit, TimeProvider time)
{
    /// <summary>Null errors: done; the password where one was made.</summary>
    public async Task<(string? GeneratedPassword, IDictionary<string, string[]>? Faults)> Patch(ChargingStation station, StationPatch patch, CancellationToken ct)
    {
        var faults = new Faults().Short("name", patch.Name.Value);
        RegisterStation.CheckAccess(faults, patch.Password.Value, patch.SecurityProfile, patch.HeartbeatIntervalSeconds);
        RegisterStation.CheckEvses(faults, patch.Evses ?? []);
        if (patch.SiteId.Value is { } site && !await db.Set<Site>().AnyAsync(s => s.Id == site, ct))
        {
            faults.Add("siteId", "No such site.");
        }

        if (faults.Any)
        {
            return (null, faults.Errors);
        }

        var before = stations.View(station);
        var generated = patch.GeneratePassword ? StationPassword.Generate() : null;
        station.Name = patch.Name.Or(station.Name)?.Trim();
        station.SiteId = patch.SiteId.Or(station.SiteId);
        station.HeartbeatIntervalSeconds = patch.HeartbeatIntervalSeconds ?? station.HeartbeatIntervalSeconds;
        SetPassword(station, patch, generated);
        if (patch.SecurityProfile is not null)
        {
            station.PendingSecurityProfile = null; // the operator has the last word
        }

        if (patch.Evses is { } evses)
        {
            ReplaceEvses(station, evses);
        }

        audit.Record("station.changed", "station", station.Identity, before, new { patch.Name, patch.SiteId, station.SecurityProfile, PasswordChanged = generated is not null || patch.Password.IsSet, patch.Evses });
        await db.SaveChangesAsync(ct);
        if (patch.SiteId.IsSet || patch.Evses is not null || patch.Password.IsSet || generated is not null || patch.HeartbeatIntervalSeconds is not null || patch.SecurityProfile is not null)
        {
            await Reconnect(station, "settings changed");
        }

        return (generated, null);
    }

    /// <summary>Lets a station that waits for it work, or refuses it.</summary>
    public async Task Decide(ChargingStation station, RegistrationStatus status, CancellationToken ct)
    {
        var before = station.RegistrationStatus;
        station.RegistrationStatus = status;
        audit.Record(status == RegistrationStatus.Accepted ? "station.approved" : "station.rejected", "station", station.Identity, new { registrationStatus = before }, new { registrationStatus = status });
        await db.SaveChangesAsync(ct);
        await Reconnect(station, "registration decided");
    }

    /// <summary>Off-boards: its history stays; its identity and EVSE-IDs are free again.</summary>
    public async Task Remove(ChargingStation station, CancellationToken ct)
    {
        audit.Record("station.removed", "station", station.Identity, stations.View(station));
        station.RemovedAt = time.GetUtcNow();
        station.Evses.ForEach(e => e.EvseId = null);
        await db.SaveChangesAsync(ct);
        await Reconnect(station, "removed");
    }

    private void SetPassword(ChargingStation station, StationPatch patch, string? generated)
    {
        if ((generated ?? patch.Password.Value) is { } password)
        {
            station.PasswordHash = StationPassword.Hash(password, generated is not null);
            (station.PendingPasswords, station.PasswordChangedAt) = ([], time.GetUtcNow());
            station.SecurityProfile = patch.SecurityProfile ?? Math.Max(1, station.SecurityProfile);
        }
        else if (patch.Password.IsSet)
        {
            (station.PasswordHash, station.PendingPasswords, station.PasswordChangedAt) = (null, [], time.GetUtcNow());
            station.SecurityProfile = patch.SecurityProfile ?? 0;
        }
        else
        {
            station.SecurityProfile = patch.SecurityProfile ?? station.SecurityProfile;
        }
    }

    private void ReplaceEvses(ChargingStation station, IReadOnlyList<NewEvse> evses)
    {
        var draft = new ChargingStation { Id = station.Id, TenantId = station.TenantId, Identity = station.Identity, IdentityKey = station.IdentityKey };
        RegisterStation.SetEvses(draft, evses);
        foreach (var gone in station.Evses.Where(e => draft.Evses.TrueForAll(d => d.Number != e.Number)).ToList())
        {
            station.Evses.Remove(gone);
            db.Remove(gone);
        }

        foreach (var evse in draft.Evses)
        {
            if (station.Evses.Find(e => e.Number == evse.Number) is { } same)
            {
                (same.EvseId, same.MaxPowerW, same.CurrentType) = (evse.EvseId, evse.MaxPowerW, evse.CurrentType);
            }
            else
            {
                db.Add(evse);
            }
        }

        ReplaceConnectors(station, draft.Connectors);
    }

    private void ReplaceConnectors(ChargingStation station, List<Connector> wanted)
    {
        foreach (var gone in station.Connectors.Where(c => !wanted.Exists(d => IsSame(c, d))).ToList())
        {
            station.Connectors.Remove(gone);
            db.Remove(gone);
        }

        foreach (var connector in wanted)
        {
            if (station.Connectors.Find(c => IsSame(c, connector)) is { } same)
            {
                (same.Type, same.Format) = (connector.Type, connector.Format);
            }
            else
            {
                db.Add(connector);
            }
        }
    }

    private static bool IsSame(Connector a, Connector b) => (a.WireNumber, a.EvseNumber, a.Number) == (b.WireNumber, b.EvseNumber, b.Number);

    private async Task Reconnect(ChargingStation station, string reason)
    {
        if (registry.TryGet(station.Id, out var link))
        {
            await link.Close(reason);
        }
    }
}
