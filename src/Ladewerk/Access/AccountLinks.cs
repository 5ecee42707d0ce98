using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Mail;
using Ladewerk.Kernel.Text;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Access;

/// <summary>Makes the links that go out by mail, and finds an account by the one that comes back.</summary>
internal sealed class AccountLinks(LadewerkDb db, MailQueue mails, SiteAddress site, TimeProvider time)
{
    /// <summary>Where every link of a mail leads; the token follows.</summary>
    public const string Path = "/confirm";

    // What one person gets at most, however often somebody asks for it.
    private const int PerHour = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Sends a link to the account's address (or to <paramref name="email"/>, the one that it shall have); joins the caller's unit of work.
    /// Sends nothing where the person got enough lately.
    /// </summary>
    public async Task Send(Account account, LinkPurpose purpose, CancellationToken ct, string? email = null, string? passwordHash = null, byte[]? browser = null, bool alreadyKnown = false, bool isAgain = false)
    {
        var now = time.GetUtcNow();
        if (purpose != LinkPurpose.Invite && await IsEnough(account, now, isFirst: !isAgain && browser is not null, ct))
        {
            return;
        }

        var secret = AccountLink.NewSecret();
        var link = new AccountLink
        {
            TenantId = account.TenantId, AccountId = account.Id, Purpose = purpose, TokenHash = AccountLink.Hash(secret), Email = email ?? account.Email!, PasswordHash = passwordHash,
            BrowserHash = browser, CreatedAt = now, ExpiresAt = now + AccountLink.Lasts(purpose),
        };
        db.Add(link);
        var words = alreadyKnown ? "known" : purpose.ToString();
        await Mail(account, words, link.Email, site.Of($"{Path}/{secret}"), link.ExpiresAt, ct);
    }

    /// <summary>A mail that only tells: of a lock, a changed password, a new address.</summary>
    public Task Tell(Account account, string what, CancellationToken ct, string? email = null) => Mail(account, what, email ?? account.Email!, null, null, ct);

    /// <summary>The link of a token with its account, whosesoever tenant; null where it is unknown, used, or too old.</summary>
    public async Task<(AccountLink Link, Account Account)?> Find(string token, CancellationToken ct)
    {
        var hash = AccountLink.Hash(token);
        var now = time.GetUtcNow();
        if (await db.Set<AccountLink>().IgnoreQueryFilters().SingleOrDefaultAsync(l => l.TokenHash == hash && l.UsedAt == null && l.ExpiresAt > now, ct) is not { } link
            || await db.Set<Account>().SingleOrDefaultAsync(a => a.Id == link.AccountId && a.DisabledAt == null, ct) is not { } account)
        {
            return null;
        }

        return (link, account);
    }

    /// <summary>Takes a link for this one use, within the caller's transaction; false where somebody else was faster.</summary>
    public async Task<bool> Take(AccountLink link, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return await db.Set<AccountLink>().IgnoreQueryFilters().Where(l => l.Id == link.Id && l.UsedAt == null).ExecuteUpdateAsync(set => set.SetProperty(l => l.UsedAt, now), ct) == 1;
    }

    /// <summary>No other link of the account works any more: its password or address is another now.</summary>
    public Task Void(Account account, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return db.Set<AccountLink>().IgnoreQueryFilters().Where(l => l.AccountId == account.Id && l.UsedAt == null).ExecuteUpdateAsync(set => set.SetProperty(l => l.UsedAt, now), ct);
    }

    private async Task<bool> IsEnough(Account account, DateTimeOffset now, bool isFirst, CancellationToken ct)
    {
        var hourAgo = now.AddHours(-1);
        var sent = await db.Set<AccountLink>().IgnoreQueryFilters().Where(l => l.AccountId == account.Id && l.CreatedAt > hourAgo && l.Purpose != LinkPurpose.Invite).Select(l => l.CreatedAt).ToListAsync(ct);
        return sent.Count >= PerHour || (!isFirst && sent.Count > 0 && sent.Max() > now - Pause);
    }

    private async Task Mail(Account account, string what, string to, Uri? address, DateTimeOffset? until, CancellationToken ct)
    {
        if (!MailQueue.IsAddress(to))
        {
            return; // an account such as admin@localhost, made at the first start
        }

        var tenant = await db.Set<Tenant>().AsNoTracking().SingleAsync(t => t.Id == account.TenantId, ct);
        var language = account.Locale ?? tenant.Language;
        string Say(string part) => Texts.In(language, $"access.mail.{what}.{part}", tenant.Name, account.DisplayName, to);
        mails.Enqueue(new NewMail("account", to, language, Say("subject"), new MailContent(Say("heading"), [Say("text")])
        {
            Action = address is null ? null : new MailAction(Say("action"), address),
            SmallPrint = address is null ? [Texts.In(language, "access.mail.notYou")] : [Texts.In(language, $"access.mail.{what}.until"), Texts.In(language, "access.mail.ignore")],
        })
        {
            ToName = account.DisplayName, ExpiresAt = until,
        });
    }
}
