namespace Ladewerk.Portal;

/// <summary>When a part of a page is read again: htmx triggers on the topics of the live stream (web/src/live.ts raises them on the body).</summary>
public static class Live
{
    /// <summary>On an element with data-live-station (and data-live-on with its topics): soon after an event of that station.</summary>
    public const string Here = "lw:here throttle:2s, lw:here delay:2s";

    /// <summary>On a list with data-live-on: when something appeared, ended or changed its state, not when a number ticked.</summary>
    public const string Refresh = "lw:changed throttle:2s, lw:changed delay:2s";

    /// <summary>Soon after an event of one of the topics, at most every two seconds, and once after the last one.</summary>
    public static string On(params ReadOnlySpan<string> topics)
    {
        var triggers = new List<string>();
        foreach (var topic in topics)
        {
            triggers.Add($"lw:{topic} from:body throttle:2s");
            triggers.Add($"lw:{topic} from:body delay:2s");
        }

        return string.Join(", ", triggers);
    }
}
