using System.Threading.RateLimiting;
using Ladewerk.DriverApp;
using Ladewerk.Drivers.Badges;
using Ladewerk.Drivers.Badges.App;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.App;

/// <summary>A badge as its owner sees it: by the number that is printed on it.</summary>
public sealed record OwnBadge(Guid Id, string Number, IdTokenStatus State);

/// <summary>The driver app's pages of badges and of the account.</summary>
internal static class DriversApp
{
    private const string Adding = "badge-adding";

    // A badge that is in nobody's hands may be claimed by its number: slowly, so that numbers cannot be tried.
    public static IServiceCollection AddDriversApp(this IServiceCollection services) => services.AddSingleton(new AppLink(40, "key", "me.security", "/portal/account")).Configure<RateLimiterOptions>(o => o.AddPolicy(
        Adding, http => RateLimitPartition.GetFixedWindowLimiter(http.User.Identity?.Name ?? "", _ => new FixedWindowRateLimiterOptions { PermitLimit = 5, Window = TimeSpan.FromMinutes(10), QueueLimit = 0 })));

    public static void MapDriversApp(this WebApplication app)
    {
        var pages = app.MapGroup("/app").RequirePermission(Permission.App).ExcludeFromDescription();
        pages.MapGet("/badges", Badges);
        pages.MapPost("/badges", Add).RequireRateLimiting(Adding);
        pages.MapPost("/badges/{id:guid}/lost", Lost);
        pages.MapBadgesApp(Adding);
        pages.MapGet("/me", Me);
    }

    private static async Task<IResult> Badges(string? fault, CurrentDriver current, OperatorLooks looks, LadewerkDb db, CancellationToken ct) =>
        await current.Find(ct) is { } driver ? await Show(driver, looks, db, null, null, ct, fault == "number") : new RazorComponentResult<NoDriverPage>(new { Look = await looks.Current(ct) });

    private static async Task<IResult> Show(Driver driver, OperatorLooks looks, LadewerkDb db, string? error, string? typed, CancellationToken ct, bool wrongNumber = false)
    {
        // The token of the app itself is no badge, and what is on its way stands with its order.
        var tokens = await db.Set<IdToken>().AsNoTracking().Where(t => t.DriverId == driver.Id && t.Type != "app" && !t.AwaitsActivation).OrderBy(t => t.CreatedAt).ToListAsync(ct);
        var badges = tokens.Select(t => new OwnBadge(t.Id.Value, t.VisualNumber ?? IdTokenUid.Masked(t.Uid), t.Status)).ToList();
        var (orders, mayOrder) = await BadgesApp.Of(driver, db, ct);
        return new RazorComponentResult<BadgesPage>(new
        {
            Look = await looks.Current(ct), Badges = (IReadOnlyList<OwnBadge>)badges, driver.Name, Error = error, Typed = typed, Orders = orders, MayOrder = mayOrder, WrongNumber = wrongNumber,
        })
        {
            StatusCode = error is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
        };
    }

    private static async Task<IResult> Add([FromForm] string? number, CurrentDriver current, OperatorLooks looks, LadewerkDb db, SaveIdToken save, Texts t, CancellationToken ct)
    {
        if (await current.Find(ct) is not { } driver)
        {
            return Problems.NotFound("driver");
        }

        var wanted = PrintedNumber.Plain(number);
        var candidates = await db.Set<IdToken>().Where(token => token.DriverId == null && token.Status == IdTokenStatus.Accepted && token.VisualNumber != null && token.VisualNumber.Replace(" ", "").Replace("-", "") == wanted)
            .Take(2).ToListAsync(ct);
        if (wanted.Length < 4 || candidates is not [var badge])
        {
            return await Show(driver, looks, db, t["badges.app.unknown"], number, ct);
        }

        return (await save.Patch(badge, new IdTokenPatch { DriverId = new Optional<DriverId?>(driver.Id) }, ct)).Any
            ? await Show(driver, looks, db, t["badges.app.unknown"], number, ct)
            : TypedResults.Redirect("/app/badges");
    }

    private static async Task<IResult> Lost(Guid id, CurrentDriver current, LadewerkDb db, SaveIdToken save, CancellationToken ct)
    {
        if (await current.Find(ct) is not { } driver || await db.Set<IdToken>().SingleOrDefaultAsync(token => token.Id == new IdTokenId(id) && token.DriverId == driver.Id && token.Type != "app", ct) is not { } badge)
        {
            return Problems.NotFound("badge");
        }

        if (badge.Status == IdTokenStatus.Accepted)
        {
            await save.Patch(badge, new IdTokenPatch { Status = IdTokenStatus.Lost }, ct);
        }

        return TypedResults.Redirect("/app/badges");
    }

    private static async Task<IResult> Me(CurrentDriver current, OperatorLooks looks, IEnumerable<AppLink> links, TenantModules modules, TenantContext tenant, CancellationToken ct)
    {
        var look = await looks.Current(ct);
        var has = await modules.Of(tenant.Current, ct);
        return await current.Find(ct) is { } driver
            ? new RazorComponentResult<MePage>(new { Look = look, driver.Name, driver.Email, Links = (IReadOnlyList<AppLink>)[.. links.Where(l => l.Module is null || has.Contains(l.Module))] })
            : new RazorComponentResult<NoDriverPage>(new { Look = look });
    }
}
