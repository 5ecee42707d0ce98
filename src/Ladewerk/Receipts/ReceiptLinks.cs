using System.Security.Cryptography;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Sessions;
using Ladewerk.Stations.Files;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Receipts;

/// <summary>
/// Links of receipts: <c>/r/{token}</c> with 256 random bits. The database knows their hash, and the secret only sealed, so that a copy of
/// it opens no receipt, while the operator and the driver can be shown the link again.
/// </summary>
internal sealed class ReceiptLinks(LadewerkDb db, TenantContext tenant, IDataProtectionProvider protection, SiteAddress address) : ISessionReceipts
{
    private readonly IDataProtector protector = protection.CreateProtector("Ladewerk.Receipts.Link");

    public string Seal(LinkToken link) => protector.Protect(link.Text);

    /// <summary>The session behind a link, whoever operates it; the scope works for that operator from then on.</summary>
    public async Task<SessionProof?> Find(string token, CancellationToken ct)
    {
        if (token.Length is < 20 or > 100)
        {
            return null;
        }

        var hash = new LinkToken(token).Hash;
        var found = await db.Set<SessionProof>().IgnoreQueryFilters().AsNoTracking().SingleOrDefaultAsync(p => p.TokenHash == hash, ct);
        if (found is not null)
        {
            tenant.Use(found.TenantId);
        }

        return found;
    }

    /// <summary>The secret of a receipt's link; null where the keys that sealed it are gone.</summary>
    public string? Open(SessionProof proof)
    {
        try
        {
            return protector.Unprotect(proof.TokenSealed);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public async Task<SessionReceipt?> Of(SessionId session, CancellationToken ct) =>
        await db.Set<SessionProof>().AsNoTracking().SingleOrDefaultAsync(p => p.SessionId == session.Value, ct) is { } proof && Open(proof) is { } secret
            ? new SessionReceipt(address.Of("/r/" + secret), JudgeSession.Name(proof.Verdict))
            : null;
}
