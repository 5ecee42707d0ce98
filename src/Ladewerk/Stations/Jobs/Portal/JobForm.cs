using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ladewerk.Kernel.Http;

namespace Ladewerk.Stations.Jobs.Portal;

/// <summary>Another kind of work that the form of a new job offers.</summary>
/// <param name="Kind">See <see cref="IJobWork.Kind"/>; also the value of the form's command.</param>
/// <param name="Fields">A component with its fields; takes <c>Values</c>.</param>
/// <param name="Read">Makes the work of the form.</param>
public sealed record JobFormWork(string Kind, Type Fields, Func<IFormCollection, JsonElement> Read);

/// <summary>What the portal's form of a new job means.</summary>
internal static class JobForm
{
    /// <summary>Commands that the form offers; the API takes all.</summary>
    public static readonly IReadOnlyList<string> Commands =
        ["reset", "reset-hard", "operative", "inoperative", "change-configuration", "get-configuration", "trigger-message", "clear-cache", "limit"];

    public static NewJob Read(IFormCollection form, IEnumerable<JobFormWork> works, TimeZoneInfo zone, DateTimeOffset now)
    {
        var stations = form["station"].OfType<string>().Where(s => s.Length > 0).ToList();
        var make = form["make"].ToString().Split('\t', 2);
        var (kind, command, body) = Work(form, works);
        return new NewJob(
            Text(form, "name"), kind is null ? command : null, kind is null ? body : null, kind, kind is null ? null : body,
            stations.Count > 0 ? stations : null,
            stations.Count > 0 ? null : new JobFilter(Guid.TryParse(form["site"], out var site) ? site : null, make[0].Length > 0 ? make[0] : null, make.Length > 1 ? make[1] : null, Text(form, "firmware"), Text(form, "q")),
            Options(form, zone, now));
    }

    /// <summary>What stands in the form and is no number or time, by the API's names.</summary>
    public static Faults Unreadable(IFormCollection form)
    {
        bool Filled(string name) => !string.IsNullOrWhiteSpace(form[name]);
        var faults = new Faults();
        foreach (var name in new[] { "parallel", "stopAfterFailures", "minutesBetweenWaves" })
        {
            faults.Unless(!Filled(name) || Number(form, name) is not null, "options." + name, "Not a number.");
        }

        foreach (var name in new[] { "startAt", "endAt" })
        {
            faults.Unless(!Filled(name) || Moment(form, name, TimeZoneInfo.Utc) is not null, "options." + name, "Not a time.");
        }

        return faults.Unless((!Filled("windowFrom") && !Filled("windowTo")) || (Clock(form, "windowFrom") is not null && Clock(form, "windowTo") is not null), "options.window", "Begins and ends.")
            .Unless(form["command"] != "limit" || !Filled("maxA") || Amperes(form) is not null, "body.maxA", "Not a number.");
    }

    private static (string? Kind, string Command, JsonElement Body) Work(IFormCollection form, IEnumerable<JobFormWork> works)
    {
        var wish = form["command"].ToString();
        if (works.SingleOrDefault(w => w.Kind == wish) is { } work)
        {
            return (work.Kind, wish, work.Read(form));
        }

        var (command, body) = wish switch
        {
            "reset" or "reset-hard" => ("reset", new JsonObject { ["kind"] = wish == "reset" ? "soft" : "hard" }),
            "operative" or "inoperative" => ("change-availability", new JsonObject { ["operative"] = wish == "operative" }),
            "trigger-status" => ("trigger-message", new JsonObject { ["message"] = "StatusNotification" }),
            "trigger-message" => (wish, new JsonObject { ["message"] = form["message"].ToString() }),
            "change-configuration" => (wish, new JsonObject { ["key"] = form["key"].ToString().Trim(), ["value"] = form["value"].ToString() }),
            "limit" => (wish, Amperes(form) is { } amperes ? new JsonObject { ["maxA"] = amperes } : []),
            _ => (wish, new JsonObject()),
        };
        return (null, command, JsonSerializer.SerializeToElement(body));
    }

    private static JobOptions Options(IFormCollection form, TimeZoneInfo zone, DateTimeOffset now) => new()
    {
        StartAt = Moment(form, "startAt", zone),
        EndAt = Moment(form, "endAt", zone),
        Window = Clock(form, "windowFrom") is { } from && Clock(form, "windowTo") is { } to ? new JobWindow(from, to) : null,
        Parallel = Number(form, "parallel") ?? new JobOptions().Parallel,
        StopAfterFailures = Number(form, "stopAfterFailures"),
        RetryOfflineUntil = Number(form, "retryHours") is > 0 and var hours ? (Moment(form, "startAt", zone) ?? now).AddHours(hours) : null,
        Waves = [.. form["waves"].ToString().Split([',', ' '], StringSplitOptions.RemoveEmptyEntries).Select(w => int.TryParse(w, CultureInfo.InvariantCulture, out var size) ? size : 0)],
        MinutesBetweenWaves = Number(form, "minutesBetweenWaves") ?? 0,
        ConfirmWaves = form["confirmWaves"] == "true",
    };

    private static decimal? Amperes(IFormCollection form) => decimal.TryParse(form["maxA"], NumberStyles.Float, CultureInfo.InvariantCulture, out var amperes) ? amperes : null;

    private static string? Text(IFormCollection form, string name) => form[name].ToString().Trim() is { Length: > 0 } text ? text : null;

    private static int? Number(IFormCollection form, string name) => int.TryParse(form[name], CultureInfo.InvariantCulture, out var number) ? number : null;

    private static TimeOnly? Clock(IFormCollection form, string name) => TimeOnly.TryParse(form[name], CultureInfo.InvariantCulture, out var time) ? time : null;

    // A browser's date and time have no zone: they are meant as on the operator's wall.
    private static DateTimeOffset? Moment(IFormCollection form, string name, TimeZoneInfo zone) =>
        DateTime.TryParse(form[name], CultureInfo.InvariantCulture, DateTimeStyles.None, out var local)
            ? new DateTimeOffset(DateTime.SpecifyKind(local, DateTimeKind.Unspecified), zone.GetUtcOffset(local)).ToUniversalTime()
            : null;
}
