using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Stations.Profiles;

/// <summary>A charging profile that a station holds by our doing.</summary>
/// <param name="SetBy">Account, API key or "system".</param>
public sealed record ProfileView(
    int ProfileId, int ConnectorId, int StackLevel, ProfilePurpose Purpose, string Unit, IReadOnlyList<SchedulePeriod> Periods, DateTimeOffset? Start, int? DurationSeconds, string? Recurrence,
    DateTimeOffset? ValidFrom, DateTimeOffset? ValidTo, long? TransactionId, DateTimeOffset SetAt, string SetBy)
{
    internal static ProfileView Of(InstalledProfile i) => new(
        i.Profile.ProfileId, i.Profile.ConnectorNumber, i.Profile.StackLevel, i.Profile.Purpose, i.Profile.InWatts ? "W" : "A", i.Profile.Periods, i.Profile.Start, i.Profile.DurationSeconds, i.Profile.Recurrence,
        i.Profile.ValidFrom, i.Profile.ValidTo, i.Profile.TransactionId, i.SetAt, i.SetBy);
}

/// <summary>What limit should result from the profiles that we have set.</summary>
/// <param name="Unit">A per phase or W.</param>
/// <param name="Steps">From each moment on; null: no limit.</param>
public sealed record ExpectedSchedule(int ConnectorId, string Unit, DateTimeOffset From, int DurationSeconds, IReadOnlyList<LimitStep> Steps);

/// <summary><c>/stations/{id}/charging-profiles</c></summary>
internal static class ProfilesApi
{
    private const int Longest = 7 * 86_400;

    public static void MapProfiles(this RouteGroupBuilder stations)
    {
        stations.MapGet("/{id}/charging-profiles", List).OfModule(Module.SmartCharging).RequirePermission(Permission.StationsRead).WithSummary("Charging profiles that the station has accepted from us");
        stations.MapGet("/{id}/charging-profiles/expected", Expect).OfModule(Module.SmartCharging).RequirePermission(Permission.StationsRead).WithSummary("The limit that should result from them")
            .WithDescription("`unit`: A (default) or W. Compare with the command `get-composite-schedule`, which asks the station.");
    }

    private static async Task<Results<Ok<Page<ProfileView>>, ProblemHttpResult>> List(string id, StationReader stations, InstalledProfiles profiles, CancellationToken ct) =>
        await stations.Find(id, ct) is { } station
            ? TypedResults.Ok(new Page<ProfileView>([.. (await profiles.Of(station.Id, ct)).Select(ProfileView.Of)], null))
            : Problems.NotFound("station");

    private static async Task<Results<Ok<ExpectedSchedule>, ValidationProblem, ProblemHttpResult>> Expect(
        string id, int? connectorId, int? durationSeconds, string? unit, StationReader stations, InstalledProfiles profiles, TimeProvider time, CancellationToken ct)
    {
        if (await stations.Find(id, ct) is not { } station)
        {
            return Problems.NotFound("station");
        }

        var (connector, length, watts, now) = (connectorId ?? 0, durationSeconds ?? 86_400, unit == "W", time.GetUtcNow());
        var faults = new Faults().Unless(length is > 0 and <= Longest, "durationSeconds", $"Between 1 and {Longest}.").Unless(unit is null or "A" or "W", "unit", "A or W.").Unless(connector >= 0, "connectorId", "An integer of at least 0.");
        return faults.Any
            ? Problems.Invalid(faults.Errors)
            : TypedResults.Ok(new ExpectedSchedule(connector, watts ? "W" : "A", now, length, CompositeSchedule.Of(await profiles.Of(station.Id, ct), connector, now, TimeSpan.FromSeconds(length), watts)));
    }
}
