using System.Collections.Concurrent;

namespace Ladewerk.Ocpp;

/// <summary>
/// Counts failed sign-ins by identity and address, so that guessing a password is slow, and by address alone, so that guessing names is.
/// </summary>
internal sealed class FailedAttempts(TimeProvider time)
{
    private const int Most = 100_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<(string Identity, string Address), (DateTimeOffset Since, int Count)> failures = new();

    /// <summary>One identity from one address.</summary>
    public bool IsTooMany(string identity, string address, int allowed) =>
        failures.TryGetValue((identity, address), out var f) && time.GetUtcNow() - f.Since < Window && f.Count >= allowed;

    /// <summary>All identities from one address.</summary>
    public bool IsFlood(string address, int allowed) => IsTooMany("", address, allowed);

    public void Add(string identity, string address)
    {
        Count(identity, address);
        Count("", address);
    }

    private void Count(string identity, string address)
    {
        var now = time.GetUtcNow();
        if (failures.Count >= Most)
        {
            failures.Clear(); // a flood of names: forgetting is cheaper than growing
        }

        failures.AddOrUpdate((identity, address), (now, 1), (_, f) => now - f.Since < Window ? (f.Since, f.Count + 1) : (now, 1));
    }
}
