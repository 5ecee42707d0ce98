using System.Collections.Concurrent;
using System.Threading.RateLimiting;

namespace Ladewerk.Access;

/// <summary>Slows guessing down: few attempts per address and account, somewhat more per address.</summary>
internal sealed class SignInLimiter : IDisposable
{
    private readonly PartitionedRateLimiter<(string Address, string Email)> limiter = PartitionedRateLimiter.CreateChained(
        PartitionedRateLimiter.Create<(string Address, string Email), string>(who => Window($"{who.Address} {who.Email.ToUpperInvariant()}", 10)),
        PartitionedRateLimiter.Create<(string Address, string Email), string>(who => Window(who.Address, 60)));

    private readonly ConcurrentDictionary<string, (int Count, DateTimeOffset Since)> misses = new(StringComparer.Ordinal);

    /// <summary>Wrong passwords that lock an account, and for how long.</summary>
    public const int LockAfter = 5;
    public static readonly TimeSpan LockLasts = TimeSpan.FromMinutes(5);

    public RateLimitLease Attempt(string? address, string email) => limiter.AttemptAcquire((address ?? "", email));

    /// <summary>
    /// Counts attempts for an address that has no account, and says whether it would be locked by now if it had one: the answers tell nobody which
    /// addresses there are.
    /// </summary>
    public bool MissUnknown(string email, DateTimeOffset now)
    {
        if (misses.Count > 10_000)
        {
            misses.Clear();
        }

        var (count, since) = misses.AddOrUpdate(
            email.ToUpperInvariant(), _ => (1, now), (_, former) => now - former.Since >= LockLasts ? (1, now) : former.Count + 1 == LockAfter ? (LockAfter, now) : (former.Count + 1, former.Since));
        return count >= LockAfter && now - since < LockLasts;
    }

    public void Dispose() => limiter.Dispose();

    private static RateLimitPartition<string> Window(string key, int perMinute) => RateLimitPartition.GetFixedWindowLimiter(
        key, _ => new FixedWindowRateLimiterOptions { PermitLimit = perMinute, Window = TimeSpan.FromMinutes(1), QueueLimit = 0 });
}
