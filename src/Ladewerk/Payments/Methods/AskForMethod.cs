using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Mail;
using Ladewerk.Kernel.Text;
using Ladewerk.Stations.Files;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.Methods;

/// <summary>A link by which a payer gives a way to pay.</summary>
/// <param name="Url">For the payer alone, works once.</param>
/// <param name="MailedTo">Null where no mail was sent.</param>
public sealed record MethodLink(Guid Id, Uri Url, DateTimeOffset ExpiresAt, string? MailedTo);

/// <summary>What came of asking a payer for a way to pay.</summary>
internal abstract record AskResult
{
    public sealed record Asked(MethodLink Link) : AskResult;

    public sealed record NoAccount : AskResult;

    /// <summary>The operator takes no payments by a provider.</summary>
    public sealed record NoProvider : AskResult;

    /// <summary>It was to be mailed, and the account has no address.</summary>
    public sealed record NoAddress : AskResult;
}

/// <summary>Makes the link by which a payer gives a card or a mandate; nobody else ever sees their numbers.</summary>
internal sealed class AskForMethod(
    LadewerkDb db, TenantContext tenant, IPaymentProviders providers, KeySafe safe, SiteAddress site, MailQueue mails, Actor actor, AuditLog audit, TimeProvider time)
{
    /// <summary>How long a link works.</summary>
    public static readonly TimeSpan LinkHolds = TimeSpan.FromDays(14);

    /// <param name="byMail">Whether it goes to the account's address.</param>
    public async Task<AskResult> Run(BillingAccountId id, bool byMail, CancellationToken ct)
    {
        if (await db.Set<BillingAccount>().AsNoTracking().SingleOrDefaultAsync(a => a.Id == id, ct) is not { } account)
        {
            return new AskResult.NoAccount();
        }

        if (await providers.Current(ct) is not IContractProvider)
        {
            return new AskResult.NoProvider();
        }

        if (byMail && !MailQueue.IsAddress(account.Email))
        {
            return new AskResult.NoAddress();
        }

        var (setup, url) = Add(id, account.Language, fromApp: false);
        if (byMail)
        {
            mails.Enqueue(Mail(account, url, await db.Set<Tenant>().Where(t => t.Id == tenant.Current).Select(t => t.Name).SingleAsync(ct)));
        }

        audit.Record("paymentMethod.asked", "billingAccount", id.Value.ToString(), after: new { byMail });
        await db.SaveChangesAsync(ct);
        return new AskResult.Asked(new MethodLink(setup.Id, url, setup.ExpiresAt, byMail ? account.Email : null));
    }

    /// <summary>Joins the caller's unit of work.</summary>
    public (PaymentMethodSetup Setup, Uri Url) Add(BillingAccountId id, string language, bool fromApp)
    {
        var (link, now) = (LinkToken.New(), time.GetUtcNow());
        var url = site.Of($"/pay/method/{link.Text}?lang={language}");
        var setup = new PaymentMethodSetup
        {
            TenantId = tenant.Current, BillingAccountId = id, LinkHash = link.Hash, LinkSealed = safe.Close(url.ToString()), Language = language, FromApp = fromApp, AskedBy = actor.Name, AskedAt = now,
            ExpiresAt = now + LinkHolds,
        };
        db.Add(setup);
        return (setup, url);
    }

    private static NewMail Mail(BillingAccount account, Uri url, string name)
    {
        var language = account.Language;
        var subject = Texts.In(language, "payments.methods.mail.subject", name);
        return new NewMail("paymentMethod", account.Email!, language, subject, new MailContent(subject, [Texts.In(language, "payments.methods.mail.text", name)])
        {
            Action = new MailAction(Texts.In(language, "payments.methods.mail.action"), url), SmallPrint = [Texts.In(language, "payments.methods.mail.small")],
        });
    }
}
