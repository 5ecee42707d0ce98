using System.Threading.RateLimiting;
using Ladewerk.Billing;
using Ladewerk.DriverApp;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Payments.Terminals;
using Ladewerk.Sessions.App;
using Ladewerk.Stations.Files;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.App;

/// <summary>What the payer's page shows.</summary>
/// <param name="Token">Of the payer's link.</param>
/// <param name="Reader">The card reader at which it is paid; null: the provider's page.</param>
public sealed record PayModel(OperatorLook Look, Payment Payment, string PointHref, string Token, ReaderLook? Reader = null);

/// <summary>A payment by its payer's link.</summary>
internal sealed class PayerPages(LadewerkDb db, TenantContext tenant)
{
    /// <summary>The payment behind a link, whoever's it is; the scope works for that operator from then on.</summary>
    public async Task<Payment?> Find(string secret, CancellationToken ct)
    {
        var hash = new LinkToken(secret).Hash;
        var found = await db.Set<Payment>().IgnoreQueryFilters().AsNoTracking().SingleOrDefaultAsync(p => p.LinkHash == hash, ct);
        if (found is not null)
        {
            tenant.Use(found.TenantId);
        }

        return found;
    }

    public Task<string> Currency(CancellationToken ct) => db.Set<Tenant>().AsNoTracking().Where(t => t.Id == tenant.Current).Select(t => t.Currency).SingleAsync(ct);

    /// <summary>Somebody came back from the provider: look now, whether its event has come or not.</summary>
    public Task Ring(Payment payment, DateTimeOffset now, CancellationToken ct) =>
        db.Database.ExecuteSqlAsync($"update payment set due_at = {now} where id = {payment.Id.Value} and state = 'opened' and due_at > {now}", ct);
}

/// <summary><c>POST /c/{evseId}/pay</c> and <c>/pay/{token}</c>: to the provider's page and back. Public, without cookies.</summary>
internal static class PayRoutes
{
    public const string Writes = "payment-writes", Reads = "payment-reads";

    public static IServiceCollection AddPayRoutes(this IServiceCollection services) => services.AddMethodsApp().AddScoped<PayerLinks>().AddScoped<OwedInvoices>().Configure<RateLimiterOptions>(o => o
        .AddPolicy(Writes, http => RateLimitPartition.GetFixedWindowLimiter(Address(http), _ => new FixedWindowRateLimiterOptions { PermitLimit = 20, Window = TimeSpan.FromMinutes(1), QueueLimit = 0 }))
        .AddPolicy(Reads, http => RateLimitPartition.GetFixedWindowLimiter(Address(http), _ => new FixedWindowRateLimiterOptions { PermitLimit = 300, Window = TimeSpan.FromMinutes(1), QueueLimit = 0 })));

    public static void MapPayRoutes(this WebApplication app)
    {
        var guest = app.MapGroup("").AllowAnonymous().ExcludeFromDescription();
        guest.MapPost("/c/{evseId}/pay", Open).RequireRateLimiting(Writes).DisableAntiforgery();
        guest.MapGet("/pay/{token}", Show).RequireRateLimiting(Reads);
        guest.MapTerminalPages();
        guest.MapGet("/pay/{token}/receipt.pdf", Receipt).RequireRateLimiting(Writes); // making one is work
        app.MapHostedPages();
        app.MapMethodsApp();
    }

    private static string Address(HttpContext http) => http.Connection.RemoteIpAddress?.ToString() ?? "";

    private static async Task<IResult> Open(
        string evseId, HttpContext http, ChargePoints points, PointLinks links, PaymentAccounts accounts, OpenPayment open, CancellationToken ct)
    {
        if (await points.FindPublic(evseId, ct) is not { } point)
        {
            return Problems.NotFound("charge point");
        }

        // A point that was taken in the meantime says so itself.
        var told = await links.Check(point, http.Request.HasFormContentType ? (await http.Request.ReadFormAsync(ct))["s"] : default, ct);
        if (!point.CanStart || told == LinkProof.Forged || (told == LinkProof.None && (await accounts.Settings(ct)).SignedLinksOnly))
        {
            return TypedResults.LocalRedirect($"{point.Href}?lang={Texts.Language}{(told == LinkProof.Forged ? "&s=x" : "")}");
        }

        try
        {
            return await open.Run(point, $"{http.Request.Scheme}://{http.Request.Host}", Texts.Language, ct) is { } link
                ? TypedResults.LocalRedirect($"/pay/{link}?go=1&lang={Texts.Language}")
                : Problems.NotFound("way to pay");
        }
        catch (PaymentProviderException)
        {
            return Problems.Of(StatusCodes.Status503ServiceUnavailable, "payments-unavailable", Texts.In(Texts.Language, "payments.unavailable"));
        }
    }

    private static async Task<IResult> Receipt(string token, HttpContext http, PayerPages pages, RenderInvoice render, CancellationToken ct)
    {
        if (await pages.Find(token, ct) is not { ReceiptId: { } receipt })
        {
            return Problems.NotFound("receipt");
        }

        http.Response.Headers.CacheControl = "no-store";
        try
        {
            return await render.Run(receipt, ct) is { } document ? TypedResults.File(document.Content, document.ContentType, document.FileName) : Problems.NotFound("receipt");
        }
        catch (Exception waits) when (waits is PdfRendererMissingException or PdfRendererFailedException)
        {
            return Problems.Of(StatusCodes.Status503ServiceUnavailable, "document-pending", Texts.In(Texts.Language, "payments.unavailable.receipt"));
        }
    }

    private static async Task<IResult> Show(string token, string? go, HttpContext http, PayerPages pages, ChargePoints points, OperatorLooks looks, TimeProvider time, CancellationToken ct)
    {
        if (await pages.Find(token, ct) is not { } payment)
        {
            return Problems.NotFound("payment");
        }

        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["Referrer-Policy"] = "no-referrer"; // the address is the key
        if (payment.State is PaymentState.Starting or PaymentState.Charging or PaymentState.Captured || payment is { State: PaymentState.Released, SessionId: not null })
        {
            return TypedResults.LocalRedirect($"/g/{token}?lang={Texts.Language}");
        }

        var isOnTheWay = go == "1" && payment is { State: PaymentState.Opened, CheckoutUrl: not null };
        if (!payment.IsOver)
        {
            // Not a redirect: the page's policy lets its forms lead nowhere but to us. With scripts or without, the page reads itself again.
            http.Response.Headers["Refresh"] = isOnTheWay ? "0;url=" + payment.CheckoutUrl : "3";
        }

        if (!isOnTheWay)
        {
            await pages.Ring(payment, time.GetUtcNow(), ct);
        }

        var point = await points.Of(payment.StationId, payment.EvseNumber, ct);
        return new RazorComponentResult<PayPage>(new { Model = new PayModel(await looks.Current(ct), payment, point?.Href ?? "/", token, payment.TerminalId is null ? null : await http.RequestServices.GetRequiredService<FindTerminals>().Of(payment.Id, ct)) });
    }
}
