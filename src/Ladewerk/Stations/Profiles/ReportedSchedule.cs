using System.Text.Json;

namespace Ladewerk.Stations.Profiles;

/// <summary>The limit over time as a station reports it.</summary>
/// <param name="InWatts">Else A per phase.</param>
public sealed record ReportedSchedule(DateTimeOffset From, TimeSpan Length, bool InWatts, IReadOnlyList<LimitStep> Steps)
{
    private const int UsualSeconds = 86_400;
    private static readonly TimeSpan Rounding = TimeSpan.FromMinutes(1);

    /// <summary>Reads the answer to a question for the composite schedule, as it stands in either protocol family; null where there is no schedule in it.</summary>
    /// <param name="answer">OCPP 1.6 §6.22 GetCompositeSchedule.conf or 2.0.1 GetCompositeScheduleResponse.</param>
    /// <param name="askedAt">Begins the schedule where the answer does not say.</param>
    public static ReportedSchedule? Read(JsonElement answer, DateTimeOffset askedAt)
    {
        if (answer.ValueKind != JsonValueKind.Object || !(answer.TryGetProperty("chargingSchedule", out var schedule) || answer.TryGetProperty("schedule", out schedule)) || schedule.ValueKind != JsonValueKind.Object
            || !schedule.TryGetProperty("chargingSchedulePeriod", out var periods) || periods.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        var from = Time(answer, "scheduleStart") ?? Time(schedule, "scheduleStart") ?? Time(schedule, "startSchedule") ?? askedAt;
        var length = TimeSpan.FromSeconds(schedule.TryGetProperty("duration", out var duration) && duration.TryGetInt32(out var seconds) && seconds > 0 ? seconds : UsualSeconds);
        var watts = schedule.TryGetProperty("chargingRateUnit", out var unit) && unit.ValueKind == JsonValueKind.String && unit.GetString() is "W";
        var steps = new List<LimitStep>();
        foreach (var period in periods.EnumerateArray())
        {
            if (period.TryGetProperty("startPeriod", out var start) && start.TryGetInt32(out var after) && period.TryGetProperty("limit", out var limit) && limit.TryGetDecimal(out var most))
            {
                steps.Add(new LimitStep(from.AddSeconds(after), most));
            }
        }

        return new ReportedSchedule(from, length, watts, steps);
    }

    /// <summary>Its limit at a moment; null before it begins and after its end.</summary>
    public decimal? At(DateTimeOffset at) => at < From || at >= From + Length ? null : Steps.Where(s => s.At <= at).Select(s => s.Limit).LastOrDefault();

    /// <summary>The first moment from which it says another limit than <paramref name="expected"/> for a minute or more: a station counts in whole seconds. Null where it never does.</summary>
    public (DateTimeOffset At, decimal? Says, decimal? Expected)? Difference(IReadOnlyList<InstalledProfile> expected, int connector)
    {
        foreach (var at in Steps.Select(s => s.At).Concat(CompositeSchedule.Of(expected, connector, From, Length, InWatts).Select(s => s.At)).Where(t => t >= From && t < From + Length - Rounding).Distinct().Order())
        {
            var (says, should) = (At(at + Rounding), CompositeSchedule.At(expected, connector, at + Rounding, InWatts));
            if (says is { } s && should is { } e ? Math.Abs(s - e) > 0.11m : should is not null)
            {
                return (at, says, should);
            }
        }

        return null;
    }

    private static DateTimeOffset? Time(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out var at) ? at : null;
}
