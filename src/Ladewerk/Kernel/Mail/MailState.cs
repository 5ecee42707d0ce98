namespace Ladewerk.Kernel.Mail;

/// <summary>Whether the mail server answers, as this node knows.</summary>
public sealed class MailState
{
    private readonly Lock gate = new();
    private int failures;

    /// <summary>No attempt before this.</summary>
    public DateTimeOffset RestsUntil { get; private set; }

    /// <summary>Why the server could not be reached last; null: it works.</summary>
    public string? Trouble { get; private set; }

    internal void Works()
    {
        lock (gate)
        {
            (failures, Trouble, RestsUntil) = (0, null, default);
        }
    }

    /// <summary>Notes a failure; the pause grows up to <paramref name="longest"/>. Gives the time of the next attempt.</summary>
    internal DateTimeOffset Fails(DateTimeOffset now, string reason, TimeSpan longest)
    {
        lock (gate)
        {
            // Several mails at once meet the same dead server: that is one failure.
            if (now >= RestsUntil)
            {
                failures++;
                var pause = TimeSpan.FromSeconds(2 * Math.Pow(2, Math.Min(failures, 12) - 1));
                RestsUntil = now + (pause < longest ? pause : longest);
            }

            Trouble = reason;
            return RestsUntil;
        }
    }
}
