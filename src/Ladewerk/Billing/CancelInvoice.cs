using Ladewerk.Billing.Subscriptions;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Billing;

/// <param name="Reason">Stands on the cancellation invoice.</param>
/// <param name="Rebill">Whether the sessions wait for a new invoice (the default) or are never charged again.</param>
public sealed record CancelRequest(string? Reason = null, bool Rebill = true);

/// <summary>What came of a cancellation.</summary>
internal abstract record CancelResult
{
    /// <summary>The cancellation invoice; the same one when asked again.</summary>
    public sealed record Cancelled(InvoiceId Cancellation) : CancelResult;

    /// <summary>The tenant has no such invoice.</summary>
    public sealed record NotFound : CancelResult;

    /// <summary>A cancellation cannot be cancelled: issue a new invoice instead.</summary>
    public sealed record NotCancellable : CancelResult;
}

/// <summary>
/// Takes an issued invoice back by a cancellation invoice (Stornorechnung) with the same lines, negative, and a number of its own
/// series. The invoice itself never changes but for its state. Doing it twice gives the first one's answer.
/// </summary>
internal sealed class CancelInvoice(LadewerkDb db, AuditLog audit, TimeProvider time)
{
    public async Task<CancelResult> Run(InvoiceId id, CancelRequest request, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var invoice = await db.Set<Invoice>().FromSql($"select * from invoice where id = {id.Value} for update").SingleOrDefaultAsync(ct);
        if (invoice is null)
        {
            return new CancelResult.NotFound();
        }

        if (invoice.Kind == InvoiceKind.Cancellation)
        {
            return new CancelResult.NotCancellable();
        }

        if (await db.Set<Invoice>().Where(i => i.CancelsId == id).Select(i => (InvoiceId?)i.Id).SingleOrDefaultAsync(ct) is { } earlier)
        {
            return new CancelResult.Cancelled(earlier);
        }

        var lines = await db.Set<InvoiceLine>().AsNoTracking().Where(l => l.InvoiceId == id).ToListAsync(ct);
        invoice.State = InvoiceState.Cancelled;
        if (request.Rebill)
        {
            await Reopen(id, ct);
        }

        var cancellation = await Issue(invoice, lines, request.Reason, ct);
        audit.Record("invoice.cancel", "invoice", invoice.Number, after: new { cancellation = cancellation.Number, request.Reason, request.Rebill });
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return new CancelResult.Cancelled(cancellation.Id);
    }

    private async Task Reopen(InvoiceId id, CancellationToken ct)
    {
        foreach (var record in await db.Set<ChargeDetailRecord>().Where(r => r.InvoiceId == id).ToListAsync(ct))
        {
            record.Billing = record.BillingAccountId is null ? CdrBilling.None : CdrBilling.Open; // without an account nobody waits for it
            record.InvoiceId = null;
        }

        foreach (var charge in await db.Set<SubscriptionCharge>().Where(c => c.InvoiceId == id).ToListAsync(ct))
        {
            (charge.Billing, charge.InvoiceId, charge.PrecedingId) = (CdrBilling.Open, null, id);
        }
    }

    private async Task<Invoice> Issue(Invoice invoice, List<InvoiceLine> lines, string? reason, CancellationToken ct)
    {
        var tenant = await db.Set<Tenant>().SingleAsync(t => t.Id == invoice.TenantId, ct);
        var now = time.GetUtcNow();
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, TimeZoneInfo.FindSystemTimeZoneById(invoice.TimeZone)).DateTime);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        var number = await InvoiceNumber.Take(connection, tenant.Id, InvoiceKind.Cancellation, today.Year, ct);
        var cancellation = new Invoice
        {
            TenantId = invoice.TenantId,
            Kind = InvoiceKind.Cancellation,
            Number = number.Text(tenant.Profile.InvoicePrefix),
            Year = number.Year,
            Sequence = number.Sequence,
            BillingAccountId = invoice.BillingAccountId,
            CancelsId = invoice.Id,
            Reason = string.IsNullOrWhiteSpace(reason) ? null : reason.Trim(),
            IssuedOn = today,
            IssuedAt = now,
            PeriodFrom = invoice.PeriodFrom,
            PeriodTo = invoice.PeriodTo,
            Language = invoice.Language,
            TimeZone = invoice.TimeZone,
            Currency = invoice.Currency,
            Net = -invoice.Net,
            Vat = -invoice.Vat,
            Gross = -invoice.Gross,
            OrganisationId = invoice.OrganisationId,
            DriverId = invoice.DriverId,
            ForMonth = invoice.ForMonth,
            Preceding = [new PrecedingInvoice(invoice.Number, invoice.IssuedOn)],
            VatLines = [.. invoice.VatLines.Select(line => line with { Net = -line.Net, Vat = -line.Vat, Gross = -line.Gross })],
            // A statement's supplier is the one who was paid; an operator's own details are those of today.
            Supplier = invoice.Kind == InvoiceKind.SelfBilling ? invoice.Supplier : Parties.SupplierOf(tenant),
            Customer = invoice.Customer,
            SessionCount = invoice.SessionCount,
            EnergyWh = new WattHours(-invoice.EnergyWh.Value),
        };
        cancellation.Lines.AddRange(lines.Select(line => Negative(line, cancellation.Id)));
        db.Add(cancellation);
        await Outbox.Publish(connection, tenant.Id, new InvoiceIssued(cancellation.Id), ct);
        await Outbox.Publish(connection, tenant.Id, new InvoiceCancelled(invoice.Id, cancellation.Id), ct);
        return cancellation;
    }

    private static InvoiceLine Negative(InvoiceLine line, InvoiceId cancellation) => new()
    {
        InvoiceId = cancellation,
        TenantId = line.TenantId,
        Position = line.Position,
        Item = line.Item,
        CdrId = line.CdrId,
        CostCentre = line.CostCentre,
        Description = line.Description,
        Type = line.Type,
        Quantity = -line.Quantity,
        Unit = line.Unit,
        UnitPrice = line.UnitPrice,
        VatRate = line.VatRate,
        Net = -line.Net,
        Gross = -line.Gross,
        FromAt = line.FromAt,
        ToAt = line.ToAt,
    };
}
