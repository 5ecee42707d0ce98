using Ladewerk.Kernel;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Access;

/// <summary>The account of somebody who signs in by e-mail address: the same person may have one with each of several operators.</summary>
internal static class WhichAccount
{
    private const int Most = 20;

    /// <summary>Those whose password it is, the one that was used last first. Where it is of none, the one that counts the miss; empty where there is no account of an operator that is not suspended.</summary>
    public static async Task<IReadOnlyList<Account>> Find(LadewerkDb db, IPasswordHasher<Account> hasher, string email, string password)
    {
        var wanted = email.Normalize().ToUpperInvariant();
        var open = await db.Set<Account>().Where(a => a.NormalizedEmail == wanted && db.Set<Tenant>().Any(t => t.Id == a.TenantId && t.SuspendedAt == null))
            .OrderByDescending(a => a.DisabledAt == null).ThenByDescending(a => a.LastSignInAt != null).ThenByDescending(a => a.LastSignInAt).Take(Most).ToListAsync();
        if (open.Count <= 1)
        {
            return open; // its password is checked where misses are counted
        }

        var own = open.Where(a => a is { DisabledAt: null, PasswordHash: { } hash } && hasher.VerifyHashedPassword(a, hash, password) != PasswordVerificationResult.Failed).ToList();
        return own.Count > 0 ? own : open[..1];
    }
}
