using Ladewerk.Billing;
using Ladewerk.Billing.Dunning;
using Ladewerk.Billing.Sepa;
using Ladewerk.Payments.Methods;

namespace Ladewerk.Payments.Invoices;

/// <summary>From which day on money may be taken: a card at once, a debit after its payer was told.</summary>
internal sealed class DebitDays(AnnounceDebit announce, ReminderFees fees)
{
    /// <param name="earliest">Not before this day.</param>
    /// <param name="number">Of the try; each debit is announced once.</param>
    public async Task<DateOnly> Of(Invoice invoice, PaymentMethod method, DateOnly earliest, int number, CancellationToken ct)
    {
        if (method.Kind != PaymentMethodKind.SepaDebit)
        {
            return earliest;
        }

        var owed = invoice.Gross - invoice.Paid + (await fees.Of(invoice.Id, ct)).Owed;
        var debit = new PlannedDebit(FormattableString.Invariant($"{invoice.Id.Value:N}-{number}"), owed, method.Mandate ?? method.ProviderId, method.Last4);
        return await announce.Run(invoice.Id, debit, ct) is { } told && told > earliest ? told : earliest;
    }
}
