using Ladewerk.DriverApp;
using Ladewerk.Drivers;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Sessions.App;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Sessions.Reports.App;

/// <summary>The page on which a driver reports a fault.</summary>
internal static class ReportPages
{
    public static void MapReportPages(this WebApplication app)
    {
        var pages = app.MapGroup("/app/p/{code}/report").RequirePermission(Permission.App).ExcludeFromDescription();
        pages.MapGet("", Page);
        pages.MapPost("", Send);
    }

    /// <summary>What a kind is called.</summary>
    public static string Word(FaultKind kind, Texts t) => kind switch
    {
        FaultKind.Broken => t["faults.kind.broken"],
        FaultKind.Cable => t["faults.kind.cable"],
        FaultKind.Display => t["faults.kind.display"],
        FaultKind.Blocked => t["faults.kind.blocked"],
        FaultKind.Payment => t["faults.kind.payment"],
        FaultKind.Other => t["faults.kind.other"],
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such kind."),
    };

    private static async Task<IResult> Page(string code, string? sent, ChargePoints points, OperatorLooks looks, CancellationToken ct) =>
        await points.FindOwn(code, ct) is { } point ? new RazorComponentResult<ReportPage>(new { Look = await looks.Current(ct), Point = point, Done = sent is not null }) : Problems.NotFound("charge point");

    private static async Task<IResult> Send(
        string code, [FromForm] string? kind, [FromForm] string? note, IFormFile? photo, CurrentDriver current, ChargePoints points, OperatorLooks looks, FaultReports reports, Texts t, CancellationToken ct)
    {
        if (await current.Find(ct) is not { } driver || await points.FindOwn(code, ct) is not { } point)
        {
            return Problems.NotFound("charge point");
        }

        var chosen = Enum.TryParse<FaultKind>(kind, out var known) && Enum.IsDefined(known) ? known : FaultKind.Other;
        var outcome = photo is { Length: > PlainPicture.MaxBytes } ? ReportOutcome.TooLarge : await reports.Take(point.Station, point.Number, driver, chosen, note, await Bytes(photo, ct), ct);
        return outcome switch
        {
            ReportOutcome.Kept => TypedResults.Redirect($"/app/p/{point.ShortCode}/report?sent=1"),
            ReportOutcome.NotAPicture => await Again(t["faults.notAPicture"]),
            ReportOutcome.TooLarge => await Again(t["faults.tooLarge"]),
            ReportOutcome.TooMany => await Again(t["faults.tooMany"]),
            _ => throw new ArgumentOutOfRangeException(nameof(code), outcome, "No such outcome."),
        };

        async Task<IResult> Again(string error) => new RazorComponentResult<ReportPage>(new { Look = await looks.Current(ct), Point = point, Error = error, Kind = (FaultKind?)chosen, Note = note ?? "" })
        {
            StatusCode = StatusCodes.Status422UnprocessableEntity,
        };
    }

    private static async Task<byte[]?> Bytes(IFormFile? file, CancellationToken ct)
    {
        if (file is not { Length: > 0 })
        {
            return null;
        }

        using var bytes = new MemoryStream((int)file.Length);
        await file.CopyToAsync(bytes, ct);
        return bytes.ToArray();
    }
}
