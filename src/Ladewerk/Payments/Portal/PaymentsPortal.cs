using System.Globalization;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Portal.Components;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Payments.Portal;

/// <summary>The operator's pages of payments, and what their forms do.</summary>
internal static class PaymentsPortal
{
    private const string List = "/portal/payments", SettingsPage = List + "/settings";

    public static IServiceCollection AddPaymentsPortal(this IServiceCollection services) =>
        services.AddContractPortal().AddSingleton(new NavEntry(NavGroup.Money, 30, "credit-card", "payments.title", List, Permission.BillingRead) { Module = Module.Billing });

    public static void MapPaymentsPortal(this WebApplication app)
    {
        app.MapContractPortal();
        app.MapTerminalsPortal();
        var payments = app.MapGroup(List).OfModule(Module.Billing).ExcludeFromDescription();
        payments.MapPost("/{id:guid}/refund", Refund).RequirePermission(Permission.BillingWrite);
        payments.MapPost("/reconcile", Reconcile).RequirePermission(Permission.BillingWrite);
        payments.MapPost("/check", Check).RequirePermission(Permission.BillingWrite);
        payments.MapGet("/settings", async (SavePaymentSettings settings, Texts t, CancellationToken ct) => Form(t, await settings.View(ct), null)).RequirePermission(Permission.SettingsWrite);
        payments.MapPost("/settings", Save).RequirePermission(Permission.SettingsWrite);
    }

    private static async Task<IResult> Refund(Guid id, [FromForm] IFormCollection form, RefundPayment refund, HttpContext http, CancellationToken ct)
    {
        var amount = decimal.TryParse(form["amount"].ToString().Replace(',', '.'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var wanted) ? wanted : 0;
        return await refund.Run(new PaymentId(id), new RefundWish(amount, form["reason"]), ct) switch
        {
            RefundResult.Asked => Answer.Go(http, $"{List}/{id}"),
            RefundResult.Invalid invalid => Problems.Invalid(invalid.Field, invalid.Error),
            _ => Problems.NotFound("payment"),
        };
    }

    private static async Task<IResult> Reconcile(ReconcilePayments reconcile, HttpContext http, CancellationToken ct)
    {
        await reconcile.Run(ct);
        return Answer.Go(http, List);
    }

    private static async Task<IResult> Check(CheckBooks books, HttpContext http, CancellationToken ct)
    {
        await books.Run(ct);
        return Answer.Go(http, List + "#agreement");
    }

    private static async Task<IResult> Save([FromForm] IFormCollection form, SavePaymentSettings settings, Texts t, HttpContext http, CancellationToken ct)
    {
        var patch = new PaymentSettingsPatch(
            form["enabled"] == "true", Secret(form, "secretKey"), Secret(form, "webhookSecret"),
            decimal.TryParse(form["holdAmount"].ToString().Replace(',', '.'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var hold) ? hold : 0,
            int.TryParse(form["startWithinMinutes"], NumberStyles.None, CultureInfo.InvariantCulture, out var minutes) ? minutes : 0, form["increment"] == "true", form["signedLinksOnly"] == "true",
            form["collectInvoices"] == "true", form["payoutsAutomatic"] == "true");
        return await settings.Run(patch, ct) is { } faults ? Form(t, await settings.View(ct), faults) : Answer.Go(http, List);
    }

    /// <summary>Nothing typed in leaves what is there; a single dash takes it away.</summary>
    private static string? Secret(IFormCollection form, string name) => form[name].ToString().Trim() switch { "" => null, "-" => "", var secret => secret };

    private static RazorComponentResult<AnswerPage> Form(Texts t, PaymentSettingsView s, Faults? faults)
    {
        (string, string)[] yesNo = [("true", t["payments.yes"]), ("false", t["payments.no"])];
        return Answer.Page<EntityForm>(
            faults is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
            (nameof(EntityForm.Title), t["payments.settings"]), (nameof(EntityForm.Action), SettingsPage), (nameof(EntityForm.Back), List),
            (nameof(EntityForm.Fields), new List<FormField>
            {
                new("enabled", t["payments.enabled"], s.Enabled ? "true" : "false") { Options = yesNo },
                new("holdAmount", t["payments.holdAmount"], s.HoldAmount.ToString("0.00", CultureInfo.CurrentCulture)) { Required = true, Hint = t["payments.holdAmount.what"] },
                new("startWithinMinutes", t["payments.startWithin"], s.StartWithinMinutes.ToString(CultureInfo.InvariantCulture), "number") { Required = true },
                new("increment", t["payments.increment"], s.Increment ? "true" : "false") { Options = yesNo, Hint = t["payments.increment.what"] },
                new("signedLinksOnly", t["payments.signedLinksOnly"], s.SignedLinksOnly ? "true" : "false") { Options = yesNo, Hint = t["payments.signedLinksOnly.what"] },
                new("payoutsAutomatic", t["payments.payoutsAutomatic"], s.PayoutsAutomatic ? "true" : "false") { Options = yesNo, Hint = t["payments.payoutsAutomatic.what"] },
                new("collectInvoices", t["payments.collectInvoices"], s.CollectInvoices ? "true" : "false") { Options = yesNo, Hint = t["payments.collectInvoices.what"] },
                new("secretKey", t["payments.secretKey"], null, "password") { Hint = t[s.OwnKey ? "payments.secret.own" : "payments.secret.none"], Wide = true },
                new("webhookSecret", t["payments.webhookSecret"], null, "password") { Hint = t["payments.webhookSecret.what", s.WebhookPath], Wide = true },
            }),
            (nameof(EntityForm.Crumbs), new[] { (t["payments.title"], (string?)List) }), (nameof(EntityForm.Errors), faults is null ? null : FaultWords.Say(faults.Errors)));
    }
}
