using Ladewerk.Kernel;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Access;

/// <summary>The account of somebody who signs in by e-mail address: the same person may have one with each of several operators.</summary>
internal static class WhichAccount
{
    private const int Most = 20;

    /// <summary>The one whose password it is; of several the one that was used last. Null where there is none of an operator that is not suspended.</summary>
    public static async Task<Account?> Find(LadewerkDb db, IPasswordHasher<Account> hasher, string email, string password)
    {
        var wanted = email.Normalize().ToUpperInvariant();
        var open = await db.Set<Account>().Where(a => a.NormalizedEmail == wanted && db.Set<Tenant>().Any(t => t.Id == a.TenantId && t.SuspendedAt == null))
            .OrderByDescending(a => a.DisabledAt == null).ThenByDescending(a => a.LastSignInAt != null).ThenByDescending(a => a.LastSignInAt).Take(Most).ToListAsync();
        return open.Count <= 1
            ? open.FirstOrDefault()
            : open.FirstOrDefault(a => a is { DisabledAt: null, PasswordHash: { } hash } && hasher.VerifyHashedPassword(a, hash, password) != PasswordVerificationResult.Failed) ?? open[0];
    }
}
