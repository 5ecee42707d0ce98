using System.Globalization;
using Ladewerk.Billing.Statements;
using Ladewerk.Drivers.Contracts;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Portal.Components;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Billing.Portal;

/// <summary>What the forms of the statements' page do.</summary>
internal static class StatementsPortal
{
    private const string Address = "/portal/statements";

    public static void MapStatementsPortal(this WebApplication app)
    {
        var pages = app.MapGroup(Address).OfModule(Module.Billing).RequirePermission(Permission.BillingWrite).ExcludeFromDescription();
        pages.MapPost("/run", Run);
        pages.MapGet("/hosts/{id:guid}", async (Guid id, SaveHostTerms hosts, Texts t, CancellationToken ct) => await hosts.Find(id, ct) is { } host ? Show(t, host, host.Terms, null) : (IResult)Problems.NotFound("organisation"));
        pages.MapPost("/hosts/{id:guid}", Save);
    }

    private static async Task<IResult> Run([FromForm] string? month, IssueStatements issue, TimeProvider time, HttpContext http, CancellationToken ct)
    {
        if (Reimbursements.Month(month) is not { } wanted || !StatementsApi.IsOver(wanted, time))
        {
            return Answer.Go(http, Address + "?fault=month");
        }

        try
        {
            var result = await issue.Run(wanted, ct);
            var incomplete = string.Join(", ", result.Skipped.Where(s => s.Reason == "hostIncomplete").Select(s => s.Name).Take(5));
            return Answer.Go(http, Link.To(Address, ("issued", result.Statements.Count.ToString(CultureInfo.InvariantCulture)), ("incomplete", incomplete)));
        }
        catch (SupplierIncompleteException)
        {
            return Answer.Go(http, "/portal/invoices"); // which says what is missing
        }
    }

    private static async Task<IResult> Save(Guid id, [FromForm] IFormCollection form, SaveHostTerms hosts, HttpContext http, Texts t, CancellationToken ct)
    {
        if (await hosts.Find(id, ct) is not { } host)
        {
            return Problems.NotFound("organisation");
        }

        var faults = new Faults();
        var wish = new HostTermsView(
            form["isOn"] == "true", SettingsForm.Amount(form["sharePercent"], "sharePercent", faults), SettingsForm.Amount(form["perKwh"], "perKwh", faults),
            SettingsForm.Amount(form["perSession"], "perSession", faults), SettingsForm.Amount(form["vatRate"], "vatRate", faults), form["isSmall"] == "true", form["taxNumber"]);
        faults = faults.Any ? faults : await hosts.Run(id, wish, ct);
        return faults.Any ? Show(t, host, wish, faults) : Answer.Go(http, Address);
    }

    private static RazorComponentResult<AnswerPage> Show(Texts t, SiteHost host, HostTermsView terms, Faults? faults)
    {
        (string, string)[] yesNo = [("true", t["billing.settings.yes"]), ("false", t["billing.settings.no"])];
        List<FormField> fields =
        [
            new("isOn", t["billing.statements.isOn"], terms.IsOn ? "true" : "false") { Options = yesNo },
            new("sharePercent", t["billing.statements.sharePercent"], Number(terms.SharePercent)),
            new("perKwh", t["billing.statements.perKwhNet"], Number(terms.PerKwh)),
            new("perSession", t["billing.statements.perSessionNet"], Number(terms.PerSession)),
            new("vatRate", t["billing.statements.vatRate"], Number(terms.VatRate)),
            new("isSmall", t["billing.statements.isSmall"], terms.IsSmall ? "true" : "false") { Options = yesNo },
            new("taxNumber", t["billing.statements.taxNumber"], terms.TaxNumber) { Hint = t["billing.statements.taxNumber.hint"] },
        ];
        return Answer.Page<EntityForm>(
            faults is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
            (nameof(EntityForm.Title), host.Name), (nameof(EntityForm.Action), $"{Address}/hosts/{host.OrganisationId:D}"), (nameof(EntityForm.Back), Address), (nameof(EntityForm.Fields), fields),
            (nameof(EntityForm.Crumbs), new[] { (t["billing.statements"], (string?)Address) }), (nameof(EntityForm.Errors), faults is null ? null : FaultWords.Say(faults.Errors)));
    }

    private static string Number(decimal value) => value.ToString("0.####", CultureInfo.CurrentCulture);
}
