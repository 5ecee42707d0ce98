using Ladewerk.DriverApp;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Drivers.Privacy.App;

/// <summary><c>/app/privacy</c>: the driver's own data.</summary>
internal static class PrivacyPages
{
    public const string Path = "/app/privacy";

    public static IServiceCollection AddPrivacyPages(this IServiceCollection services) => services.AddSingleton(new AppLink(80, "shield", "drivers.privacy", Path));

    public static void MapPrivacyPages(this WebApplication app)
    {
        var pages = app.MapGroup(Path).RequirePermission(Permission.App).ExcludeFromDescription();
        pages.MapGet("", async (CurrentDriver current, OperatorLooks looks, CancellationToken ct) => await Page(current, looks, unsure: false, ct));
        pages.MapGet("/data.zip", Export);
        pages.MapPost("/close", Close);
    }

    private static async Task<IResult> Page(CurrentDriver current, OperatorLooks looks, bool unsure, CancellationToken ct)
    {
        var look = await looks.Current(ct);
        return await current.Find(ct) is null
            ? new RazorComponentResult<NoDriverPage>(new { Look = look })
            : new RazorComponentResult<PrivacyPage>(new { Look = look, Unsure = unsure }) { StatusCode = unsure ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK };
    }

    private static async Task<IResult> Export(CurrentDriver current, ExportPerson export, AuditLog audit, LadewerkDb db, CancellationToken ct)
    {
        if (await current.Find(ct) is not { } driver)
        {
            return Problems.NotFound("driver");
        }

        audit.Record("driver.exported", "driver", driver.Id.Value.ToString());
        await db.SaveChangesAsync(ct);
        return await PrivacyApi.Zip(driver, export, ct);
    }

    private static async Task<IResult> Close([FromForm] string? sure, HttpContext http, CurrentDriver current, OperatorLooks looks, CloseDriver close, CancellationToken ct)
    {
        if (await current.Find(ct) is not { } driver)
        {
            return Problems.NotFound("driver");
        }

        if (sure != "true")
        {
            return await Page(current, looks, unsure: true, ct);
        }

        if (await close.Run(driver, byDriver: true, ct) is null)
        {
            return Problems.Conflict("account-in-use", "This account also works in the portal: its role there must be taken away first.");
        }

        await http.SignOutAsync(IdentityConstants.ApplicationScheme);
        return TypedResults.Redirect("/");
    }
}
