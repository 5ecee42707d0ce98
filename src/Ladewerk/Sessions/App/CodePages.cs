using Ladewerk.DriverApp;
using Ladewerk.Drivers.Vouchers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Stations;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Sessions.App;

/// <summary>What somebody sees who scanned the code of a voucher or of a guest.</summary>
/// <param name="Points">Where it may be used; empty where it holds everywhere.</param>
/// <param name="Wrong">A number was typed that no charge point has.</param>
public sealed record CodeModel(OperatorLook Look, CodeView Code, IReadOnlyList<ChargePoint> Points, bool Wrong = false);

/// <summary><c>/v/{code}</c>, the page behind the QR code of a voucher or guest: what it gives, and where. Public, without cookies.</summary>
internal static class CodePages
{
    public static void MapCodePages(this WebApplication app)
    {
        var guest = app.MapGroup("/v/{code}").AllowAnonymous().ExcludeFromDescription().RequireRateLimiting(GuestPages.Writes);
        guest.MapGet("", Page);
        guest.MapGet("/go", Go);
    }

    private static async Task<IResult> Page(string code, HttpContext http, FindCodes codes, ChargePoints points, OperatorLooks looks, CancellationToken ct) =>
        await Find(code, http, codes, ct) is { } found ? await Show(found, http, points, looks, wrong: false, ct) : Missing();

    /// <summary>On to the charge point whose number was typed or scanned.</summary>
    private static async Task<IResult> Go(string code, string? point, HttpContext http, FindCodes codes, ChargePoints points, OperatorLooks looks, CancellationToken ct)
    {
        if (await Find(code, http, codes, ct) is not { } found)
        {
            return Missing();
        }

        return await points.FindOwn(point ?? "", ct) is { } there
            ? TypedResults.Redirect(With(there, found.Code))
            : await Show(found, http, points, looks, wrong: true, ct);
    }

    /// <summary>The page of a charge point with the code filled in.</summary>
    internal static string With(ChargePoint point, string code) => $"{point.Href}?code={code}&lang={Texts.Language}";

    private static Task<CodeView?> Find(string code, HttpContext http, FindCodes codes, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["Referrer-Policy"] = "no-referrer"; // the address is worth something
        return codes.Shown(code, GuestPages.Address(http), ct);
    }

    private static async Task<RazorComponentResult<CodePage>> Show(CodeView code, HttpContext http, ChargePoints points, OperatorLooks looks, bool wrong, CancellationToken ct)
    {
        var listed = new List<ChargePoint>();
        foreach (var site in code.Sites)
        {
            listed.AddRange(await points.At(new SiteId(site), ct));
        }

        var model = new CodeModel(await looks.Current(ct), code, listed, wrong);
        return new RazorComponentResult<CodePage>(new { Model = model }) { StatusCode = wrong ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK };
    }

    private static ProblemHttpResult Missing() => Problems.NotFound("code");
}
