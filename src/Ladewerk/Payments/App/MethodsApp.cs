using Ladewerk.Billing;
using Ladewerk.Billing.Dunning;
using Ladewerk.DriverApp;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Payments.Invoices;
using Ladewerk.Payments.Methods;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.App;

/// <summary>An invoice that the driver owes.</summary>
/// <param name="Owed">With reminder fees.</param>
/// <param name="State">How its money comes in; null: not by the provider so far.</param>
/// <param name="PayHref">The page on which it is paid at once; null where its money is on the way.</param>
public sealed record OwedView(string Number, Money Owed, DateOnly? DueOn, CollectionState? State, DateOnly? CollectOn, string? PayHref);

/// <summary>The driver's page of ways to pay.</summary>
/// <param name="Methods">Null: somebody else pays, or nobody.</param>
/// <param name="Notice">added, left or unavailable: what has just come of it.</param>
public sealed record MethodsModel(OperatorLook Look, PaymentMethodsView? Methods, IReadOnlyList<OwedView> Owed, string? Notice);

/// <summary>The driver app's page of ways to pay: <c>/app/payment-methods</c>. Of an account that is the driver's alone; a company's is not its drivers'.</summary>
internal static class MethodsApp
{
    private const string Here = "/app/payment-methods";

    public static IServiceCollection AddMethodsApp(this IServiceCollection services) => services.AddSingleton(new AppLink(12, "card", "payments.methods.title", Here, Module.Billing))
        .AddSingleton(new Ladewerk.Billing.App.OwnInvoicesPart(typeof(OwedNotice)));

    public static void MapMethodsApp(this WebApplication app)
    {
        var pages = app.MapGroup(Here).OfModule(Module.Billing).RequirePermission(Permission.App).ExcludeFromDescription();
        pages.MapGet("", Show);
        pages.MapPost("", Add).RequireRateLimiting(PayRoutes.Writes);
        pages.MapGet("/go/{id:guid}", Go);
        pages.MapPost("/{id:guid}/default", Prefer);
        pages.MapPost("/{id:guid}/remove", Remove);
    }

    private static async Task<IResult> Show(
        Guid? setup, string? fault, CurrentDriver current, OwnAccount own, FindMethods find, AdvanceMethodSetup advance, OwedInvoices owed, OperatorLooks looks, LadewerkDb db, CancellationToken ct)
    {
        var look = await looks.Current(ct);
        if (await current.Find(ct) is null)
        {
            return new RazorComponentResult<NoDriverPage>(new { Look = look });
        }

        if (await own.Find(ct) is not { } account)
        {
            return new RazorComponentResult<MethodsPage>(new { Model = new MethodsModel(look, null, [], null) });
        }

        var notice = fault == "provider" ? "unavailable" : null;
        if (setup is { } id && await db.Set<PaymentMethodSetup>().AnyAsync(s => s.Id == id && s.BillingAccountId == account, ct))
        {
            await advance.Run(id, ct); // back from the provider's page, whether its event has come or not
            notice = await db.Set<PaymentMethodSetup>().AsNoTracking().AnyAsync(s => s.Id == id && s.State == MethodSetupState.Done, ct) ? "added" : "left";
        }

        return new RazorComponentResult<MethodsPage>(new { Model = new MethodsModel(look, await find.Of(account, ct), await owed.Of(account, ct), notice) });
    }

    private static async Task<IResult> Add(OwnAccount own, FindMethods find, AskForMethod ask, OpenMethodPage open, LadewerkDb db, CancellationToken ct)
    {
        if (await own.Find(ct) is not { } account || !await find.Collects(ct))
        {
            return Problems.NotFound("billing account");
        }

        var (setup, _) = ask.Add(account, Texts.Language, fromApp: true);
        await db.SaveChangesAsync(ct);
        try
        {
            return await open.Run(setup.Id, ct) is null ? TypedResults.Redirect(Here) : TypedResults.Redirect($"{Here}/go/{setup.Id:D}");
        }
        catch (PaymentProviderException)
        {
            return TypedResults.Redirect(Here + "?fault=provider");
        }
    }

    private static async Task<IResult> Go(Guid id, OwnAccount own, HttpContext http, OperatorLooks looks, LadewerkDb db, Texts t, CancellationToken ct) =>
        await own.Find(ct) is { } account && await db.Set<PaymentMethodSetup>().AsNoTracking().SingleOrDefaultAsync(s => s.Id == id && s.BillingAccountId == account, ct) is { State: MethodSetupState.Opened, CheckoutUrl: { } page }
            ? HostedPages.Leave(http, await looks.Current(ct), t, page)
            : TypedResults.Redirect(Here);

    private static async Task<IResult> Prefer(Guid id, OwnAccount own, ChooseMethod choose, CancellationToken ct) =>
        await own.Find(ct) is { } account && await choose.Prefer(new PaymentMethodId(id), account, ct) ? TypedResults.Redirect(Here) : Problems.NotFound("payment method");

    private static async Task<IResult> Remove(Guid id, OwnAccount own, ChooseMethod choose, CancellationToken ct) =>
        await own.Find(ct) is { } account && await choose.Remove(new PaymentMethodId(id), account, ct) ? TypedResults.Redirect(Here) : Problems.NotFound("payment method");
}

/// <summary>What an account owes, with the way to pay it at once.</summary>
internal sealed class OwedInvoices(LadewerkDb db, Collections collections, ReminderFees reminders, IPaymentProviders providers)
{
    private const int Most = 20;

    public async Task<IReadOnlyList<OwedView>> Of(BillingAccountId account, CancellationToken ct)
    {
        var invoices = await db.Set<Invoice>().AsNoTracking()
            .Where(i => i.BillingAccountId == account && i.Kind == InvoiceKind.Invoice && i.State == InvoiceState.Issued && i.SettledOn == null && i.Gross > i.Paid).OrderBy(i => i.IssuedAt).Take(Most).ToListAsync(ct);
        var fees = await reminders.Of([.. invoices.Select(i => i.Id)], ct);
        var takes = await providers.Current(ct) is IContractProvider;
        var views = new List<OwedView>();
        foreach (var invoice in invoices)
        {
            var collection = takes ? await collections.Of(invoice, ct) : null;
            var pay = collection is { State: not CollectionState.Processing } ? collections.LinkOf(collection).PathAndQuery : null;
            views.Add(new OwedView(invoice.Number, new Money(invoice.Gross - invoice.Paid + fees.GetValueOrDefault(invoice.Id, FeesOf.None).Owed, invoice.Currency), invoice.DueOn, collection?.State, collection?.CollectOn, pay));
        }

        return views;
    }
}
