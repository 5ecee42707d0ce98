using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Mail;
using Ladewerk.Kernel.Text;
using Ladewerk.Sessions;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Receipts.App;

/// <summary>What came of the wish to have a receipt by mail.</summary>
public enum MailedReceipt
{
    Sent,
    NoAddress,

    /// <summary>It was sent too often already.</summary>
    TooOften,
}

/// <summary>Sends the link of a receipt to an address that its holder types in. The address is kept nowhere but with the mail, and each receipt goes out a few times at most.</summary>
internal sealed class MailReceipt(LadewerkDb db, MailQueue mails, ReadReceipt read, SiteAddress address)
{
    private const int Most = 5;

    public async Task<MailedReceipt> Run(SessionProof proof, string token, string? to, CancellationToken ct)
    {
        to = to?.Trim();
        if (to is null || to.Length > 254 || !MailQueue.IsAddress(to) || await read.Of(new SessionId(proof.SessionId), token, ct) is not { } model)
        {
            return MailedReceipt.NoAddress;
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await db.Database.ExecuteSqlAsync($"update session_proof set mails = mails + 1 where session_id = {proof.SessionId} and mails < {Most}", ct) == 0)
        {
            return MailedReceipt.TooOften;
        }

        var language = Texts.Language;
        var content = new MailContent(Texts.In(language, "receipts.mail.title", model.Number), [Texts.In(language, "receipts.mail.what", model.Look.LegalName ?? "")])
        {
            Facts =
            [
                new MailFact(Texts.In(language, "receipts.point"), model.Place.EvseId ?? model.Place.Station ?? ""),
                new MailFact(Texts.In(language, "receipts.session"), model.Day(model.Session.StartedAt)),
                new MailFact(Texts.In(language, "receipts.charged"), model.Energy + " kWh"),
            ],
            Action = new MailAction(Texts.In(language, "receipts.mail.open"), address.Of("/r/" + token)),
            SmallPrint = [Texts.In(language, "receipts.mail.why")],
        };
        mails.Enqueue(new NewMail("receipt", to, language, Texts.In(language, "receipts.mail.subject", model.Number), content));
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return MailedReceipt.Sent;
    }
}
