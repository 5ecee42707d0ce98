using System.Text.Json;
using System.Text.Json.Nodes;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing.Sync;

/// <summary>An object that is kept in step, in our own words.</summary>
/// <param name="Label">What people know it by.</param>
internal sealed record SyncFacts(SyncObject Object, Guid Id, string? Label, JsonObject Facts);

/// <summary>Reads what other systems are told of an account or an invoice.</summary>
internal sealed class ReadSyncFacts(LadewerkDb db)
{
    /// <summary>Names of the facts, for maps.</summary>
    public static readonly IReadOnlyDictionary<SyncObject, IReadOnlyCollection<string>> Names = new Dictionary<SyncObject, IReadOnlyCollection<string>>
    {
        [SyncObject.BillingAccount] =
        [
            "id", "name", "company", "street", "postalCode", "city", "country", "vatId", "email", "language", "paymentTermsDays", "customerNumber", "buyerReference", "electronicAddress",
            "electronicScheme", "invoiceCycle", "vatTreatment", "createdAt",
        ],
        [SyncObject.Invoice] =
        [
            "id", "number", "kind", "state", "billingAccountId", "customerNumber", "customerName", "issuedOn", "periodFrom", "periodTo", "dueOn", "language", "currency", "exclVat", "vat", "inclVat",
            "paid", "settledOn", "dunningLevel", "cancelsId", "preceding", "reason", "sessions", "energyWh", "vatByRate", "lines",
        ],
    };

    /// <summary>Null: there is no such object.</summary>
    public async Task<SyncFacts?> Of(SyncObject what, Guid id, CancellationToken ct) => what switch
    {
        SyncObject.BillingAccount => await db.Set<BillingAccount>().AsNoTracking().SingleOrDefaultAsync(a => a.Id == new BillingAccountId(id), ct) is { } account
            ? new SyncFacts(what, id, account.CustomerNumber, Json(BillingAccountsApi.View(account)))
            : null,
        SyncObject.Invoice => await db.Set<Invoice>().AsNoTracking().Include(i => i.Lines).SingleOrDefaultAsync(i => i.Id == new InvoiceId(id), ct) is { } invoice
            ? new SyncFacts(what, id, invoice.Number, Of(invoice))
            : null,
        _ => throw new ArgumentOutOfRangeException(nameof(what), what, null),
    };

    /// <summary>The newest one, to show what a map makes of it; null: there is none.</summary>
    public async Task<SyncFacts?> Newest(SyncObject what, CancellationToken ct)
    {
        var id = what == SyncObject.Invoice
            ? await db.Set<Invoice>().OrderByDescending(i => i.IssuedAt).ThenByDescending(i => i.Id).Select(i => (Guid?)i.Id.Value).FirstOrDefaultAsync(ct)
            : await db.Set<BillingAccount>().OrderByDescending(a => a.CreatedAt).ThenByDescending(a => a.Id).Select(a => (Guid?)a.Id.Value).FirstOrDefaultAsync(ct);
        return id is { } newest ? await Of(what, newest, ct) : null;
    }

    private static JsonObject Of(Invoice i) => Json(new
    {
        i.Id, i.Number, i.Kind, i.State, i.BillingAccountId, i.Customer.CustomerNumber, CustomerName = i.Kind == InvoiceKind.SelfBilling ? i.Supplier.Name : i.Customer.Addressee, i.IssuedOn, i.PeriodFrom, i.PeriodTo,
        i.DueOn, i.Language, i.Currency, ExclVat = i.Net, i.Vat, InclVat = i.Gross, i.Paid, i.SettledOn, i.DunningLevel, i.CancelsId, Preceding = i.Preceding.Select(p => p.Number), i.Reason, Sessions = i.SessionCount,
        i.EnergyWh, VatByRate = i.VatLines.Select(v => new { v.Rate, v.Category, ExclVat = v.Net, v.Vat, InclVat = v.Gross }),
        Lines = i.Lines.OrderBy(l => l.Position).ThenBy(l => l.Item)
            .Select(l => new { l.Position, l.Item, l.CdrId, l.Type, l.Description, l.CostCentre, l.Quantity, l.Unit, l.UnitPrice, l.VatRate, ExclVat = l.Net, InclVat = l.Gross, From = l.FromAt, To = l.ToAt }),
    });

    private static JsonObject Json<T>(T value) => (JsonObject)JsonSerializer.SerializeToNode(value, ApiJson.Options)!;
}
