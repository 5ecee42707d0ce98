using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Payments.Payouts;

namespace Ladewerk.Notifications;

/// <summary>A payout was refused: whoever sees to the money hears of it each time, because nothing more happens by itself.</summary>
internal sealed class NoticePayout(FindPayouts find, RaiseNotice raise, TimeProvider time) : IConsumer<PayoutFailed>
{
    public async Task Consume(PayoutFailed e, CancellationToken ct)
    {
        if (await find.One(new PayoutId(e.PayoutId), ct) is not { Payout: var payout })
        {
            return;
        }

        var facts = new NoticeFacts { Detail = payout.Number, Cost = payout.Amount.Amount, Currency = payout.Amount.Currency };
        var key = string.Create(CultureInfo.InvariantCulture, $"payoutFailed:{e.PayoutId:N}:{e.Tries}");
        await raise.Run(ct, new Notice(Catalogue.PayoutFailed, key, time.GetUtcNow(), facts) { Href = $"/portal/payouts/{e.PayoutId:D}" });
    }
}
