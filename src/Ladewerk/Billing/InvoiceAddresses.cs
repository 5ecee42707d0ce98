using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Mail;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing;

/// <summary>Where a document goes by mail: to the address that its payer or payee has today, which may be another than on the document, or none any more.</summary>
internal sealed class InvoiceAddresses(LadewerkDb db)
{
    /// <summary>Null: there is nobody to mail it to.</summary>
    public async Task<string?> Of(Invoice invoice, CancellationToken ct)
    {
        var address = invoice switch
        {
            { BillingAccountId: { } account } => await db.Set<BillingAccount>().Where(a => a.Id == account).Select(a => a.Email).SingleOrDefaultAsync(ct),
            { DriverId: { } driver } => await db.Set<Driver>().Where(d => d.Id == driver).Select(d => d.Email).SingleOrDefaultAsync(ct),
            { OrganisationId: not null } => invoice.Supplier.Email,
            _ => null,
        };
        return MailQueue.IsAddress(address) ? address : null;
    }
}
