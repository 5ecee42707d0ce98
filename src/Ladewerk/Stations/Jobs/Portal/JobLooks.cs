using System.Text.Json;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;

namespace Ladewerk.Stations.Jobs.Portal;

/// <summary>How jobs look and what their words mean.</summary>
internal static class JobLooks
{
    public static Look Of(JobState state) => state switch
    {
        JobState.Waiting => new("s-br", "clock", "jobs.state.waiting"),
        JobState.Running => new("s-ch", "player-play", "jobs.state.running"),
        JobState.Paused => new("s-su", "player-pause", "jobs.state.paused"),
        JobState.Finished => new("s-av", "circle-check", "jobs.state.finished"),
        JobState.Cancelled => new("s-of", "ban", "jobs.state.cancelled"),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };

    public static Look Of(JobStationState state, bool good) => state switch
    {
        JobStationState.Waiting => new("s-of", "clock", "jobs.row.waiting"),
        JobStationState.Offline => new("s-of", "plug-connected-x", "jobs.row.offline"),
        JobStationState.Running => new("s-ch", "loader-2", "jobs.row.running"),
        JobStationState.Answered when good => new("s-av", "circle-check", "jobs.row.answered"),
        JobStationState.Answered => new("s-fa", "circle-x", "jobs.row.answered"),
        JobStationState.Failed => new("s-fa", "alert-triangle", "jobs.row.failed"),
        JobStationState.Skipped => new("s-of", "player-track-next", "jobs.row.skipped"),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };

    /// <summary>When a part of a page about jobs is read again: at news of jobs, and while one works also by itself, because news may have come before the page listened.</summary>
    public static string Refresh(bool works) => (works ? "load delay:2s, " : "") + Live.On("job");

    /// <summary>A reason in the reader's language; a station's own word as it stands.</summary>
    public static string Word(Texts texts, string word)
    {
        var key = "jobs.word." + word;
        var text = texts[key];
        return string.Equals(text, key, StringComparison.Ordinal) ? word : text;
    }

    /// <summary>The details of an outcome in one line: of configuration keys what became of each, else the answer as it stands.</summary>
    public static string Detail(Texts texts, JsonElement detail)
    {
        var text = detail.ValueKind switch
        {
            JsonValueKind.Array when detail.EnumerateArray().All(k => k.ValueKind == JsonValueKind.Object && k.TryGetProperty("key", out _) && k.TryGetProperty("word", out _)) =>
                string.Join(", ", detail.EnumerateArray().Select(k => $"{k.GetProperty("key")}: {Word(texts, k.GetProperty("word").ToString())}")),
            JsonValueKind.Object when detail.EnumerateObject().All(p => p.Name is "status") => "",
            _ => detail.GetRawText(),
        };
        return text.Length > 300 ? text[..300] + "…" : text;
    }

    /// <summary>What the job does, in one line.</summary>
    public static string Work(Texts texts, string kind, JsonElement work)
    {
        if (kind != CommandWork.Name)
        {
            return Word(texts, kind);
        }

        var command = work.TryGetProperty("command", out var name) ? name.ToString() : "";
        var members = work.TryGetProperty("body", out var body) && body.ValueKind == JsonValueKind.Object
            ? body.EnumerateObject().Where(m => m.Value.ValueKind != JsonValueKind.Null).Select(m => (m.Name, Value: m.Value.ToString())).ToArray()
            : [];
        return (command, members) switch
        {
            ("reset", [("kind", "soft")]) => texts["jobs.command.reset"],
            ("reset", [("kind", "hard")]) => texts["jobs.command.reset-hard"],
            ("change-availability", [("operative", "True")]) => texts["jobs.command.operative"],
            ("change-availability", [("operative", "False")]) => texts["jobs.command.inoperative"],
            _ => Plain(texts, command, string.Join(", ", members.Select(m => $"{m.Name}: {m.Value}"))),
        };
    }

    private static string Plain(Texts texts, string command, string body) =>
        body.Length == 0 ? Word(texts, command) : $"{Word(texts, command)} ({body})";
}
