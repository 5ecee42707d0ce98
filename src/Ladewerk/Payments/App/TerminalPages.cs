using System.Globalization;
using Ladewerk.DriverApp;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Payments.Terminals;
using Ladewerk.Sessions.App;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Payments.App;

/// <summary>What the page shows on which a receipt is looked for; days as forms write them.</summary>
public sealed record CardReceiptModel(OperatorLook Look, ChargePoint Point, string First, string Last, string? Day = null, string? Amount = null)
{
    public bool IsWrong { get; init; }
    public bool IsTooMany { get; init; }
}

/// <summary>What guests do at a card reader: have it ask, give it up, and find the receipt. Public, without cookies.</summary>
internal static class TerminalPages
{
    public static void MapTerminalPages(this RouteGroupBuilder guest)
    {
        guest.MapPost("/c/{evseId}/terminal", Ask).RequireRateLimiting(PayRoutes.Writes).DisableAntiforgery();
        guest.MapPost("/pay/{token}/cancel", Cancel).RequireRateLimiting(PayRoutes.Writes).DisableAntiforgery();
        guest.MapGet("/c/{evseId}/receipt", Form).RequireRateLimiting(PayRoutes.Reads);
        guest.MapPost("/c/{evseId}/receipt", Find).RequireRateLimiting(PayRoutes.Writes).DisableAntiforgery();
    }

    private static async Task<IResult> Ask(string evseId, HttpContext http, ChargePoints points, PointLinks links, PaymentAccounts accounts, OpenOffer open, CancellationToken ct)
    {
        if (await points.FindPublic(evseId, ct) is not { } point)
        {
            return Problems.NotFound("charge point");
        }

        var proof = http.Request.HasFormContentType ? (await http.Request.ReadFormAsync(ct))["s"].ToString() : "";
        var told = await links.Check(point, proof, ct);
        var back = Link(point, told == LinkProof.Forged ? "x" : proof);
        if (!point.CanStart || told == LinkProof.Forged || (told == LinkProof.None && (await accounts.Settings(ct)).SignedLinksOnly))
        {
            return TypedResults.LocalRedirect(back);
        }

        return await open.Run(point.Station, point.Number, point.Name, OfferOrigin.Page, Texts.Language, ct) switch
        {
            OfferResult.Opened made => TypedResults.LocalRedirect($"/pay/{made.Link}?lang={Texts.Language}"),
            OfferResult.Running => TypedResults.LocalRedirect(back),
            _ => TypedResults.LocalRedirect(back + "&reader=busy"),
        };
    }

    private static string Link(ChargePoint point, string proof) => $"{point.Href}?lang={Texts.Language}{(proof.Length > 0 ? "&s=" + Uri.EscapeDataString(proof) : "")}";

    private static async Task<IResult> Cancel(string token, PayerPages pages, GiveUpOffer give, CancellationToken ct)
    {
        if (await pages.Find(token, ct) is not { } payment)
        {
            return Problems.NotFound("payment");
        }

        await give.Run(payment.Id, ct);
        return TypedResults.LocalRedirect($"/pay/{token}?lang={Texts.Language}");
    }

    private static async Task<IResult> Form(string evseId, ChargePoints points, OperatorLooks looks, FindTerminals find, TimeProvider time, CancellationToken ct) =>
        await points.FindPublic(evseId, ct) is { } point && await find.HasReceipts(point.ShortCode, ct) ? Page(await Model(point, looks, time, ct)) : Problems.NotFound("charge point");

    private static async Task<IResult> Find(
        string evseId, [FromForm] string? digits, [FromForm] string? day, [FromForm] string? amount, HttpContext http, ChargePoints points, OperatorLooks looks, FindCardReceipt find, TimeProvider time, CancellationToken ct)
    {
        if (await points.FindPublic(evseId, ct) is not { } point)
        {
            return Problems.NotFound("charge point");
        }

        http.Response.Headers.CacheControl = "no-store";
        var wish = new CardReceiptWish(
            digits?.Trim(), DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var on) ? on : null,
            decimal.TryParse(amount?.Trim().TrimEnd('€').Trim().Replace(',', '.'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var paid) ? paid : null);
        return await find.Run(point, wish, http.Connection.RemoteIpAddress?.ToString() ?? "", ct) switch
        {
            CardReceiptResult.Found found => TypedResults.LocalRedirect($"{found.Path}?lang={Texts.Language}"),
            CardReceiptResult.TooMany => Page(await Model(point, looks, time, ct) with { Day = day, Amount = amount, IsWrong = true, IsTooMany = true }, StatusCodes.Status429TooManyRequests),
            _ => Page(await Model(point, looks, time, ct) with { Day = day, Amount = amount, IsWrong = true }, StatusCodes.Status422UnprocessableEntity),
        };
    }

    private static async Task<CardReceiptModel> Model(ChargePoint point, OperatorLooks looks, TimeProvider time, CancellationToken ct)
    {
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time.GetUtcNow(), LiveViews.Zone(point.TimeZone)).DateTime);
        return new CardReceiptModel(await looks.Current(ct), point, Day(today.AddDays(-30)), Day(today));
    }

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static RazorComponentResult<CardReceiptPage> Page(CardReceiptModel model, int status = StatusCodes.Status200OK) => new(new { Model = model }) { StatusCode = status };
}
