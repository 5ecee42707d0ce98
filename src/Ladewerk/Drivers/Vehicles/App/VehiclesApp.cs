using System.Globalization;
using Ladewerk.DriverApp;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.Vehicles.App;

/// <summary>The driver app's page of the driver's own cars. What a station knows a car by (MAC, eMA-ID) is the operator's to enter: it lets somebody charge.</summary>
internal static class VehiclesApp
{
    private const int Most = 20;

    public static IServiceCollection AddVehiclesApp(this IServiceCollection services) => services.AddSingleton(new AppLink(20, "car", "vehicles.app.title", "/app/vehicles"));

    public static void MapVehiclesApp(this WebApplication app)
    {
        var pages = app.MapGroup("/app/vehicles").RequirePermission(Permission.App).ExcludeFromDescription();
        pages.MapGet("", Page);
        pages.MapPost("", Add);
        pages.MapPost("/{id:guid}/remove", Remove);
    }

    private static async Task<IResult> Page(CurrentDriver current, OperatorLooks looks, LadewerkDb db, CancellationToken ct) =>
        await current.Find(ct) is { } driver ? await Show(driver, looks, db, null, ct) : new RazorComponentResult<NoDriverPage>(new { Look = await looks.Current(ct) });

    private static async Task<IResult> Add(
        [FromForm] string? model, [FromForm] string? plate, [FromForm] string? departure, [FromForm] string? target, CurrentDriver current, OperatorLooks looks, LadewerkDb db, SaveVehicle save, CancellationToken ct)
    {
        if (await current.Find(ct) is not { } driver)
        {
            return Problems.NotFound("driver");
        }

        var wish = new VehicleWish(
            DriverId: driver.Id, Model: model, Plate: plate,
            Departure: TimeOnly.TryParse(departure, CultureInfo.InvariantCulture, out var at) ? at : null,
            TargetPercent: int.TryParse(target, CultureInfo.InvariantCulture, out var percent) ? percent : null);
        return await db.Set<Vehicle>().CountAsync(v => v.DriverId == driver.Id, ct) >= Most || (await save.Create(wish, ct)).Faults.Any
            ? await Show(driver, looks, db, wish, ct)
            : TypedResults.Redirect("/app/vehicles");
    }

    private static async Task<IResult> Remove(Guid id, CurrentDriver current, SaveVehicle save, CancellationToken ct)
    {
        if (await current.Find(ct) is not { } driver || await save.Find(id, ct) is not { } vehicle || vehicle.DriverId != driver.Id)
        {
            return Problems.NotFound("vehicle");
        }

        await save.Delete(vehicle, ct);
        return TypedResults.Redirect("/app/vehicles");
    }

    private static async Task<IResult> Show(Driver driver, OperatorLooks looks, LadewerkDb db, VehicleWish? refused, CancellationToken ct)
    {
        IReadOnlyList<Vehicle> vehicles = await db.Set<Vehicle>().AsNoTracking().Where(v => v.DriverId == driver.Id).OrderBy(v => v.CreatedAt).ToListAsync(ct);
        return new RazorComponentResult<VehiclesPage>(new { Look = await looks.Current(ct), Vehicles = vehicles, Wish = refused ?? new VehicleWish(), Error = refused is not null })
        {
            StatusCode = refused is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
        };
    }
}
