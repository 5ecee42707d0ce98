using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing.Dunning;

/// <summary>The reminder fees of an invoice.</summary>
/// <param name="Owed">Neither paid nor waived; of a cancelled invoice nothing.</param>
internal sealed record FeesOf(Guid Id, decimal Owed, decimal Paid)
{
    public static readonly FeesOf None = new(Guid.Empty, 0m, 0m);
}

/// <summary>Money for an invoice, shared between the invoice and its reminder fees; pure.</summary>
/// <param name="Invoice">Counts as paid for the invoice.</param>
/// <param name="Fees">Counts as paid for the fees.</param>
internal sealed record FeeShare(decimal Invoice, decimal Fees)
{
    public static readonly FeeShare None = new(0m, 0m);

    /// <summary>
    /// What comes in goes to the fees first (§367 Abs. 1 BGB: costs before the claim itself). Whoever pays exactly what is open of the invoice has said by it that it is for the invoice
    /// (§366 Abs. 1 BGB). What goes back is taken from the invoice first, so that a payment that is taken back leaves things as they were before it.
    /// </summary>
    /// <param name="amount">Negative where it goes back.</param>
    /// <param name="open">Of the invoice.</param>
    /// <param name="paid">For the invoice so far.</param>
    /// <param name="asked">What of the amount was asked for as fees, and so is paid as such; null: nobody has said.</param>
    public static FeeShare Of(decimal amount, decimal open, decimal paid, FeesOf fees, decimal? asked)
    {
        if (amount < 0m)
        {
            var back = decimal.Min(-amount - decimal.Clamp(paid, 0m, -amount), fees.Paid);
            return new FeeShare(amount + back, -back);
        }

        var most = asked ?? (amount == open ? 0m : amount);
        var toFees = decimal.Min(decimal.Min(most, fees.Owed), amount);
        return new FeeShare(amount - toFees, toFees);
    }
}

/// <summary>Reads what is owed in reminder fees. They are damages for late payment (§288 Abs. 4, §280 BGB), no price: no VAT is in them, and they are income only once they are paid.</summary>
internal sealed class ReminderFees(LadewerkDb db)
{
    public async Task<FeesOf> Of(InvoiceId id, CancellationToken ct) => (await Of([id], ct)).GetValueOrDefault(id, FeesOf.None);

    /// <summary>Those that have any.</summary>
    public async Task<Dictionary<InvoiceId, FeesOf>> Of(IReadOnlyCollection<InvoiceId> ids, CancellationToken ct)
    {
        var rows = await db.Database.SqlQuery<FeesOf>(
            $"""
            select n.invoice_id as id, p.paid, case when i.state = 'cancelled' then 0 else greatest(0, n.charged - p.paid - w.waived) end as owed
            from (select invoice_id, sum(fee) as charged from dunning_notice where invoice_id = any({ids.Select(id => id.Value).ToArray()}) group by 1) n
            join invoice i on i.id = n.invoice_id,
            lateral (select coalesce(sum(amount), 0) as paid from reminder_fee_payment where invoice_id = n.invoice_id) p,
            lateral (select coalesce(sum(amount), 0) as waived from reminder_fee_waiver where invoice_id = n.invoice_id) w
            """).ToListAsync(ct);
        return rows.ToDictionary(r => new InvoiceId(r.Id));
    }
}
