using System.Text.Json.Serialization;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Ladewerk.Stations.Files;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Sessions.App;

[JsonConverter(typeof(TypedIdJson<PhoneStartId>))]
public readonly record struct PhoneStartId(Guid Value) : ITypedId<PhoneStartId>
{
    public static PhoneStartId From(Guid value) => new(value);

    public static PhoneStartId New() => new(Guid.CreateVersion7());
}

/// <summary>A start that was asked for from a phone: by a guest, who holds a link of their own, or by a driver.</summary>
public sealed class PhoneStart : ITenantOwned
{
    public PhoneStartId Id { get; init; } = PhoneStartId.New();
    public required TenantId TenantId { get; init; }

    /// <summary>Of a guest's link; null: a driver's.</summary>
    public byte[]? TokenHash { get; init; }
    public DriverId? DriverId { get; init; }
    public required StationId StationId { get; init; }
    public required int EvseNumber { get; init; }

    /// <summary>The token that is charged with.</summary>
    public required string IdTokenKey { get; init; }

    /// <summary>accepted, rejected, offline, timeout or error: what the station said.</summary>
    public required string Outcome { get; set; }
    public SessionId? SessionId { get; set; }
    public required DateTimeOffset RequestedAt { get; init; }
    public DateTimeOffset? DepartureAt { get; init; }
    public WattHours? EnergyNeedWh { get; init; }

    /// <summary>Percent.</summary>
    public decimal? TargetSoc { get; init; }
}

/// <summary>What a driver wishes of a session; all optional.</summary>
/// <param name="TargetSoc">Percent.</param>
internal sealed record Wish(DateTimeOffset? DepartureAt = null, WattHours? EnergyNeed = null, decimal? TargetSoc = null);

/// <summary>Why a session did not start; null where the station accepted.</summary>
internal enum StartRefusal
{
    Offline,
    Rejected,
    NoAnswer,
    Busy,
}

/// <summary>Starts and stops from phones, and the session that came of a start.</summary>
internal sealed class PhoneStarts(LadewerkDb db, TenantContext tenant, SendCommand send, TimeProvider time)
{
    /// <summary>A car that was not plugged in by then is not coming (stations wait for about a minute, OCPP 1.6 ConnectionTimeOut).</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(30);

    /// <summary>Asks the station to start, and remembers that it was asked; a guest gets the secret of a link.</summary>
    public async Task<(PhoneStart? Start, string? Secret, StartRefusal? Refusal)> Run(ChargePoint point, string uid, DriverId? driver, Wish wish, CancellationToken ct)
    {
        if (!point.CanStart)
        {
            return (null, null, point.State == PointState.Offline ? StartRefusal.Offline : StartRefusal.Busy);
        }

        var station = await db.Set<ChargingStation>().SingleAsync(s => s.Id == point.Station, ct);
        var asked = time.GetUtcNow();
        var result = await send.Run(station, new RemoteStart(uid, point.Number, point.StartOn), ct);
        if (Refusal(result) is { } refusal)
        {
            return (null, null, refusal);
        }

        var link = driver is null ? LinkToken.New() : (LinkToken?)null;
        var start = new PhoneStart
        {
            TenantId = tenant.Current, TokenHash = link?.Hash, DriverId = driver, StationId = point.Station, EvseNumber = point.Number, IdTokenKey = IdTokenUid.Key(uid),
            Outcome = "accepted", RequestedAt = asked, DepartureAt = wish.DepartureAt, EnergyNeedWh = wish.EnergyNeed, TargetSoc = wish.TargetSoc,
        };
        db.Add(start);
        await db.SaveChangesAsync(CancellationToken.None); // the station has been asked: the way to its session must not be lost
        return (start, link?.Text, null);
    }

    /// <summary>As <see cref="Run"/>, for somebody who has a link already. May be run again: the link leads to one start.</summary>
    public async Task<StartRefusal?> RunPaid(ChargePoint point, string uid, byte[] link, CancellationToken ct)
    {
        if (!point.CanStart)
        {
            return point.State == PointState.Offline ? StartRefusal.Offline : StartRefusal.Busy;
        }

        if (!await db.Set<PhoneStart>().AnyAsync(p => p.TokenHash == link, ct))
        {
            // Before the station is asked: after a crash the session must be found all the same.
            db.Add(new PhoneStart { TenantId = tenant.Current, TokenHash = link, StationId = point.Station, EvseNumber = point.Number, IdTokenKey = IdTokenUid.Key(uid), Outcome = "accepted", RequestedAt = time.GetUtcNow() });
            await db.SaveChangesAsync(ct);
        }

        var station = await db.Set<ChargingStation>().SingleAsync(s => s.Id == point.Station, ct);
        return Refusal(await send.Run(station, new RemoteStart(uid, point.Number, point.StartOn), ct));
    }

    /// <summary>The session that came of a start; null while there is none. Its wishes pass to the session with the first look.</summary>
    public async Task<ChargingSession?> Session(PhoneStart start, CancellationToken ct)
    {
        if (start.SessionId is { } known)
        {
            return await db.Set<ChargingSession>().AsNoTracking().Include(s => s.Station).SingleOrDefaultAsync(s => s.Id == known, ct);
        }

        var since = start.RequestedAt - Slack;
        var until = start.RequestedAt + Patience + Slack;
        var found = await db.Set<ChargingSession>().Include(s => s.Station)
            .Where(s => s.StationId == start.StationId && s.EvseNumber == start.EvseNumber && s.IdTokenKey == start.IdTokenKey && s.CreatedAt >= since && s.CreatedAt <= until)
            .OrderBy(s => s.CreatedAt).FirstOrDefaultAsync(ct);
        if (found is null)
        {
            return null;
        }

        await db.Set<PhoneStart>().Where(p => p.Id == start.Id).ExecuteUpdateAsync(set => set.SetProperty(p => p.SessionId, found.Id), ct);
        await db.Set<ChargingSession>().Where(s => s.Id == found.Id && s.DepartureAt == null && s.EnergyNeedWh == null && s.TargetSoc == null).ExecuteUpdateAsync(
            set => set.SetProperty(s => s.DepartureAt, start.DepartureAt).SetProperty(s => s.EnergyNeedWh, start.EnergyNeedWh).SetProperty(s => s.TargetSoc, start.TargetSoc), ct);
        db.Entry(found).State = EntityState.Detached;
        return found;
    }

    /// <summary>Asks the station to stop; null where it accepted.</summary>
    public async Task<StartRefusal?> Stop(ChargingSession session, CancellationToken ct)
    {
        var station = await db.Set<ChargingStation>().SingleAsync(s => s.Id == session.StationId, ct);
        return Refusal(await send.Run(station, new RemoteStop(session.TransactionId), ct));
    }

    private static StartRefusal? Refusal(CommandResult result) => result switch
    {
        CommandResult.Answered { Status: "Accepted" } => null,
        CommandResult.Answered or CommandResult.Refused or CommandResult.Invalid => StartRefusal.Rejected,
        CommandResult.Offline => StartRefusal.Offline,
        CommandResult.TimedOut => StartRefusal.NoAnswer,
        _ => throw new ArgumentOutOfRangeException(nameof(result), result, "No such outcome."),
    };
}

internal sealed class PhoneStartModel : IEntityTypeConfiguration<PhoneStart>
{
    public void Configure(EntityTypeBuilder<PhoneStart> builder) => builder.HasKey(p => p.Id);
}
