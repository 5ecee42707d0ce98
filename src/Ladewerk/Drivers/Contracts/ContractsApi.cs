using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.Contracts;

/// <summary><c>/contracts</c></summary>
internal static class ContractsApi
{
    public static void MapContracts(this RouteGroupBuilder api)
    {
        var contracts = api.MapGroup("/contracts").WithTags("Contracts");
        contracts.MapGet("/", List).RequirePermission(Permission.DriversRead).WithSummary("Contracts by name");
        contracts.MapPost("/", Create).RequirePermission(Permission.DriversWrite).WithSummary("Make a contract");
        contracts.MapGet("/reimbursements", Reimburse).RequirePermission(Permission.DriversRead).WithSummary("What employees get back for charging company cars at home in a month (2026-11)");
        contracts.MapGet("/reimbursements.csv", ReimburseCsv).RequirePermission(Permission.DriversRead).WithSummary("The same as a table");
        contracts.MapGet("/{id:guid}", Get).RequirePermission(Permission.DriversRead).WithSummary("A contract");
        contracts.MapPatch("/{id:guid}", Patch).RequirePermission(Permission.DriversWrite).WithSummary("Change a contract; what is absent stays");
        contracts.MapDelete("/{id:guid}", Delete).RequirePermission(Permission.DriversWrite).WithSummary("Delete a contract under which nobody has charged");
        contracts.MapGet("/{id:guid}/usage", Usage).RequirePermission(Permission.DriversRead).WithSummary("What it has used this month");
    }

    private static async Task<Ok<Page<ContractView>>> List(string? q, Named<ContractKind>? kind, Guid? driverId, int? limit, string? cursor, LadewerkDb db, FindContracts find, CancellationToken ct)
    {
        var (count, after) = (Paging.Limit(limit), Paging.Decode(cursor)?.Split('\n'));
        var contracts = db.Set<Contract>().AsNoTracking();
        contracts = q is null ? contracts : contracts.Where(c => EF.Functions.ILike(c.Name, Paging.Containing(q)) || EF.Functions.ILike(c.Number, Paging.Containing(q)));
        contracts = kind is { Value: var wanted } ? contracts.Where(c => c.Kind == wanted) : contracts;
        contracts = driverId is { } driver ? contracts.Where(c => db.Set<ContractDriver>().Any(m => m.ContractId == c.Id && m.DriverId == new DriverId(driver))) : contracts;
        if (after is [var name, var id] && Guid.TryParse(id, out var last))
        {
            contracts = contracts.Where(c => EF.Functions.GreaterThan(ValueTuple.Create(c.Name, c.Id), ValueTuple.Create(name, new ContractId(last))));
        }

        var rows = await contracts.OrderBy(c => c.Name).ThenBy(c => c.Id).Take(count + 1).ToListAsync(ct);
        return TypedResults.Ok(Paging.Of(await find.Views(rows, ct), count, c => $"{c.Name}\n{c.Id.Value}"));
    }

    private static async Task<Results<Created<ContractView>, ValidationProblem>> Create(ContractWish request, SaveContract save, CancellationToken ct)
    {
        var (made, faults) = await save.Create(request, ct);
        return made is null ? Problems.Invalid(faults.Errors) : TypedResults.Created($"/api/v1/contracts/{made.Id.Value}", made);
    }

    private static async Task<Results<Ok<ContractView>, ProblemHttpResult>> Get(Guid id, FindContracts find, CancellationToken ct) =>
        await find.Find(id, ct) is { } contract ? TypedResults.Ok(await find.View(contract, ct)) : Problems.NotFound("contract");

    private static async Task<Results<Ok<ContractView>, ValidationProblem, ProblemHttpResult>> Patch(Guid id, ContractPatch patch, FindContracts find, SaveContract save, CancellationToken ct)
    {
        if (await find.Find(id, ct) is not { } contract)
        {
            return Problems.NotFound("contract");
        }

        var (changed, faults) = await save.Change(contract, patch.On, ct);
        return changed is null ? Problems.Invalid(faults.Errors) : TypedResults.Ok(changed);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(Guid id, FindContracts find, LadewerkDb db, AuditLog audit, CancellationToken ct)
    {
        if (await find.Find(id, ct) is not { } contract)
        {
            return Problems.NotFound("contract");
        }

        db.Remove(contract);
        audit.Record("contract.deleted", "contract", contract.Number, await find.View(contract, ct));
        await db.SaveChangesAsync(ct);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Ok<ContractUsage>, ProblemHttpResult>> Usage(Guid id, FindContracts find, CancellationToken ct) =>
        await find.Find(id, ct) is { } contract ? TypedResults.Ok(await find.Usage(contract, ct)) : Problems.NotFound("contract");

    private static async Task<Results<Ok<Page<Reimbursement>>, ValidationProblem>> Reimburse(string? month, Reimbursements reimbursements, CancellationToken ct) =>
        Reimbursements.Month(month) is { } wanted ? TypedResults.Ok(new Page<Reimbursement>(await reimbursements.Of(wanted, ct), null)) : Problems.Invalid("month", "A month, such as 2026-11.");

    private static async Task<Results<FileContentHttpResult, ValidationProblem>> ReimburseCsv(string? month, Reimbursements reimbursements, CancellationToken ct) =>
        Reimbursements.Month(month) is { } wanted
            ? TypedResults.File(Reimbursements.Csv(await reimbursements.Of(wanted, ct)), "text/csv; charset=utf-8", $"reimbursements-{month}.csv")
            : Problems.Invalid("month", "A month, such as 2026-11.");
}
