using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations.Files;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Firmware;

/// <summary>Which firmware, from when on, and how.</summary>
/// <param name="RetrieveAt">When the station is to fetch it; absent: now.</param>
/// <param name="Signed">With signature; absent: where the firmware has one.</param>
/// <param name="WithinMinutes">How long it may take from then on; absent: two hours.</param>
public sealed record UpdateWish(FirmwareId FirmwareId, DateTimeOffset? RetrieveAt = null, bool? Signed = null, int? WithinMinutes = null);

/// <summary>What came of the wish for an update.</summary>
internal abstract record StartedUpdate
{
    /// <summary>The update as it stands after the station's answer.</summary>
    public sealed record Started(FirmwareUpdate Update) : StartedUpdate;

    /// <summary>It must not begin.</summary>
    /// <param name="Problem">no-such-firmware, firmware-without-image, firmware-not-signed, firmware-does-not-fit, firmware-known-bad or update-runs.</param>
    public sealed record Refused(string Problem, string Title) : StartedUpdate;
}

/// <summary>Begins the update of one station.</summary>
internal sealed class StartUpdate(LadewerkDb db, TenantContext tenant, Actor actor, AuditLog audit, SendUpdate send, TimeProvider time)
{
    public static readonly TimeSpan UsuallyWithin = TimeSpan.FromHours(2);

    public async Task<StartedUpdate> Run(ChargingStation station, UpdateWish wish, CancellationToken ct)
    {
        var firmware = await db.Set<FirmwareImage>().SingleOrDefaultAsync(f => f.Id == wish.FirmwareId && f.RetiredAt == null, ct);
        if (firmware is null)
        {
            return new StartedUpdate.Refused("no-such-firmware", "There is no such firmware.");
        }

        if (await Objection(station, firmware, wish, ct) is { } refused)
        {
            return refused;
        }

        var update = Make(station, firmware, wish.Signed ?? firmware.IsSigned, wish.RetrieveAt, wish.WithinMinutes is { } minutes ? TimeSpan.FromMinutes(minutes) : UsuallyWithin, null);
        db.Add(update);
        audit.Record("firmwareUpdate.started", "station", station.Identity, new { station.FirmwareVersion }, new { update.Id, firmware.Version, update.Signed });
        await db.SaveChangesAsync(ct);
        await send.Run(update, firmware, station, ct);
        return new StartedUpdate.Started(update);
    }

    /// <summary>A row for an update that is still to be sent.</summary>
    public FirmwareUpdate Make(ChargingStation station, FirmwareImage firmware, bool signed, DateTimeOffset? retrieveAt, TimeSpan within, Guid? campaign)
    {
        var now = time.GetUtcNow();
        var from = retrieveAt > now ? retrieveAt.Value : now;
        return new FirmwareUpdate
        {
            TenantId = tenant.Current, StationId = station.Id, FirmwareId = firmware.Id, CampaignId = campaign, Signed = signed, Vendor = station.Vendor, Model = station.Model,
            FromVersion = station.FirmwareVersion, TargetVersion = firmware.Version, RetrieveAt = from, Within = within, RequestedBy = actor.Name, RequestedAt = now, UpdatedAt = now,
            TokenHash = LinkToken.New().Hash, LinkUntil = from + within,
        };
    }

    private async Task<StartedUpdate.Refused?> Objection(ChargingStation station, FirmwareImage firmware, UpdateWish wish, CancellationToken ct)
    {
        var bad = await db.Set<BadFirmwareVersion>().AsNoTracking().ToListAsync(ct);
        return firmware switch
        {
            { HasImage: false } => new("firmware-without-image", "This firmware has neither an image nor an address yet."),
            { IsSigned: false } when wish.Signed is true => new("firmware-not-signed", "This firmware has no signature."),
            _ when station.Vendor is not null && !firmware.Fits(station.Vendor, station.Model) => new("firmware-does-not-fit", "This firmware is for another vendor or model."),
            _ when bad.Any(b => b.Covers(firmware.Vendor, station.Model, firmware.Version)) => new("firmware-known-bad", "This version is known to be bad."),
            _ when await db.Set<FirmwareUpdate>().AnyAsync(u => u.StationId == station.Id && u.EndedAt == null, ct) => new("update-runs", "An update of this station runs already."),
            _ => null,
        };
    }
}
