namespace Ladewerk.Notifications;

/// <summary>Happenings of one kind that nobody has been told of yet.</summary>
/// <param name="First">When the first of them was noticed.</param>
/// <param name="Last">And the last.</param>
/// <param name="ToldAt">When people were last told of the kind; null: never.</param>
internal sealed record Waiting(DateTimeOffset First, DateTimeOffset Last, DateTimeOffset? ToldAt);

/// <summary>When several happenings become one message.</summary>
internal static class Grouping
{
    /// <summary>A storm that does not end is told of after so many times the gathering.</summary>
    private const int AtMost = 5;

    /// <summary>
    /// Told once no more of the kind came for the gathering time (or it goes on and on), and not sooner after the last message than the pause:
    /// a thousand stations that fall silent within minutes are one message, and the next tells of all that came since.
    /// </summary>
    public static bool IsDue(Waiting waiting, TimeSpan gather, TimeSpan pause, DateTimeOffset now) =>
        (now - waiting.Last >= gather || now - waiting.First >= gather * AtMost) && (waiting.ToldAt is not { } told || now - told >= pause);
}
