using System.Globalization;
using Ladewerk.Drivers.Contracts;
using Ladewerk.Drivers.Portal;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Portal.Components;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.Vehicles.Portal;

/// <summary>The pages of vehicles, and what their form does.</summary>
internal static class VehiclesPortal
{
    private const string Home = "/portal/vehicles";
    private static readonly FormCollection NoForm = FormCollection.Empty;

    public static IServiceCollection AddVehiclesPortal(this IServiceCollection services) =>
        services.AddSingleton(new NavEntry(NavGroup.Customers, 40, "car", "vehicles.title", Home, Permission.DriversRead));

    public static void MapVehiclesPortal(this WebApplication app)
    {
        var write = app.MapGroup(Home).RequirePermission(Permission.DriversWrite).ExcludeFromDescription();
        write.MapGet("/add", async (DriverLists lists, LadewerkDb db, Texts t, CancellationToken ct) => await Form(t, null, NoForm, lists, db, null, ct));
        write.MapPost("/add", Add);
        write.MapGet("/{id:guid}", async (Guid id, SaveVehicle vehicles, DriverLists lists, LadewerkDb db, Texts t, CancellationToken ct) =>
            await vehicles.Find(id, ct) is { } vehicle ? await Form(t, vehicle, NoForm, lists, db, null, ct) : (IResult)Problems.NotFound("vehicle"));
        write.MapPost("/{id:guid}", Change);
    }

    private static async Task<IResult> Add([FromForm] IFormCollection form, SaveVehicle vehicles, DriverLists lists, LadewerkDb db, Texts t, HttpContext http, CancellationToken ct)
    {
        var (made, faults) = await vehicles.Create(Wish(form), ct);
        return made is not null ? Answer.Go(http, Home) : await Form(t, null, form, lists, db, faults, ct);
    }

    private static async Task<IResult> Change(Guid id, [FromForm] IFormCollection form, SaveVehicle vehicles, DriverLists lists, LadewerkDb db, Texts t, HttpContext http, CancellationToken ct)
    {
        if (await vehicles.Find(id, ct) is not { } vehicle)
        {
            return Problems.NotFound("vehicle");
        }

        return await vehicles.Change(vehicle, Wish(form), ct) is { Any: true } faults ? await Form(t, vehicle, form, lists, db, faults, ct) : Answer.Go(http, Home);
    }

    private static VehicleWish Wish(IFormCollection form) => new(
        Text(form, "name"), Id(form["driverId"]) is { } driver ? new DriverId(driver) : null, Id(form["contractId"]) is { } contract ? new ContractId(contract) : null, Text(form, "plate"), Text(form, "vin"), Text(form, "model"),
        Number(form, "batteryWh") is { } kwh ? WattHours.Round(kwh * 1000) : null, Number(form, "maxAcW") is { } ac ? new Watts((long)(ac * 1000)) : null, Number(form, "maxDcW") is { } dc ? new Watts((long)(dc * 1000)) : null,
        (int?)Number(form, "phases"), Number(form, "minCurrentA"), Text(form, "mac"), form["autocharge"] == "true", Text(form, "emaid"),
        TimeOnly.TryParse(form["departure"], CultureInfo.InvariantCulture, out var departure) ? departure : null, (int?)Number(form, "targetPercent"), Text(form, "note"));

