using Ladewerk.Drivers.Contracts;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Drivers.Vehicles;

/// <summary>A vehicle as the API shows it.</summary>
public sealed record VehicleView(
    VehicleId Id, string Name, DriverId? DriverId, ContractId? ContractId, string? Plate, string? Vin, string? Model, WattHours? BatteryWh, Watts? MaxAcW, Watts? MaxDcW, int? Phases, decimal? MinCurrentA,
    string? Mac, bool Autocharge, string? Emaid, TimeOnly? Departure, int? TargetPercent, string? Note, DateTimeOffset CreatedAt)
{
    internal static VehicleView Of(Vehicle v) => new(
        v.Id, v.Name, v.DriverId, v.ContractId, v.Plate, v.Vin, v.Model, v.BatteryWh, v.MaxAcW, v.MaxDcW, v.Phases, v.MinCurrentA, v.Mac, v.Autocharge, v.Emaid, v.Departure, v.TargetPercent, v.Note, v.CreatedAt);
}

/// <summary>A vehicle to make, or what it shall be from now on.</summary>
/// <param name="Name">Absent: plate or model.</param>
/// <param name="Model">One of the catalogue fills in what is not said.</param>
/// <param name="Autocharge">It may start by its MAC alone; needs a driver.</param>
public sealed record VehicleWish(
    string? Name = null, DriverId? DriverId = null, ContractId? ContractId = null, string? Plate = null, string? Vin = null, string? Model = null, WattHours? BatteryWh = null, Watts? MaxAcW = null,
    Watts? MaxDcW = null, int? Phases = null, decimal? MinCurrentA = null, string? Mac = null, bool Autocharge = false, string? Emaid = null, TimeOnly? Departure = null, int? TargetPercent = null, string? Note = null);

/// <summary>Makes, changes and deletes vehicles, and the id tokens by which stations know them.</summary>
internal sealed class SaveVehicle(LadewerkDb db, TenantContext tenant, AuditLog audit, TimeProvider time)
{
    public Task<Vehicle?> Find(Guid id, CancellationToken ct) => db.Set<Vehicle>().SingleOrDefaultAsync(v => v.Id == new VehicleId(id), ct);

    public async Task<(Vehicle? Made, Faults Faults)> Create(VehicleWish wish, CancellationToken ct)
    {
        var vehicle = new Vehicle { TenantId = tenant.Current, Name = "", CreatedAt = time.GetUtcNow() };
        var faults = await Check(vehicle, wish, ct);
        if (faults.Any)
        {
            return (null, faults);
        }

        db.Add(vehicle);
        await Store(vehicle, wish, null, ct);
        return (vehicle, faults);
    }

    /// <summary>Sets everything anew.</summary>
    public async Task<Faults> Change(Vehicle vehicle, VehicleWish wish, CancellationToken ct)
    {
        var faults = await Check(vehicle, wish, ct);
        if (!faults.Any)
        {
            await Store(vehicle, wish, VehicleView.Of(vehicle), ct);
        }

        return faults;
    }

    public async Task Delete(Vehicle vehicle, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        audit.Record("vehicle.deleted", "vehicle", vehicle.Id.Value.ToString(), VehicleView.Of(vehicle));
        await Close(vehicle.MacTokenId, ct);
        await Close(vehicle.EmaidTokenId, ct);
        db.Remove(vehicle);
        await Commit(transaction, ct);
    }

    private async Task Store(Vehicle vehicle, VehicleWish wish, VehicleView? before, CancellationToken ct)
    {
        Apply(vehicle, wish);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.SaveChangesAsync(ct);
        vehicle.MacTokenId = await Token(vehicle, vehicle.MacTokenId, vehicle.Autocharge ? "VID:" + vehicle.Mac : null, "macAddress", ct);
        vehicle.EmaidTokenId = await Token(vehicle, vehicle.EmaidTokenId, vehicle.Emaid, "eMAID", ct);
        audit.Record(before is null ? "vehicle.created" : "vehicle.changed", "vehicle", vehicle.Id.Value.ToString(), before, VehicleView.Of(vehicle));
        await Commit(transaction, ct);
    }

    private async Task Commit(Microsoft.EntityFrameworkCore.Storage.IDbContextTransaction transaction, CancellationToken ct)
    {
        await db.SaveChangesAsync(ct);
        await Outbox.Publish((NpgsqlConnection)db.Database.GetDbConnection(), tenant.Current, new IdTokensChanged(Urgent: true), ct);
        await transaction.CommitAsync(ct);
    }

    private static void Apply(Vehicle vehicle, VehicleWish wish)
    {
        var model = VehicleCatalogue.Find(wish.Model);
        vehicle.Model = model?.Name ?? Blank(wish.Model);
        (vehicle.Plate, vehicle.Vin, vehicle.Mac, vehicle.Emaid) = (Blank(wish.Plate)?.ToUpperInvariant(), Blank(wish.Vin)?.ToUpperInvariant(), MacOf(wish.Mac), Blank(wish.Emaid)?.ToUpperInvariant());
        vehicle.Name = Blank(wish.Name) ?? vehicle.Plate ?? vehicle.Model ?? "–";
        (vehicle.DriverId, vehicle.ContractId, vehicle.Autocharge) = (wish.DriverId, wish.ContractId, wish.Autocharge);
        vehicle.BatteryWh = wish.BatteryWh ?? (model is null ? null : WattHours.Round(model.BatteryKwh * 1000));
        vehicle.MaxAcW = wish.MaxAcW ?? (model is null ? null : new Watts((long)(model.MaxAcKw * 1000)));
        vehicle.MaxDcW = wish.MaxDcW ?? (model?.MaxDcKw is { } dc ? new Watts((long)(dc * 1000)) : null);
        (vehicle.Phases, vehicle.MinCurrentA) = (wish.Phases ?? model?.Phases, wish.MinCurrentA ?? model?.MinCurrentA);
        (vehicle.Departure, vehicle.TargetPercent, vehicle.Note) = (wish.Departure, wish.TargetPercent, Blank(wish.Note));
    }

