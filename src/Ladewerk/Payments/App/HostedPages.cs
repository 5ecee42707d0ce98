using Ladewerk.Billing;
using Ladewerk.Billing.Dunning;
using Ladewerk.DriverApp;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Payments.Invoices;
using Ladewerk.Payments.Methods;
using Ladewerk.Stations.Files;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.App;

/// <summary>What a hosted page shows.</summary>
/// <param name="Button">What there is to do; null: nothing.</param>
/// <param name="Post">Where the button leads; <paramref name="Go"/> where it leads to the provider at once.</param>
public sealed record HostedModel(OperatorLook Look, string Title, string Text)
{
    public IReadOnlyList<(string Label, string Value)> Facts { get; init; } = [];
    public string? Button { get; init; }
    public string? Post { get; init; }
    public string? Go { get; init; }
    public string? Small { get; init; }
    public string? Error { get; init; }
    public bool IsBusy { get; init; }
}

/// <summary>What a payer's link leads to, whoever's it is; the scope works for that operator from then on.</summary>
internal sealed class PayerLinks(LadewerkDb db, TenantContext tenant)
{
    public async Task<PaymentMethodSetup?> Setup(string secret, CancellationToken ct)
    {
        var hash = new LinkToken(secret).Hash;
        var found = await db.Set<PaymentMethodSetup>().IgnoreQueryFilters().AsNoTracking().SingleOrDefaultAsync(s => s.LinkHash == hash, ct);
        Use(found?.TenantId);
        return found;
    }

    public async Task<InvoiceCollection?> Collection(string secret, CancellationToken ct)
    {
        var hash = new LinkToken(secret).Hash;
        var found = await db.Set<InvoiceCollection>().IgnoreQueryFilters().AsNoTracking().SingleOrDefaultAsync(c => c.LinkHash == hash, ct);
        Use(found?.TenantId);
        return found;
    }

    private void Use(TenantId? owner)
    {
        if (owner is { } known)
        {
            tenant.Use(known);
        }
    }
}

/// <summary><c>/pay/method/{token}</c> and <c>/pay/invoice/{token}</c>: public, without cookies; the address is the key.</summary>
internal static class HostedPages
{
    public static void MapHostedPages(this WebApplication app)
    {
        var pages = app.MapGroup("/pay").AllowAnonymous().ExcludeFromDescription();
        pages.MapGet("/method/{token}", ShowMethod).RequireRateLimiting(PayRoutes.Reads);
        pages.MapPost("/method/{token}", OpenMethod).RequireRateLimiting(PayRoutes.Writes).DisableAntiforgery();
        pages.MapGet("/invoice/{token}", ShowInvoice).RequireRateLimiting(PayRoutes.Reads);
        pages.MapPost("/invoice/{token}", OpenInvoice).RequireRateLimiting(PayRoutes.Writes).DisableAntiforgery();
    }

    private static async Task<IResult> ShowMethod(string token, string? go, HttpContext http, PayerLinks links, AdvanceMethodSetup advance, OperatorLooks looks, LadewerkDb db, Texts t, TimeProvider time, CancellationToken ct)
    {
        if (await links.Setup(token, ct) is not { } setup)
        {
            return Problems.NotFound("link");
        }

        Private(http);
        if (go == "1" && setup is { State: MethodSetupState.Opened, CheckoutUrl: { } page })
        {
            return Leave(http, await looks.Current(ct), t, page);
        }

        if (setup.State == MethodSetupState.Opened)
        {
            await advance.Run(setup.Id, ct); // back from the provider's page, whether its event has come or not
            setup = await db.Set<PaymentMethodSetup>().AsNoTracking().SingleAsync(s => s.Id == setup.Id, ct);
        }

        var look = await looks.Current(ct);
        return Page(setup switch
        {
            { State: MethodSetupState.Done } => new HostedModel(look, t["payments.methods.given"], t["payments.methods.given.what", look.Name]),
            { State: MethodSetupState.Expired } or { State: MethodSetupState.Asked } when setup.State == MethodSetupState.Expired || setup.ExpiresAt <= time.GetUtcNow() => new HostedModel(look, t["payments.methods.over"], t["payments.methods.over.what", look.Name]),
            _ => new HostedModel(look, t["payments.methods.give"], t["payments.methods.give.what", look.Name])
            {
                Button = t["payments.methods.giveNow"], Post = $"/pay/method/{token}?lang={Texts.Language}", Small = t["payments.methods.give.small"], Error = http.Request.Query["fault"] == "provider" ? t["payments.unavailable"] : null,
            },
        });
    }

    private static async Task<IResult> OpenMethod(string token, PayerLinks links, OpenMethodPage open, CancellationToken ct)
    {
        if (await links.Setup(token, ct) is not { } setup)
        {
            return Problems.NotFound("link");
        }

        try
        {
            await open.Run(setup.Id, ct);
            return TypedResults.LocalRedirect($"/pay/method/{token}?go=1&lang={Texts.Language}");
        }
        catch (PaymentProviderException)
        {
            return TypedResults.LocalRedirect($"/pay/method/{token}?fault=provider&lang={Texts.Language}");
        }
    }

