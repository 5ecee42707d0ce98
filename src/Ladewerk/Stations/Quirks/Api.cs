using System.Text.Json;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Stations.Quirks;

/// <summary>How many profiles of a file were taken.</summary>
public sealed record QuirkImport(int Taken);

/// <summary><c>/quirk-profiles</c> and <c>/stations/{id}/quirks</c></summary>
internal static class QuirksApi
{
    private const int MostProfiles = 1000;

    public static void MapQuirks(this RouteGroupBuilder api, RouteGroupBuilder stations)
    {
        var profiles = api.MapGroup("/quirk-profiles").WithTags("Quirk profiles");
        profiles.MapGet("/", List).RequirePermission(Permission.StationsRead).WithSummary("Quirk profiles by name: shipped ones, changed ones, own ones");
        profiles.MapPost("/", Create).RequirePermission(Permission.SettingsWrite).WithSummary("Make an own quirk profile");
        profiles.MapGet("/export", Export).RequirePermission(Permission.StationsRead).WithSummary("All quirk profiles as a file");
        profiles.MapPost("/import", Import).RequirePermission(Permission.SettingsWrite).WithSummary("Take quirk profiles from a file, all or none");
        profiles.MapGet("/{key}", Get).RequirePermission(Permission.StationsRead).WithSummary("A quirk profile");
        profiles.MapPut("/{key}", Put).RequirePermission(Permission.SettingsWrite).WithSummary("Make or change the quirk profile of a key; a copy stands in place of a shipped one");
        profiles.MapDelete("/{key}", Remove).RequirePermission(Permission.SettingsWrite).WithSummary("Remove an own quirk profile, or the copy of a shipped one, which then holds again");
        stations.MapGet("/{id}/quirks", OfStation).RequirePermission(Permission.StationsRead).WithSummary("What holds for a station, why, and how often it was needed");
        stations.MapPut("/{id}/quirks", Choose).RequirePermission(Permission.StationsWrite).WithSummary("Choose a station's quirk profile and its override");
    }

    /// <summary>Reads a file of profiles; null where it is none.</summary>
    public static IReadOnlyList<QuirkProfileWish>? Parse(JsonElement json)
    {
        try
        {
            var list = json.ValueKind == JsonValueKind.Object ? [json.Deserialize<QuirkProfileWish>(QuirkJson.Options)!] : json.Deserialize<List<QuirkProfileWish>>(QuirkJson.Options);
            return list is { Count: <= MostProfiles } && list.TrueForAll(p => p is not null) ? list : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A profile as a file holds it: what <see cref="Parse"/> reads.</summary>
    public static object File(QuirkProfileView p) =>
        new { p.Key, p.Name, p.NameDe, p.Vendor, p.Model, p.Firmware, p.Habits, p.Switches, p.Note, p.NoteDe, p.Enabled };

    private static async Task<Ok<Page<QuirkProfileView>>> List(string? q, int? limit, string? cursor, QuirkReader reader, CancellationToken ct)
    {
        var (count, after) = (Paging.Limit(limit), Paging.Decode(cursor));
        var rows = await reader.List(q, ct);
        return TypedResults.Ok(Paging.Of([.. rows.OrderBy(p => p.Key, StringComparer.Ordinal).Where(p => after is null || string.CompareOrdinal(p.Key, after) > 0).Take(count + 1)], count, p => p.Key));
    }

    private static async Task<Results<Ok<QuirkProfileView>, ProblemHttpResult>> Get(string key, QuirkReader reader, CancellationToken ct) =>
        await reader.Find(key, ct) is { } profile ? TypedResults.Ok(profile) : Problems.NotFound("quirk profile");

    private static async Task<Results<Created<QuirkProfileView>, ValidationProblem>> Create(QuirkProfileWish wish, SaveQuirkProfile save, QuirkReader reader, CancellationToken ct)
    {
        var (made, faults) = await save.Create(wish, ct);
        return made is null ? Problems.Invalid(faults.Errors) : TypedResults.Created($"/api/v1/quirk-profiles/{made.Profile.Key}", await reader.Find(made.Profile.Key, ct));
    }

    private static async Task<Results<Ok<QuirkProfileView>, ValidationProblem>> Put(string key, QuirkProfileWish wish, SaveQuirkProfile save, QuirkReader reader, CancellationToken ct)
    {
        var (made, faults) = await save.Put(key, wish, ct);
        return made is null ? Problems.Invalid(faults.Errors) : TypedResults.Ok((await reader.Find(key, ct))!);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(string key, SaveQuirkProfile save, CancellationToken ct) =>
        await save.Remove(key, ct) ? TypedResults.NoContent() : Problems.NotFound("quirk profile of yours");

    private static async Task<Ok<IEnumerable<object>>> Export(QuirkReader reader, HttpResponse response, CancellationToken ct)
    {
        response.Headers.ContentDisposition = "attachment; filename=\"quirk-profiles.json\"";
        return TypedResults.Ok((await reader.List(null, ct)).Select(File));
    }

    private static async Task<Results<Ok<QuirkImport>, ValidationProblem>> Import(JsonElement body, SaveQuirkProfile save, CancellationToken ct)
    {
        if (Parse(body) is not { } wishes)
        {
            return Problems.Invalid("body", "A list of quirk profiles, as the export gives it.");
        }

        var (taken, faults) = await save.Import(wishes, ct);
        return faults.Any ? Problems.Invalid(faults.Errors) : TypedResults.Ok(new QuirkImport(taken));
    }

    private static async Task<Results<Ok<StationQuirksView>, ProblemHttpResult>> OfStation(string id, StationReader stations, QuirkReader reader, CancellationToken ct) =>
        await stations.Find(id, ct) is { } station ? TypedResults.Ok(await reader.Of(station, ct)) : Problems.NotFound("station");

    private static async Task<Results<Ok<StationQuirksView>, ValidationProblem, ProblemHttpResult>> Choose(
        string id, StationQuirksWish wish, StationReader stations, ChangeQuirks change, QuirkReader reader, CancellationToken ct)
    {
        if (await stations.Find(id, ct) is not { } station)
        {
            return Problems.NotFound("station");
        }

        return await change.Run(station, wish, ct) is { Any: true } faults ? Problems.Invalid(faults.Errors) : TypedResults.Ok(await reader.Of(station, ct));
    }
}