    /// <summary>The token of what a vehicle shows: made, handed to its driver, or closed.</summary>
    private async Task<IdTokenId?> Token(Vehicle vehicle, IdTokenId? former, string? uid, string type, CancellationToken ct)
    {
        var key = uid is null ? null : IdTokenUid.Key(uid);
        var token = key is null ? null : await db.Set<IdToken>().SingleOrDefaultAsync(t => t.UidKey == key, ct);
        if (former is { } old && old != token?.Id)
        {
            await Close(old, ct);
        }

        if (uid is null)
        {
            return null;
        }

        if (token is null)
        {
            token = new IdToken { TenantId = tenant.Current, Uid = uid.ToUpperInvariant(), UidKey = key!, Type = type, CreatedAt = time.GetUtcNow() };
            db.Add(token);
        }

        (token.DriverId, token.ContractId, token.Status, token.Note) = (vehicle.DriverId, vehicle.ContractId?.Value, former == token.Id ? token.Status : IdTokenStatus.Accepted, vehicle.Name);
        await db.SaveChangesAsync(ct);
        return token.Id;
    }

    /// <summary>It may have charged: so it stays, and lets nobody in.</summary>
    private Task<int> Close(IdTokenId? token, CancellationToken ct) =>
        token is { } id ? db.Set<IdToken>().Where(t => t.Id == id).ExecuteUpdateAsync(set => set.SetProperty(t => t.Status, IdTokenStatus.Blocked), ct) : Task.FromResult(0);

    private async Task<Faults> Check(Vehicle vehicle, VehicleWish wish, CancellationToken ct)
    {
        var (mac, vin) = (MacOf(wish.Mac), Blank(wish.Vin)?.ToUpperInvariant());
        var faults = new Faults().Short("name", wish.Name).Short("plate", wish.Plate, 20).Short("model", wish.Model).Short("note", wish.Note, 1000)
            .Unless(Blank(wish.Name ?? wish.Plate ?? wish.Model) is not null, "name", "A name, a plate or a model.")
            .Unless(vin is null || (vin.Length == 17 && vin.All(char.IsAsciiLetterOrDigit)), "vin", "17 characters.")
            .Unless(Blank(wish.Mac) is null || mac is not null, "mac", "Twelve hexadecimal digits.")
            .Unless(!wish.Autocharge || mac is not null, "mac", "Needed for Autocharge.")
            .Unless(!wish.Autocharge || wish.DriverId is not null || wish.ContractId is not null, "driverId", "Whose car starts by itself?")
            .Unless(Blank(wish.Emaid) is null || Emaid.Looks(wish.Emaid!), "emaid", "Not an eMA-ID, such as DE-8AA-C12345678-X.")
            .Unless(wish.Phases is null or (>= 1 and <= 3), "phases", "1 to 3.").Unless(wish.TargetPercent is null or (>= 1 and <= 100), "targetPercent", "1 to 100.")
            .Unless(wish.MinCurrentA is null or (>= 1 and <= 80), "minCurrentA", "1 to 80.")
            .Unless(wish is { BatteryWh: null or { Value: > 0 and <= 2_000_000 }, MaxAcW: null or { Value: > 0 and <= 1_000_000 }, MaxDcW: null or { Value: > 0 and <= 5_000_000 } }, "batteryWh", "More than 0.");
        faults.Unless(mac is null || !await db.Set<Vehicle>().AnyAsync(v => v.Mac == mac && v.Id != vehicle.Id, ct), "mac", "There already is one.")
            .Unless(vin is null || !await db.Set<Vehicle>().AnyAsync(v => v.Vin == vin && v.Id != vehicle.Id, ct), "vin", "There already is one.")
            .Unless(wish.DriverId is not { } driver || await db.Set<Driver>().AnyAsync(d => d.Id == driver, ct), "driverId", "No such driver.")
            .Unless(wish.ContractId is not { } contract || await db.Set<Contract>().AnyAsync(c => c.Id == contract, ct), "contractId", "No such contract.");
        return faults.Unless(!wish.Autocharge || mac is null || await IsFree(vehicle.MacTokenId, "VID:" + mac, ct), "mac", "There already is one.")
            .Unless(Blank(wish.Emaid) is not { } emaid || await IsFree(vehicle.EmaidTokenId, emaid, ct), "emaid", "There already is one.");
    }

    /// <summary>A token that is somebody's is not taken over by naming it.</summary>
    private async Task<bool> IsFree(IdTokenId? own, string uid, CancellationToken ct)
    {
        var key = IdTokenUid.Key(uid);
        return !await db.Set<IdToken>().AnyAsync(t => t.UidKey == key && t.Id != own && (t.DriverId != null || t.ContractId != null) && t.Status == IdTokenStatus.Accepted, ct);
    }

    private static string? MacOf(string? text)
    {
        var bare = Blank(text)?.Replace(":", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();
        bare = bare?.StartsWith("VID", StringComparison.Ordinal) == true ? bare[3..] : bare;
        return bare is { Length: 12 } && bare.All(char.IsAsciiHexDigit) ? bare : null;
    }

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
