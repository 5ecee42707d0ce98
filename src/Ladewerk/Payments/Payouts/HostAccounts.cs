using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations.Files;
using Ladewerk.Stations.Organisations;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.Payouts;

/// <summary>A link by which a host sets up its account.</summary>
/// <param name="Mailed">It went to the host's address.</param>
public sealed record HostInvitation(Uri Link, DateTimeOffset ValidUntil, bool Mailed);

/// <summary>What came of the wish to invite a host.</summary>
internal abstract record InviteResult
{
    public sealed record Invited(HostInvitation Invitation) : InviteResult;

    public sealed record NoHost : InviteResult;

    /// <summary>The operator has no provider.</summary>
    public sealed record NoProvider : InviteResult;
}

/// <summary>Hosts' accounts at the provider: opens them, leads hosts to the provider's pages, and looks how far they are.</summary>
internal sealed partial class HostAccounts(LadewerkDb db, TenantContext tenant, PaymentAccounts accounts, PayoutMails mails, AuditLog audit, TimeProvider time, ILogger<HostAccounts> logger)
{
    /// <summary>Where the host's link leads, before its secret.</summary>
    public const string Path = "/payouts/account/";

    private static readonly TimeSpan LinkHolds = TimeSpan.FromDays(14);

    /// <summary>Opens an account for a host that has none, and makes a new link; the former one holds no longer.</summary>
    /// <param name="home">Scheme and host of this server.</param>
    /// <exception cref="PaymentProviderException">The provider refused, or cannot be reached.</exception>
    public async Task<InviteResult> Invite(Guid organisation, string home, CancellationToken ct)
    {
        var id = new OrganisationId(organisation);
        if (await db.Set<Organisation>().AsNoTracking().SingleOrDefaultAsync(o => o.Id == id, ct) is not { } host)
        {
            return new InviteResult.NoHost();
        }

        if (await accounts.Payouts(ct) is not { } provider)
        {
            return new InviteResult.NoProvider();
        }

        var account = await db.Set<PayoutAccount>().SingleOrDefaultAsync(a => a.OrganisationId == organisation, ct);
        if (account is null)
        {
            account = new PayoutAccount { OrganisationId = organisation, TenantId = tenant.Current, CreatedAt = time.GetUtcNow() };
            db.Add(account);
        }

        if (account.ProviderId is null)
        {
            Note(account, await provider.OpenAccount(new AccountRequest(organisation, host.LegalName ?? host.Name, host.Country, host.Email), $"ladewerk-{organisation:N}-account", ct));
        }

        var link = LinkToken.New();
        (account.LinkHash, account.LinkExpiresAt) = (link.Hash, time.GetUtcNow() + LinkHolds);
        var address = new Uri(home + Path + link.Text);
        var mailed = await mails.Invite(host, address, account.LinkExpiresAt.Value, ct);
        audit.Record("payoutAccount.invited", "organisation", organisation.ToString(), after: new { account.ProviderId, mailed });
        await db.SaveChangesAsync(ct);
        return new InviteResult.Invited(new HostInvitation(address, account.LinkExpiresAt.Value, mailed));
    }

    /// <summary>The account behind a host's link, while it holds; the scope works for its operator from then on.</summary>
    public async Task<PayoutAccount?> Of(string secret, CancellationToken ct)
    {
        var hash = new LinkToken(secret).Hash;
        var found = await db.Set<PayoutAccount>().IgnoreQueryFilters().AsNoTracking().SingleOrDefaultAsync(a => a.LinkHash == hash, ct);
        if (found is null || found.LinkExpiresAt <= time.GetUtcNow())
        {
            return null;
        }

        tenant.Use(found.TenantId);
        return found;
    }

    /// <summary>The provider's pages for the host of a link.</summary>
    /// <returns>Null where the operator has no provider any more.</returns>
    /// <exception cref="PaymentProviderException">The provider refused, or cannot be reached.</exception>
    public async Task<Uri?> Onboarding(PayoutAccount account, string home, string secret, CancellationToken ct) => await accounts.Payouts(ct) is { } provider
        ? await provider.Onboarding(account.ProviderId!, new Uri(home + Path + secret + "/go"), new Uri(home + Path + secret + "?back=1"), ct)
        : null;

    /// <summary>Asks the provider how far it is.</summary>
    /// <exception cref="PaymentProviderException">The provider refused, or cannot be reached.</exception>
    public async Task<PayoutAccount?> Look(Guid organisation, CancellationToken ct)
    {
        if (await db.Set<PayoutAccount>().SingleOrDefaultAsync(a => a.OrganisationId == organisation, ct) is not { ProviderId: { } id } account || await accounts.Payouts(ct) is not { } provider)
        {
            return null;
        }

        var before = account.State;
        Note(account, await provider.Account(id, ct));
        if (account.State != before)
        {
            audit.Record("payoutAccount.changed", "organisation", organisation.ToString(), new { state = before }, new { account.State });
            LogChanged(organisation, account.State);
        }

        await db.SaveChangesAsync(ct);
        return account;
    }

    private void Note(PayoutAccount account, ProviderAccount now)
    {
        (account.ProviderId, account.Missing, account.LookedAt) = (now.Id, now.Missing, time.GetUtcNow());
        account.State = now.CanReceive ? PayoutAccountState.Ready : now.IsClosed ? PayoutAccountState.Restricted : PayoutAccountState.Incomplete;
    }

    [LoggerMessage(LogLevel.Information, "The account of organisation {OrganisationId} at the payment provider is {State} now")]
    private partial void LogChanged(Guid organisationId, PayoutAccountState state);
}
