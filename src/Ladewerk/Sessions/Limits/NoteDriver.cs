using Ladewerk.Drivers;
using Ladewerk.Drivers.Vehicles;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions.Limits;

/// <summary>Notes afterwards who drove: pool cards belong to vehicles or a key rack, not to a person. Who pays stays as it is.</summary>
internal sealed class NoteDriver(LadewerkDb db, Actor actor, AuditLog audit, TimeProvider time)
{
    /// <summary>Who drove, and which vehicle; null takes the note back.</summary>
    internal sealed record Wish(DriverId? DriverId = null, VehicleId? VehicleId = null);

    /// <summary>What came of it.</summary>
    internal enum Outcome
    {
        Noted,
        NoSuchSession,
        NoSuchDriver,
        NoSuchVehicle,
    }

    public async Task<Outcome> Run(SessionId id, Wish wish, CancellationToken ct)
    {
        if (await db.Set<ChargingSession>().AsNoTracking().Where(s => s.Id == id).Select(s => new { s.NotedDriverId, s.NotedVehicleId }).SingleOrDefaultAsync(ct) is not { } session)
        {
            return Outcome.NoSuchSession;
        }

        if (wish.DriverId is { } driver && !await db.Set<Driver>().AnyAsync(d => d.Id == driver, ct))
        {
            return Outcome.NoSuchDriver;
        }

        if (wish.VehicleId is { } vehicle && !await db.Set<Vehicle>().AnyAsync(v => v.Id == vehicle, ct))
        {
            return Outcome.NoSuchVehicle;
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Set<ChargingSession>().Where(s => s.Id == id).ExecuteUpdateAsync(
            set => set.SetProperty(s => s.NotedDriverId, wish.DriverId).SetProperty(s => s.NotedVehicleId, wish.VehicleId).SetProperty(s => s.NotedBy, actor.Name).SetProperty(s => s.NotedAt, time.GetUtcNow()), ct);
        audit.Record("session.driverNoted", "session", id.Value.ToString(), new { driverId = session.NotedDriverId, vehicleId = session.NotedVehicleId }, wish);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return Outcome.Noted;
    }
}
