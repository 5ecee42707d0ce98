using System.Threading.RateLimiting;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Sessions;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Receipts.App;

/// <summary><c>/r/{token}</c>: a driver's receipt behind an unguessable link, the transparency file and the PDF. Public, without cookies.</summary>
internal static class ReceiptPages
{
    private const string Reads = "receipt-reads", Prints = "receipt-prints", Mails = "receipt-mails";

    public static IServiceCollection AddReceiptPages(this IServiceCollection services)
    {
        services.AddScoped<ReadReceipt>().AddScoped<PrintReceipt>().AddScoped<MailReceipt>();
        return services.Configure<RateLimiterOptions>(o => o.AddPolicy(Reads, http => Window(http, 120)).AddPolicy(Prints, http => Window(http, 12)).AddPolicy(Mails, http => Window(http, 5)));
    }

    public static void MapReceiptPages(this WebApplication app)
    {
        var receipts = app.MapGroup("/r").AllowAnonymous().ExcludeFromDescription().RequireRateLimiting(Reads);
        receipts.MapGet("/{token}", Page);
        receipts.MapGet("/{token}/transparency.xml", File);
        receipts.MapGet("/{token}/receipt.pdf", Pdf).RequireRateLimiting(Prints);
        receipts.MapPost("/{token}/mail", Mail).RequireRateLimiting(Mails).DisableAntiforgery();
        app.MapGet("/portal/sessions/{id:guid}/receipt.pdf", OfOperator).RequirePermission(Permission.SessionsRead).ExcludeFromDescription();
    }

    private static RateLimitPartition<string> Window(HttpContext http, int permits) => RateLimitPartition.GetFixedWindowLimiter(
        http.Connection.RemoteIpAddress?.ToString() ?? "", _ => new FixedWindowRateLimiterOptions { PermitLimit = permits, Window = TimeSpan.FromMinutes(1), QueueLimit = 0 });

    private static async Task<IResult> Page(string token, string? mail, HttpContext http, ReceiptLinks links, ReadReceipt read, CancellationToken ct)
    {
        Private(http);
        var mailed = Enum.TryParse<MailedReceipt>(mail, true, out var told) ? told : (MailedReceipt?)null;
        return await links.Find(token, ct) is { } proof && await read.Of(new SessionId(proof.SessionId), token, ct) is { } model ? new RazorComponentResult<ReceiptPage>(new { Model = model, Mailed = mailed }) : Problems.NotFound("receipt");
    }

    /// <summary>The form works without cookies; whoever does not hold the link cannot send it, and a browser that says it comes from another site is not heard.</summary>
    private static async Task<IResult> Mail(string token, HttpContext http, ReceiptLinks links, MailReceipt mail, CancellationToken ct)
    {
        Private(http);
        if (!http.Request.HasFormContentType || http.Request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin" or "none"))
        {
            return Problems.Of(StatusCodes.Status400BadRequest, "invalid-request", "Not sent from the receipt's own page.");
        }

        if (await links.Find(token, ct) is not { } proof)
        {
            return Problems.NotFound("receipt");
        }

        var told = await mail.Run(proof, token, (await http.Request.ReadFormAsync(ct))["email"], ct);
        return TypedResults.LocalRedirect($"/r/{token}?lang={Kernel.Text.Texts.Language}&mail={told}#mail");
    }

    private static async Task<IResult> File(string token, HttpContext http, ReceiptLinks links, TransparencyOf transparency, CancellationToken ct)
    {
        Private(http);
        return await links.Find(token, ct) is { } proof && await transparency.Session(new SessionId(proof.SessionId), ct) is { } file
            ? TypedResults.File(file, "application/xml", $"transparenz-{proof.SessionId:N}.xml")
            : Problems.NotFound("receipt");
    }

    private static async Task<IResult> Pdf(string token, HttpContext http, ReceiptLinks links, ReadReceipt read, PrintReceipt print, CancellationToken ct)
    {
        Private(http);
        return await links.Find(token, ct) is { } proof && await read.Of(new SessionId(proof.SessionId), token, ct) is { } model ? await Printed(model, print, ct) : Problems.NotFound("receipt");
    }

    private static async Task<IResult> OfOperator(Guid id, LadewerkDb db, ReceiptLinks links, ReadReceipt read, PrintReceipt print, CancellationToken ct)
    {
        var proof = await db.Set<SessionProof>().AsNoTracking().SingleOrDefaultAsync(p => p.SessionId == id, ct);
        return await read.Of(new SessionId(id), proof is null ? null : links.Open(proof), ct) is { } model ? await Printed(model, print, ct) : Problems.NotFound("receipt");
    }

    private static async Task<IResult> Printed(ReceiptModel model, PrintReceipt print, CancellationToken ct)
    {
        try
        {
            return TypedResults.File(await print.Run(model, ct), "application/pdf", $"{model.Number}.pdf");
        }
        catch (Exception failed) when (failed is PdfRendererMissingException or PdfRendererFailedException)
        {
            return Problems.Of(StatusCodes.Status503ServiceUnavailable, "no-document", "The document cannot be made now.");
        }
    }

    /// <summary>The address is the key: kept in no cache, told to nobody.</summary>
    private static void Private(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
    }
}

/// <summary>The receipt as PDF/A.</summary>
internal sealed class PrintReceipt(PdfRenderer renderer, SiteAddress address, IServiceProvider services, ILoggerFactory loggers)
{
    /// <exception cref="PdfRendererMissingException">WeasyPrint is not installed.</exception>
    /// <exception cref="PdfRendererFailedException">It failed.</exception>
    public async Task<byte[]> Run(ReceiptModel model, CancellationToken ct)
    {
        await using var html = new HtmlRenderer(services, loggers);
        var page = await html.Dispatcher.InvokeAsync(async () =>
        {
            var parameters = ParameterView.FromDictionary(new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                [nameof(ReceiptSheet.Model)] = model, [nameof(ReceiptSheet.Address)] = model.Token is { } token ? address.Of("/r/" + token).ToString() : "",
            });
            return (await html.RenderComponentAsync<ReceiptSheet>(parameters)).ToHtmlString();
        });
        return await renderer.Render(page, ct);
    }
}
