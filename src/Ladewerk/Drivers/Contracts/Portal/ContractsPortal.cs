using System.Globalization;
using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Portal;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Drivers.Contracts.Portal;

/// <summary>The operator's pages of contracts, and what their form does.</summary>
internal static class ContractsPortal
{
    /// <summary>Rows for windows that the form offers.</summary>
    public const int WindowRows = 4;

    private const string Home = "/portal/contracts";

    /// <summary>Kinds as the API writes them.</summary>
    public static readonly string[] Kinds = [.. Enum.GetValues<ContractKind>().Select(k => Name(k))];

    /// <summary>The days of the week as they are written in forms, Monday first.</summary>
    public static readonly DayOfWeek[] Days = [DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday, DayOfWeek.Saturday, DayOfWeek.Sunday];

    public static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    public static IServiceCollection AddContractsPortal(this IServiceCollection services)
    {
        services.AddSingleton(new NavEntry(NavGroup.Customers, 30, "file-check", "contracts.title", Home, Permission.DriversRead));
        return services.AddScoped<ContractLists>();
    }

    public static void MapContractsPortal(this WebApplication app)
    {
        var write = app.MapGroup(Home).RequirePermission(Permission.DriversWrite).ExcludeFromDescription();
        write.MapGet("/add", () => Answer.Page<ContractForm>(StatusCodes.Status200OK, (nameof(ContractForm.Form), new ContractFields())));
        write.MapPost("/add", Add);
        write.MapGet("/{id:guid}/edit", Edit);
        write.MapPost("/{id:guid}/edit", Change);
        app.MapGet(Home + "/home-charging.csv", Csv).RequirePermission(Permission.DriversRead).ExcludeFromDescription();
    }

    private static async Task<IResult> Add([FromForm] IFormCollection form, HttpContext http, SaveContract save, ContractLists lists, Reader reader, CancellationToken ct)
    {
        var fields = ContractFields.Of(form);
        var faults = new Faults();
        var wish = await Wish(fields, faults, lists, reader, ct);
        if (!faults.Any)
        {
            (var made, faults) = await save.Create(wish, ct);
            if (made is not null)
            {
                return Answer.Go(http, $"{Home}/{made.Id.Value:D}");
            }
        }

        return Again(fields, null, faults);
    }

    private static async Task<IResult> Edit(Guid id, FindContracts find, ContractLists lists, Reader reader, CancellationToken ct)
    {
        if (await find.Find(id, ct) is not { } contract)
        {
            return Problems.NotFound("contract");
        }

        var drivers = await lists.Drivers(contract.Id, 5000, ct);
        var fields = ContractFields.Of(await find.View(contract, ct), drivers, (await reader.Operator()).Zone);
        return Answer.Page<ContractForm>(StatusCodes.Status200OK, (nameof(ContractForm.Form), fields), (nameof(ContractForm.Id), id));
    }

    private static async Task<IResult> Change(Guid id, [FromForm] IFormCollection form, HttpContext http, FindContracts find, SaveContract save, ContractLists lists, Reader reader, CancellationToken ct)
    {
        if (await find.Find(id, ct) is not { } contract)
        {
            return Problems.NotFound("contract");
        }

        var fields = ContractFields.Of(form);
        var faults = new Faults();
        var wish = await Wish(fields, faults, lists, reader, ct);
        if (!faults.Any)
        {
            (var changed, faults) = await save.Change(contract, _ => wish, ct);
            if (changed is not null)
            {
                return Answer.Go(http, $"{Home}/{id:D}");
            }
        }

        return Again(fields, id, faults);
    }

    private static async Task<ContractWish> Wish(ContractFields fields, Faults faults, ContractLists lists, Reader reader, CancellationToken ct)
    {
        var drivers = await lists.Named(fields.Drivers, ct);
        faults.Unless(drivers is not null, "driverIds", "No such driver.");
        return fields.Wish(drivers ?? [], (await reader.Operator()).Zone, faults);
    }

    private static Microsoft.AspNetCore.Http.HttpResults.RazorComponentResult<AnswerPage> Again(ContractFields fields, Guid? id, Faults faults) => Answer.Page<ContractForm>(
        StatusCodes.Status422UnprocessableEntity, (nameof(ContractForm.Form), fields), (nameof(ContractForm.Id), id), (nameof(ContractForm.Errors), FaultWords.Say(faults.Errors)));

    private static async Task<IResult> Csv(string? month, Reimbursements reimbursements, Reader reader, CancellationToken ct)
    {
        var wanted = Reimbursements.Month(month) ?? DateOnly.FromDateTime(reader.Now.UtcDateTime);
        return TypedResults.File(Reimbursements.Csv(await reimbursements.Of(wanted, ct)), "text/csv; charset=utf-8", $"home-charging-{wanted.ToString("yyyy-MM", CultureInfo.InvariantCulture)}.csv");
    }
}
