using Ladewerk.Drivers.Contracts;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.Vehicles;

/// <summary>A change of a vehicle; what is absent stays.</summary>
public sealed record VehiclePatch
{
    public string? Name { get; init; }
    public Optional<DriverId?> DriverId { get; init; }
    public Optional<ContractId?> ContractId { get; init; }
    public Optional<string> Plate { get; init; }
    public Optional<string> Vin { get; init; }
    public Optional<string> Model { get; init; }
    public Optional<WattHours?> BatteryWh { get; init; }
    public Optional<Watts?> MaxAcW { get; init; }
    public Optional<Watts?> MaxDcW { get; init; }
    public Optional<int?> Phases { get; init; }
    public Optional<decimal?> MinCurrentA { get; init; }
    public Optional<string> Mac { get; init; }
    public bool? Autocharge { get; init; }
    public Optional<string> Emaid { get; init; }
    public Optional<TimeOnly?> Departure { get; init; }
    public Optional<int?> TargetPercent { get; init; }
    public Optional<string> Note { get; init; }

    internal VehicleWish On(Vehicle v) => new(
        Name ?? v.Name, DriverId.Or(v.DriverId), ContractId.Or(v.ContractId), Plate.Or(v.Plate), Vin.Or(v.Vin), Model.Or(v.Model), BatteryWh.Or(v.BatteryWh), MaxAcW.Or(v.MaxAcW), MaxDcW.Or(v.MaxDcW),
        Phases.Or(v.Phases), MinCurrentA.Or(v.MinCurrentA), Mac.Or(v.Mac), Autocharge ?? v.Autocharge, Emaid.Or(v.Emaid), Departure.Or(v.Departure), TargetPercent.Or(v.TargetPercent), Note.Or(v.Note));
}

/// <summary><c>/vehicles</c></summary>
internal static class VehiclesApi
{
    public static void MapVehicles(this RouteGroupBuilder api)
    {
        var vehicles = api.MapGroup("/vehicles").WithTags("Vehicles");
        vehicles.MapGet("/", List).RequirePermission(Permission.DriversRead).WithSummary("Vehicles by name");
        vehicles.MapPost("/", Create).RequirePermission(Permission.DriversWrite).WithSummary("Register a vehicle; a model of the catalogue fills in what is not said");
        vehicles.MapGet("/models", Models).RequirePermission(Permission.DriversRead).WithSummary("The catalogue of common models");
        vehicles.MapGet("/{id:guid}", Get).RequirePermission(Permission.DriversRead).WithSummary("A vehicle");
        vehicles.MapPatch("/{id:guid}", Patch).RequirePermission(Permission.DriversWrite).WithSummary("Change a vehicle; what is absent stays");
        vehicles.MapDelete("/{id:guid}", Delete).RequirePermission(Permission.DriversWrite).WithSummary("Delete a vehicle; what it showed at stations lets nobody in any more");
    }

    private static async Task<Ok<Page<VehicleView>>> List(string? q, Guid? driverId, int? limit, string? cursor, LadewerkDb db, CancellationToken ct)
    {
        var (count, after) = (Paging.Limit(limit), Paging.Decode(cursor)?.Split('\n'));
        var vehicles = db.Set<Vehicle>().AsNoTracking();
        vehicles = driverId is { } driver ? vehicles.Where(v => v.DriverId == new DriverId(driver)) : vehicles;
        vehicles = q is null ? vehicles : vehicles.Where(v => EF.Functions.ILike(v.Name, Paging.Containing(q)) || EF.Functions.ILike(v.Plate!, Paging.Containing(q)) || EF.Functions.ILike(v.Model!, Paging.Containing(q)));
        if (after is [var name, var id] && Guid.TryParse(id, out var last))
        {
            vehicles = vehicles.Where(v => EF.Functions.GreaterThan(ValueTuple.Create(v.Name, v.Id), ValueTuple.Create(name, new VehicleId(last))));
        }

        var rows = await vehicles.OrderBy(v => v.Name).ThenBy(v => v.Id).Take(count + 1).ToListAsync(ct);
        return TypedResults.Ok(Paging.Of([.. rows.Select(VehicleView.Of)], count, v => $"{v.Name}\n{v.Id.Value}"));
    }

    private static async Task<Results<Created<VehicleView>, ValidationProblem>> Create(VehicleWish request, SaveVehicle save, CancellationToken ct)
    {
        var (made, faults) = await save.Create(request, ct);
        return made is null ? Problems.Invalid(faults.Errors) : TypedResults.Created($"/api/v1/vehicles/{made.Id.Value}", VehicleView.Of(made));
    }

    private static Ok<Page<VehicleModel>> Models() => TypedResults.Ok(new Page<VehicleModel>(VehicleCatalogue.Models, null));

    private static async Task<Results<Ok<VehicleView>, ProblemHttpResult>> Get(Guid id, SaveVehicle vehicles, CancellationToken ct) =>
        await vehicles.Find(id, ct) is { } vehicle ? TypedResults.Ok(VehicleView.Of(vehicle)) : Problems.NotFound("vehicle");

    private static async Task<Results<Ok<VehicleView>, ValidationProblem, ProblemHttpResult>> Patch(Guid id, VehiclePatch patch, SaveVehicle vehicles, CancellationToken ct)
    {
        if (await vehicles.Find(id, ct) is not { } vehicle)
        {
            return Problems.NotFound("vehicle");
        }

        return await vehicles.Change(vehicle, patch.On(vehicle), ct) is { Any: true } faults ? Problems.Invalid(faults.Errors) : TypedResults.Ok(VehicleView.Of(vehicle));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(Guid id, SaveVehicle vehicles, CancellationToken ct)
    {
        if (await vehicles.Find(id, ct) is not { } vehicle)
        {
            return Problems.NotFound("vehicle");
        }

        await vehicles.Delete(vehicle, ct);
        return TypedResults.NoContent();
    }
}
