using System.Net.Mail;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Kernel.Mail;

/// <summary>
/// Takes mails to be sent. A mail joins the caller's unit of work: it is stored by the same <c>SaveChangesAsync</c> as the change
/// that it tells of, or not at all. <see cref="MailSender"/> sends it at least once, with the same Message-ID each time.
/// </summary>
public sealed class MailQueue(LadewerkDb db, TenantContext tenant, TimeProvider time, MailBox box)
{
    /// <summary>Adds a mail.</summary>
    /// <exception cref="ArgumentException">The address is none, or the subject has more than one line.</exception>
    public MailId Enqueue(NewMail mail)
    {
        if (!IsAddress(mail.To))
        {
            throw new ArgumentException("Not an address to which mail can be sent.", nameof(mail));
        }

        if (mail.Subject.AsSpan().IndexOfAny('\r', '\n') >= 0)
        {
            throw new ArgumentException("A subject is one line.", nameof(mail));
        }

        var now = time.GetUtcNow();
        var queued = new QueuedMail
        {
            TenantId = tenant.Current, Kind = mail.Kind, Recipient = mail.To, Body = box.Close(mail), CreatedAt = now, AvailableAt = mail.NotBefore ?? now, ExpiresAt = mail.ExpiresAt,
        };
        db.Add(queued);
        return queued.Id;
    }

    /// <summary>Whether mail can be sent to it: one plain address, no name, no line break.</summary>
    public static bool IsAddress(string? text) =>
        MailAddress.TryCreate(text, out var address) && string.Equals(address.Address, text, StringComparison.Ordinal) && address.Host.Contains('.', StringComparison.Ordinal);

    /// <summary>Removes every trace of mails to an address, sent or not; for an erasure. Returns how many there were.</summary>
    public Task<int> Forget(string address, CancellationToken ct) =>
        db.Database.ExecuteSqlAsync($"delete from mail where tenant_id = {tenant.Current.Value} and lower(recipient) = lower({address})", ct);
}

/// <summary>Closes and opens what a waiting mail says: links in mails are keys, and keys do not lie about in a database.</summary>
public sealed class MailBox(IDataProtectionProvider protection)
{
    private readonly IDataProtector protector = protection.CreateProtector("Ladewerk.Kernel.Mail");

    internal string Close(NewMail mail) => protector.Protect(JsonSerializer.Serialize(mail, Columns.Json));

    /// <exception cref="System.Security.Cryptography.CryptographicException">Its key is gone.</exception>
    internal NewMail Open(string body) => JsonSerializer.Deserialize<NewMail>(protector.Unprotect(body), Columns.Json)!;
}
