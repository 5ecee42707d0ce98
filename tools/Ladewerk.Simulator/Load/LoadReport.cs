using System.Globalization;
using System.Text.Json;

namespace Ladewerk.Simulator.Load;

/// <summary>What a run measured, for people and (as JSON) for scripts.</summary>
internal static class LoadReport
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static async Task Write(LoadRun run, VerificationResult? verification, TimeSpan processorTime, TextWriter output)
    {
        var statistics = run.Statistics;
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"""

            stations      {run.Options.Stations:N0}{(run.Options.Idle ? " (idle)" : string.Empty)}, {(run.Options.Rate > 0 ? $"{run.Options.Rate:N0} messages/s wanted" : "as fast as the answers allow")}
            answered      {statistics.Measured:N0} in {run.Measured.TotalSeconds:F1} s = {statistics.Measured / run.Measured.TotalSeconds:N0} messages/s
            answer time   {Line(statistics.Answers)}
            from due time {Line(statistics.AnswersFromDue)}
            connect time  {Line(statistics.Connects)}
            all ready     after {run.RampTook.TotalSeconds:F1} s{(run.StormTook is { } storm ? $"; after dropping all: {storm.TotalSeconds:F1} s" : string.Empty)}
            generator     {processorTime.TotalSeconds:F1} s of processor time
            repeated      {statistics.Repeated:N0}
            not accepted  {statistics.NotAuthorised:N0} id tags
            errors        {(statistics.Errors.Count == 0 ? "none" : string.Join(", ", statistics.Errors.OrderByDescending(e => e.Value).Select(e => $"{e.Key}: {e.Value:N0}")))}
            """));
        if (run.Unfinished > 0)
        {
            await output.WriteLineAsync($"unfinished    {run.Unfinished} stations were not done within a minute");
        }

        if (verification is not null)
        {
            await Write(verification, output);
        }
    }

    public static async Task Write(VerificationResult verification, TextWriter output)
    {
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"verified      {verification.Sessions:N0} sessions, {verification.EnergyWh:N0} Wh, {verification.Readings:N0} readings; {verification.Unacknowledged} sessions without acknowledgement; {(verification.Ok ? "all right" : $"{verification.Findings.Count} WRONG")}"));
        foreach (var finding in verification.Findings.Take(20))
        {
            await output.WriteLineAsync($"  {finding}");
        }
    }

    public static async Task WriteJson(string path, LoadRun run, VerificationResult? verification, TimeSpan processorTime, CancellationToken ct)
    {
        var statistics = run.Statistics;
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(new
        {
            run.StartedAt,
            run.Options.Stations,
            run.Options.Rate,
            run.Options.Idle,
            Seconds = run.Measured.TotalSeconds,
            Messages = statistics.Measured,
            MessagesPerSecond = statistics.Measured / run.Measured.TotalSeconds,
            Answer = Object(statistics.Answers),
            AnswerFromDue = Object(statistics.AnswersFromDue),
            Connect = Object(statistics.Connects),
            AllReadySeconds = run.RampTook.TotalSeconds,
            StormSeconds = run.StormTook?.TotalSeconds,
            GeneratorProcessorSeconds = processorTime.TotalSeconds,
            statistics.Repeated,
            statistics.NotAuthorised,
            statistics.Errors,
            run.Unfinished,
            Verified = verification is null ? null : new { verification.Sessions, verification.EnergyWh, verification.Unacknowledged, Wrong = verification.Findings.Count },
        }, Indented), ct);
    }

    private static string Line(LatencyHistogram h) => string.Create(CultureInfo.InvariantCulture,
        $"p50 {Ms(h, 0.5):F1} ms, p95 {Ms(h, 0.95):F1} ms, p99 {Ms(h, 0.99):F1} ms, max {h.Max.TotalMilliseconds:F1} ms");

    private static object Object(LatencyHistogram h) => new { P50Ms = Ms(h, 0.5), P95Ms = Ms(h, 0.95), P99Ms = Ms(h, 0.99), MaxMs = h.Max.TotalMilliseconds, h.Count };

    private static double Ms(LatencyHistogram h, double share) => h.Percentile(share).TotalMilliseconds;
}