    private static async Task<RazorComponentResult<AnswerPage>> Form(Texts t, Vehicle? v, IFormCollection sent, DriverLists lists, LadewerkDb db, Faults? faults, CancellationToken ct)
    {
        string? Value(string field, string? stored) => sent.TryGetValue(field, out var value) ? value.ToString() : stored;
        var drivers = await lists.DriverNames(ct);
        var fleets = await db.Set<Contract>().AsNoTracking().OrderBy(c => c.Name).Take(1000).Select(c => new { c.Id, c.Name }).ToListAsync(ct);
        var known = VehicleCatalogue.Models.Select(m => (m.Name, m.Name)).ToList();
        var own = v?.Model is { } model && VehicleCatalogue.Find(model) is null ? [(model, model)] : Array.Empty<(string, string)>();
        IReadOnlyList<FormField> fields =
        [
            new("name", t["vehicles.name"], Value("name", v?.Name)),
            new("plate", t["vehicles.plate"], Value("plate", v?.Plate)),
            new("model", t["vehicles.model"], Value("model", v?.Model)) { Options = [("", t["vehicles.model.none"]), .. own, .. known], Hint = t["vehicles.model.hint"] },
            new("driverId", t["vehicles.driver"], Value("driverId", v?.DriverId?.Value.ToString())) { Options = [("", t["vehicles.driver.none"]), .. drivers] },
            new("contractId", t["vehicles.contract"], Value("contractId", v?.ContractId?.Value.ToString())) { Options = [("", t["vehicles.contract.none"]), .. fleets.Select(c => (c.Id.Value.ToString(), c.Name))] },
            new("vin", t["vehicles.vin"], Value("vin", v?.Vin)),
            new("batteryWh", t["vehicles.battery"], Value("batteryWh", Kilo(v?.BatteryWh?.Value)), "number"),
            new("maxAcW", t["vehicles.ac"], Value("maxAcW", Kilo(v?.MaxAcW?.Value)), "number"),
            new("maxDcW", t["vehicles.dc"], Value("maxDcW", Kilo(v?.MaxDcW?.Value)), "number"),
            new("phases", t["vehicles.phases"], Value("phases", v?.Phases?.ToString(CultureInfo.InvariantCulture)), "number"),
            new("minCurrentA", t["vehicles.minCurrent"], Value("minCurrentA", v?.MinCurrentA?.ToString("0.#", CultureInfo.InvariantCulture)), "number"),
            new("mac", t["vehicles.mac"], Value("mac", v?.Mac)),
            new("autocharge", t["vehicles.autocharge"], Value("autocharge", v?.Autocharge == true ? "true" : "")) { Options = [("", t["vehicles.autocharge.no"]), ("true", t["vehicles.autocharge.yes"])], Hint = t["vehicles.autocharge.hint"] },
            new("emaid", "eMA-ID", Value("emaid", v?.Emaid)) { Hint = t["vehicles.emaid.hint"] },
            new("departure", t["vehicles.departure"], Value("departure", v?.Departure?.ToString("HH:mm", CultureInfo.InvariantCulture)), "time"),
            new("targetPercent", t["vehicles.target"], Value("targetPercent", v?.TargetPercent?.ToString(CultureInfo.InvariantCulture)), "number"),
            new("note", t["vehicles.note"], Value("note", v?.Note), "textarea") { Wide = true },
        ];
        return Answer.Page<EntityForm>(
            faults is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
            (nameof(EntityForm.Title), v?.Name ?? t["vehicles.add"]), (nameof(EntityForm.Action), v is null ? Home + "/add" : $"{Home}/{v.Id.Value:D}"), (nameof(EntityForm.Back), Home), (nameof(EntityForm.Fields), fields),
            (nameof(EntityForm.Crumbs), new[] { (t["vehicles.title"], (string?)Home) }), (nameof(EntityForm.Errors), faults is null ? null : FaultWords.Say(faults.Errors)));
    }

    private static string? Kilo(long? value) => value is { } known ? (known / 1000m).ToString("0.###", CultureInfo.InvariantCulture) : null;

    private static string? Text(IFormCollection form, string field) => form[field].ToString().Trim() is { Length: > 0 } text ? text : null;

    private static Guid? Id(string? text) => Guid.TryParse(text, out var id) ? id : null;

    private static decimal? Number(IFormCollection form, string field) => decimal.TryParse(form[field].ToString().Replace(',', '.'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number < 1_000_000 ? number : null;
}
