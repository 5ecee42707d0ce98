using System.Globalization;
using System.Text.Json;
using Ladewerk.Kernel.Text;
using Ladewerk.Tariffs;

namespace Ladewerk.Sessions.App;

/// <summary>What a phone shows of a session, in the reader's words: the same for the page as it comes and for every change after.</summary>
/// <param name="View">waiting, live, done or failed: which page it takes.</param>
/// <param name="Values">By the names that the page marks with data-v.</param>
/// <param name="Notice">reduced or paused: which notice is shown; null: none.</param>
public sealed record LiveState(string View, string Status, string StatusClass, IReadOnlyDictionary<string, string?> Values, string? Notice)
{
    public string? this[string name] => Values.GetValueOrDefault(name);
}

/// <summary>Makes live states.</summary>
internal sealed class LiveViews(SessionViews views, Texts t, TimeProvider time)
{
    // A reading older than this is told by its time, not as live.
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(2);

    public static readonly LiveState Waiting = new("waiting", "", "s-available", new Dictionary<string, string?>(StringComparer.Ordinal), null);
    public static readonly LiveState Failed = new("failed", "", "s-faulted", new Dictionary<string, string?>(StringComparer.Ordinal), null);

    /// <summary>The state of a session read with its station.</summary>
    public async Task<LiveState> Of(ChargingSession session, CancellationToken ct)
    {
        var view = await views.Of(session, ct);
        var cost = CostOf(view);
        var now = time.GetUtcNow();
        var zone = Zone(session.TimeZone);
        var until = view.EndedAt ?? now;
        var isLive = view.State == SessionState.Active && view.LastSampleAt is { } last && now - last < Fresh;
        var values = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["energy"] = Energy(view.EnergyWh.Value),
            ["power"] = view.State == SessionState.Active ? ((view.PowerW?.Value ?? 0) / 1000m).ToString("N1", CultureInfo.CurrentCulture) : "0",
            ["cost"] = cost?.InclVat is { } gross ? gross.ToString("N2", CultureInfo.CurrentCulture) : null,
            ["currency"] = cost is null ? null : Sign(cost.Currency),
            ["time"] = Duration(until - view.StartedAt),
            ["soc"] = view.Soc is { } soc ? soc.ToString("N0", CultureInfo.CurrentCulture) : null,
            ["clock"] = view.State == SessionState.Ended ? "" : isLive ? t["app.live", Clock(view.LastSampleAt!.Value, zone, seconds: true)]
                : view.LastSampleAt is { } at ? t["app.asOf", Clock(at, zone, seconds: false)] : t["app.noValueYet"],
        };
        var (word, style) = Word(view.Phase);
        return new LiveState(view.State == SessionState.Ended ? "done" : "live", word, style, values, view.Phase == SessionPhase.SuspendedByStation ? "paused" : view.Phase == SessionPhase.SuspendedByVehicle ? "full" : null);
    }

    /// <summary>What it costs so far, or finally; null without a tariff.</summary>
    public static Cost? CostOf(SessionView view) => view.Cost?.Deserialize<Cost>(TariffJson.Options);

    /// <summary>€ for EUR, else the code.</summary>
    public static string Sign(string currency) => currency == "EUR" ? "€" : currency;

    /// <summary>Two decimals, one from 100 kWh on.</summary>
    public static string Energy(long wattHours) => (wattHours / 1000m).ToString(wattHours >= 100_000 ? "N1" : "N2", CultureInfo.CurrentCulture);

    /// <summary>1 h 24 min.</summary>
    public string Duration(TimeSpan span) => span < TimeSpan.Zero ? t["app.minutes", 0] : span.TotalHours < 1 ? t["app.minutes", span.Minutes] : t["app.hours", (int)span.TotalHours, span.Minutes];

    public static string Clock(DateTimeOffset at, TimeZoneInfo zone, bool seconds) => TimeZoneInfo.ConvertTime(at, zone).ToString(seconds ? "HH:mm:ss" : "HH:mm", CultureInfo.InvariantCulture);

    public static TimeZoneInfo Zone(string name) => TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : TimeZoneInfo.Utc;

    private (string Word, string Class) Word(SessionPhase phase) => phase switch
    {
        SessionPhase.Starting => (t["app.phase.starting"], "s-charging"),
        SessionPhase.Charging => (t["app.phase.charging"], "s-charging"),
        SessionPhase.SuspendedByVehicle => (t["app.phase.full"], "s-suspended"),
        SessionPhase.SuspendedByStation => (t["app.phase.paused"], "s-suspended"),
        SessionPhase.Finishing => (t["app.phase.finishing"], "s-suspended"),
        SessionPhase.Ended => (t["app.phase.ended"], "s-offline"),
        _ => throw new ArgumentOutOfRangeException(nameof(phase), phase, "No such phase."),
    };
}
