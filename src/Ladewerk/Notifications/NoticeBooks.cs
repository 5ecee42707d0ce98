using Ladewerk.Kernel;
using Ladewerk.Payments;

namespace Ladewerk.Notifications;

/// <summary>Sums of the books differ: whoever sees to the money hears of it, once a day.</summary>
internal sealed class NoticeBooks(CheckBooks books, RaiseNotice raise) : IConsumer<BooksDiffer>
{
    public async Task Consume(BooksDiffer e, CancellationToken ct)
    {
        if (await books.Find(e.CheckId, ct) is { Agrees: false } check)
        {
            await raise.Run(ct, new Notice(Catalogue.BooksDiffer, $"books:{check.Id:N}", check.CheckedAt, new NoticeFacts()) { Href = "/portal/payments" });
        }
    }
}
