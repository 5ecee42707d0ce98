using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.Privacy;

/// <summary>An erasure as the API shows it.</summary>
/// <param name="WaitsFor">session or invoice: what must end first.</param>
public sealed record ErasureView(Guid Id, DriverId DriverId, string State, string? WaitsFor, string RequestedBy, DateTimeOffset RequestedAt, DateTimeOffset? DoneAt)
{
    internal static ErasureView Of(PersonErasure e) => new(e.Id, e.DriverId, e.State, e.WaitsFor, e.RequestedBy, e.RequestedAt, e.DoneAt);
}

/// <summary><c>/drivers/{id}/personal-data</c> and <c>/drivers/{id}/erasure</c></summary>
internal static class PrivacyApi
{
    public static void MapPrivacy(this RouteGroupBuilder drivers)
    {
        drivers.MapGet("/{id:guid}/personal-data", Export).RequirePermission(Permission.DriversWrite).Produces(StatusCodes.Status200OK, contentType: "application/zip").WithSummary("Everything that is stored of a driver, as a zip of JSON and CSV");
        drivers.MapPost("/{id:guid}/erasure", Erase).RequirePermission(Permission.DriversWrite).WithSummary("Close a driver and erase the personal data")
            .WithDescription("Badges are blocked at once. The data go when no session runs and everything owed is invoiced; docs/data-retention.md names what the law keeps.");
        drivers.MapGet("/{id:guid}/erasure", Get).RequirePermission(Permission.DriversRead).WithSummary("Where an erasure stands");
    }

    /// <summary>Answers with the zip, made first and sent then, so that a fault is an answer and no half file.</summary>
    public static async Task<FileStreamHttpResult> Zip(Driver driver, ExportPerson export, CancellationToken ct)
    {
        var file = new FileStream(Path.GetTempFileName(), FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        await export.Write(driver, file, ct);
        file.Position = 0;
        return TypedResults.File(file, "application/zip", "personal-data.zip");
    }

    private static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> Export(Guid id, SaveDriver drivers, ExportPerson export, AuditLog audit, LadewerkDb db, CancellationToken ct)
    {
        if (await drivers.Find(id, ct) is not { ErasedAt: null } driver)
        {
            return Problems.NotFound("driver");
        }

        audit.Record("driver.exported", "driver", id.ToString());
        await db.SaveChangesAsync(ct);
        return await Zip(driver, export, ct);
    }

    private static async Task<Results<Accepted<ErasureView>, ProblemHttpResult>> Erase(Guid id, SaveDriver drivers, CloseDriver close, CancellationToken ct)
    {
        if (await drivers.Find(id, ct) is not { } driver)
        {
            return Problems.NotFound("driver");
        }

        return await close.Run(driver, byDriver: false, ct) is { } erasure
            ? TypedResults.Accepted($"/api/v1/drivers/{id}/erasure", ErasureView.Of(erasure))
            : Problems.Conflict("account-in-use", "The driver's account also works in the portal: take that role away first.");
    }

    private static async Task<Results<Ok<ErasureView>, ProblemHttpResult>> Get(Guid id, LadewerkDb db, CancellationToken ct) =>
        await db.Set<PersonErasure>().AsNoTracking().SingleOrDefaultAsync(e => e.DriverId == new DriverId(id), ct) is { } erasure ? TypedResults.Ok(ErasureView.Of(erasure)) : Problems.NotFound("erasure");
}
