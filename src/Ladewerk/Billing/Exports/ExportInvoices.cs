using System.Globalization;
using System.Text;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing.Exports;

/// <summary>Hands issued documents over to bookkeeping and other systems, as files.</summary>
internal sealed class ExportInvoices(LadewerkDb db, TenantContext tenant, SaveBillingSettings settings, TimeProvider time)
{
    private const int LongestDays = 366;

    /// <summary>The posting batch of what was issued in the time; faults where it goes beyond a fiscal year.</summary>
    public async Task<(byte[]? File, Faults Faults)> ForDatev(DateOnly from, DateOnly to, CancellationToken ct)
    {
        var datev = (await settings.Current(ct)).Datev ?? new DatevSettings();
        var faults = Check(from, to).Unless(Datev.FiscalYear(from, datev.FiscalYearMonth) == Datev.FiscalYear(to, datev.FiscalYearMonth), "to", "In the same fiscal year.");
        if (faults.Any)
        {
            return (null, faults);
        }

        var currency = await db.Set<Tenant>().Where(t => t.Id == tenant.Current).Select(t => t.Currency).SingleAsync(ct);
        var rows = await Issued(from, to).Where(i => i.Kind != InvoiceKind.SelfBilling)
            .Select(i => new { i.Number, i.IssuedOn, i.Customer, i.Currency, i.VatLines }).ToListAsync(ct);
        var invoices = rows.Select(i => new BookedInvoice(i.Number, i.IssuedOn, i.Customer.Addressee, i.Customer.CustomerNumber, i.Currency, i.VatLines));
        return (Datev.Write(invoices, datev, currency, from, to, time.GetUtcNow()), faults);
    }

    /// <summary>One line per document, for spreadsheets and other systems.</summary>
    public async Task<(byte[]? File, Faults Faults)> AsCsv(DateOnly from, DateOnly to, CancellationToken ct)
    {
        var faults = Check(from, to);
        if (faults.Any)
        {
            return (null, faults);
        }

        var text = new StringBuilder(Csv.Write(
        [
            "number", "kind", "state", "issuedOn", "dueOn", "periodFrom", "periodTo", "customerNumber", "customer", "billingAccountId", "sessions", "energyKwh", "net", "vat", "gross", "currency", "paid", "settledOn",
            "dunningLevel",
        ]));
        await foreach (var i in Issued(from, to).AsAsyncEnumerable().WithCancellation(ct))
        {
            text.Append(Csv.Write(
            [
                i.Number, Word(i.Kind), Word(i.State), Day(i.IssuedOn), Day(i.DueOn), Day(i.PeriodFrom), Day(i.PeriodTo), i.Customer.CustomerNumber, i.Customer.Addressee, i.BillingAccountId?.Value.ToString(),
                i.SessionCount.ToString(CultureInfo.InvariantCulture), i.EnergyWh.KilowattHours.ToString(CultureInfo.InvariantCulture), Amount(i.Net), Amount(i.Vat), Amount(i.Gross), i.Currency, Amount(i.Paid), Day(i.SettledOn),
                i.DunningLevel.ToString(CultureInfo.InvariantCulture),
            ]));
        }

        return ([.. Encoding.UTF8.GetPreamble(), .. Encoding.UTF8.GetBytes(text.ToString())], faults);
    }

    private IQueryable<Invoice> Issued(DateOnly from, DateOnly to) =>
        db.Set<Invoice>().AsNoTracking().Where(i => i.IssuedOn >= from && i.IssuedOn <= to).OrderBy(i => i.IssuedOn).ThenBy(i => i.IssuedAt).ThenBy(i => i.Number);

    private static Faults Check(DateOnly from, DateOnly to) => new Faults().Unless(from <= to, "to", "After from.").Unless(to.DayNumber - from.DayNumber < LongestDays, "to", "At most a year.");

    private static string Word<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    private static string? Day(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Amount(decimal amount) => amount.ToString(CultureInfo.InvariantCulture);
}
