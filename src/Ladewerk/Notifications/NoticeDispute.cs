using Ladewerk.Kernel;
using Ladewerk.Payments.Disputes;

namespace Ladewerk.Notifications;

/// <summary>A payment was disputed, or came back: whoever sees to the money hears of it, because there is little time for an answer.</summary>
internal sealed class NoticeDispute(FindDisputes find, RaiseNotice raise) : IConsumer<PaymentDisputed>
{
    public async Task Consume(PaymentDisputed e, CancellationToken ct)
    {
        if (await find.One(e.DisputeId, ct) is { } dispute)
        {
            var facts = new NoticeFacts { Detail = dispute.InvoiceNumber ?? dispute.ProviderId, Cost = dispute.Amount?.Amount, Currency = dispute.Amount?.Currency };
            await raise.Run(ct, new Notice(Catalogue.PaymentDisputed, $"dispute:{dispute.Id:N}", dispute.OpenedAt, facts) { Href = "/portal/disputes" });
        }
    }
}
