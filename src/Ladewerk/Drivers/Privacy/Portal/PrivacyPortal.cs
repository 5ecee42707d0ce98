using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Portal;

namespace Ladewerk.Drivers.Privacy.Portal;

/// <summary>What the page of a driver's data does.</summary>
internal static class PrivacyPortal
{
    public static void MapPrivacyPortal(this WebApplication app)
    {
        var write = app.MapGroup("/portal/drivers/{id:guid}").RequirePermission(Permission.DriversWrite).ExcludeFromDescription();
        write.MapGet("/data.zip", Export);
        write.MapPost("/erase", Erase);
    }

    private static async Task<IResult> Export(Guid id, SaveDriver drivers, ExportPerson export, AuditLog audit, LadewerkDb db, CancellationToken ct)
    {
        if (await drivers.Find(id, ct) is not { ErasedAt: null } driver)
        {
            return Problems.NotFound("driver");
        }

        audit.Record("driver.exported", "driver", id.ToString());
        await db.SaveChangesAsync(ct);
        return await PrivacyApi.Zip(driver, export, ct);
    }

    private static async Task<IResult> Erase(Guid id, HttpContext http, SaveDriver drivers, CloseDriver close, CancellationToken ct)
    {
        if (await drivers.Find(id, ct) is not { } driver)
        {
            return Problems.NotFound("driver");
        }

        return await close.Run(driver, byDriver: false, ct) is null
            ? Problems.Conflict("account-in-use", "The driver's account also works in the portal: take that role away first.")
            : Answer.Go(http, $"/portal/drivers/{id}/data");
    }
}
