using System.Globalization;
using Ladewerk.Billing.Dunning;
using Ladewerk.Billing.Exports;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing;

/// <summary>An invoice that is overdue.</summary>
/// <param name="Fees">Reminder fees that are owed beside it.</param>
/// <param name="Level">Reminders that went out.</param>
public sealed record OverdueView(
    InvoiceId Id, string Number, string CustomerName, string? CustomerNumber, DateOnly DueOn, int DaysOverdue, Money Gross, Money Open, Money Fees, int Level, DateOnly? DunnedOn, bool IsOnHold);

/// <summary>Money for an invoice that came in on another way than a payment provider, as the API takes it.</summary>
/// <param name="Amount">In the invoice's currency; negative where it went back.</param>
/// <param name="Reference">Such as the bank's own: the same one is noted once.</param>
public sealed record PaymentRequest(decimal Amount, DateOnly ReceivedOn, string Reference);

/// <param name="IsOnHold">Whether no reminder shall go out.</param>
public sealed record DunningHoldRequest(bool IsOnHold);

/// <summary>Settings, payments, reminders and exports.</summary>
internal static class BillingApi
{
    public static void MapBillingOffice(this RouteGroupBuilder api)
    {
        var billing = api.MapGroup("").OfModule(Module.Billing).WithTags("Billing");
        billing.MapGet("/billing/settings", async (SaveBillingSettings settings, CancellationToken ct) => TypedResults.Ok(await settings.Current(ct)))
            .RequirePermission(Permission.BillingRead).WithSummary("How the operator bills: schedule, mail, reminders, bookkeeping");
        billing.MapPut("/billing/settings", SetSettings).RequirePermission(Permission.BillingWrite).WithSummary("Set how the operator bills");
        billing.MapGet("/invoices/overdue", Overdue).RequirePermission(Permission.BillingRead).WithSummary("Invoices that are overdue, longest first");
        billing.MapPost("/invoices/{id:guid}/payments", Pay).RequirePermission(Permission.BillingWrite).WithSummary("Note a payment; the same reference is noted once");
        billing.MapPost("/invoices/{id:guid}/dunning", Hold).RequirePermission(Permission.BillingWrite).WithSummary("Hold the reminders of an invoice, or let them go out again");
        billing.MapPost("/invoices/{id:guid}/dunning-fees/waive", Waive).RequirePermission(Permission.BillingWrite).WithSummary("Ask no more for the reminder fees that are owed on an invoice");
        billing.MapGet("/invoices/export.csv", (DateOnly from, DateOnly to, ExportInvoices export, CancellationToken ct) => File(export.AsCsv(from, to, ct), "invoices", from, to, "text/csv; charset=utf-8"))
            .RequirePermission(Permission.BillingRead).WithSummary("Documents issued from one day to another, as a table");
        billing.MapGet("/invoices/datev.csv", (DateOnly from, DateOnly to, ExportInvoices export, CancellationToken ct) => File(export.ForDatev(from, to, ct), "EXTF_Buchungsstapel", from, to, "text/csv; charset=windows-1252"))
            .RequirePermission(Permission.BillingRead).WithSummary("Documents issued from one day to another, as a posting batch for DATEV (EXTF)");
    }

    /// <summary>Overdue invoices, longest first, one more than the limit.</summary>
    internal static async Task<List<OverdueView>> ListOverdue(LadewerkDb db, DateOnly today, int skip, int take, CancellationToken ct)
    {
        var rows = await db.Set<Invoice>().AsNoTracking()
            .Where(i => i.Kind == InvoiceKind.Invoice && i.State == InvoiceState.Issued && i.SettledOn == null && i.DueOn < today && i.Gross > i.Paid)
            .OrderBy(i => i.DueOn).ThenBy(i => i.Id).Skip(skip).Take(take)
            .ToListAsync(ct);
        var fees = await new ReminderFees(db).Of([.. rows.Select(i => i.Id)], ct);
        return
        [
            .. rows.Select(i => new OverdueView(
                i.Id, i.Number, i.Customer.Addressee, i.Customer.CustomerNumber, i.DueOn!.Value, today.DayNumber - i.DueOn.Value.DayNumber, new Money(i.Gross, i.Currency), new Money(i.Gross - i.Paid, i.Currency),
                new Money(fees.GetValueOrDefault(i.Id, FeesOf.None).Owed, i.Currency), i.DunningLevel, i.DunnedOn, i.DunningHold)),
        ];
    }

    /// <summary>The operator's day.</summary>
    internal static async Task<DateOnly> Today(LadewerkDb db, TenantContext tenant, TimeProvider time, CancellationToken ct)
    {
        var zone = await db.Set<Tenant>().Where(t => t.Id == tenant.Current).Select(t => t.TimeZone).SingleAsync(ct);
        return DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time.GetUtcNow(), TimeZoneInfo.FindSystemTimeZoneById(zone)).DateTime);
    }

    private static async Task<Results<Ok<BillingSettings>, ValidationProblem>> SetSettings(BillingSettings wish, SaveBillingSettings settings, CancellationToken ct) =>
        await settings.Run(wish, ct) is { Any: true } faults ? Problems.Invalid(faults.Errors) : TypedResults.Ok(wish);

    private static async Task<Ok<Page<OverdueView>>> Overdue(int? limit, string? cursor, LadewerkDb db, TenantContext tenant, TimeProvider time, CancellationToken ct)
    {
        var (count, skip) = (Paging.Limit(limit), int.TryParse(Paging.Decode(cursor), NumberStyles.None, CultureInfo.InvariantCulture, out var from) ? from : 0);
        var rows = await ListOverdue(db, await Today(db, tenant, time, ct), skip, count + 1, ct);
        return TypedResults.Ok(Paging.Of(rows, count, _ => (skip + count).ToString(CultureInfo.InvariantCulture)));
    }

    private static async Task<Results<NoContent, ValidationProblem, ProblemHttpResult>> Pay(Guid id, PaymentRequest request, NoteInvoicePayment note, CancellationToken ct)
    {
        var faults = new Faults().Unless(request.Amount != 0m, "amount", "Not 0.").Text("reference", request.Reference, 200);
        if (faults.Any)
        {
            return Problems.Invalid(faults.Errors);
        }

        return await note.Run(new InvoiceId(id), new NewInvoicePayment(request.Amount, request.ReceivedOn, "transfer", request.Reference.Trim()), ct) is { Note: PaymentNote.NoSuchInvoice }
            ? Problems.NotFound("invoice")
            : TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ValidationProblem, ProblemHttpResult>> Waive(Guid id, FeeWaiver? request, WaiveFees waive, CancellationToken ct)
    {
        if (new Faults().Short("reason", request?.Reason, 500) is { Any: true } faults)
        {
            return Problems.Invalid(faults.Errors);
        }

        return await waive.Run(new InvoiceId(id), request ?? new FeeWaiver(), ct) is null ? Problems.NotFound("invoice") : TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Hold(Guid id, DunningHoldRequest request, HoldDunning hold, CancellationToken ct) =>
        await hold.Run(new InvoiceId(id), request.IsOnHold, ct) ? TypedResults.NoContent() : Problems.NotFound("invoice");

    private static async Task<Results<FileContentHttpResult, ValidationProblem>> File(Task<(byte[]? File, Faults Faults)> made, string name, DateOnly from, DateOnly to, string type)
    {
        var (file, faults) = await made;
        return file is null
            ? Problems.Invalid(faults.Errors)
            : TypedResults.File(file, type, string.Create(CultureInfo.InvariantCulture, $"{name}_{from:yyyyMMdd}-{to:yyyyMMdd}.csv"));
    }
}