    private static async Task<IResult> ShowInvoice(string token, string? go, HttpContext http, PayerLinks links, Collections collections, ReminderFees fees, OperatorLooks looks, LadewerkDb db, Texts t, TimeProvider time, CancellationToken ct)
    {
        if (await links.Collection(token, ct) is not { } collection)
        {
            return Problems.NotFound("link");
        }

        Private(http);
        var charge = await db.Set<InvoiceCharge>().AsNoTracking()
            .SingleOrDefaultAsync(c => c.InvoiceId == collection.InvoiceId && (c.State == ChargeState.Planned || c.State == ChargeState.Opened || c.State == ChargeState.Processing), ct);
        if (go == "1" && charge is { State: ChargeState.Opened, CheckoutUrl: { } page })
        {
            return Leave(http, await looks.Current(ct), t, page);
        }

        if (charge is { State: ChargeState.Opened } or { State: ChargeState.Planned, Way: ChargeWay.OffSession })
        {
            await collections.Due(collection.InvoiceId, time.GetUtcNow(), ct);
            http.Response.Headers["Refresh"] = "3"; // what came of the provider's page is known in a moment
        }

        var invoice = await db.Set<Invoice>().AsNoTracking().SingleAsync(i => i.Id == collection.InvoiceId, ct);
        return Page(Of(collection, invoice, (await fees.Of(invoice.Id, ct)).Owed, charge, await looks.Current(ct), t, token) with { Error = http.Request.Query["fault"] == "provider" ? t["payments.unavailable"] : null });
    }

    private static HostedModel Of(InvoiceCollection collection, Invoice invoice, decimal fees, InvoiceCharge? charge, OperatorLook look, Texts t, string token)
    {
        List<(string, string)> facts = [(t["payments.collect.invoice"], invoice.Number), (t["payments.collect.date"], Words.Day(invoice.IssuedOn, Texts.Language))];
        if (invoice.State == InvoiceState.Cancelled)
        {
            return new HostedModel(look, t["payments.collect.cancelled"], t["payments.collect.cancelled.what"]) { Facts = facts };
        }

        if (invoice.Paid >= invoice.Gross)
        {
            return new HostedModel(look, t["payments.collect.paid"], t["payments.collect.paid.what", look.Name]) { Facts = [.. facts, (t["payments.collect.sum"], Words.Amount(invoice.Gross, invoice.Currency, Texts.Language))] };
        }

        facts.Add((t["payments.collect.owed"], Words.Amount(invoice.Gross - invoice.Paid, invoice.Currency, Texts.Language)));
        if (fees > 0m)
        {
            facts.Add((t["payments.collect.fees"], Words.Amount(fees, invoice.Currency, Texts.Language)));
            facts.Add((t["payments.collect.total"], Words.Amount(invoice.Gross - invoice.Paid + fees, invoice.Currency, Texts.Language)));
        }

        if (charge?.State == ChargeState.Processing)
        {
            return new HostedModel(look, t["payments.collect.processing"], t["payments.collect.processing.what"]) { Facts = facts };
        }

        if (charge is { Way: ChargeWay.OffSession })
        {
            return new HostedModel(look, t["payments.collect.checking"], t["payments.collect.checking.what"]) { Facts = facts, IsBusy = true };
        }

        var text = collection switch
        {
            { CollectOn: { } day } => t["payments.collect.planned.what", Words.Day(day, Texts.Language)],
            { Fault: { } fault } => t[ChargeFaults.Key(fault)],
            _ => t["payments.collect.open.what", look.Name],
        };
        return new HostedModel(look, t["payments.collect.open", invoice.Number], text)
        {
            Facts = facts, Button = t["payments.collect.payNow"], Post = $"/pay/invoice/{token}?lang={Texts.Language}", Small = t["payments.collect.small"],
        };
    }

    private static async Task<IResult> OpenInvoice(string token, PayerLinks links, OpenInvoicePage open, CancellationToken ct)
    {
        if (await links.Collection(token, ct) is not { } collection)
        {
            return Problems.NotFound("link");
        }

        try
        {
            await open.Run(collection.InvoiceId, Texts.Language, ct);
            return TypedResults.LocalRedirect($"/pay/invoice/{token}?go=1&lang={Texts.Language}");
        }
        catch (PaymentProviderException)
        {
            return TypedResults.LocalRedirect($"/pay/invoice/{token}?fault=provider&lang={Texts.Language}");
        }
    }

    /// <summary>Not a redirect: the page's policy lets its forms lead nowhere but to us.</summary>
    internal static RazorComponentResult<HostedPage> Leave(HttpContext http, OperatorLook look, Texts t, string page)
    {
        http.Response.Headers["Refresh"] = "0;url=" + page;
        return Page(new HostedModel(look, t["payments.hosted.leaving"], t["payments.hosted.leaving.what"]) { IsBusy = true, Go = page, Button = t["payments.hosted.continue"] });
    }

    private static RazorComponentResult<HostedPage> Page(HostedModel model) => new(new { Model = model });

    private static void Private(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["Referrer-Policy"] = "no-referrer"; // the address is the key
    }
}
