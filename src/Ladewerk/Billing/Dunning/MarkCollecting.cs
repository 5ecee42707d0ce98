using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing.Dunning;

/// <summary>Says that the money of an invoice is on its way (a debit was announced or is under way, or a bank decides): nobody is reminded meanwhile.</summary>
internal sealed class MarkCollecting(LadewerkDb db, TenantContext tenant, TimeProvider time)
{
    /// <summary>Joins the caller's transaction where there is one.</summary>
    public Task Run(InvoiceId id, bool isOnItsWay, CancellationToken ct) => isOnItsWay
        ? db.Database.ExecuteSqlAsync($"insert into collecting_invoice (invoice_id, tenant_id, since) values ({id.Value}, {tenant.Current.Value}, {time.GetUtcNow()}) on conflict do nothing", ct)
        : db.Database.ExecuteSqlAsync($"delete from collecting_invoice where invoice_id = {id.Value} and tenant_id = {tenant.Current.Value}", ct);
}

/// <summary>Where the payer of an invoice pays at once; whoever takes such payments gives the address.</summary>
internal interface IPayLinks
{
    /// <summary>Null: by transfer only.</summary>
    Task<Uri?> Of(InvoiceId invoice, CancellationToken ct);
}
