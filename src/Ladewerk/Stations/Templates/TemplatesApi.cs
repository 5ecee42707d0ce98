using System.Text.Json;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Stations.Templates;

/// <summary>A template as the API shows it.</summary>
/// <param name="Own">The tenant's own; else it came with the product.</param>
/// <param name="Stations">How many stations it holds for.</param>
public sealed record TemplateView(StationTemplate Template, bool Own, bool Shipped, int? Stations = null);

/// <summary>Which template a station is to have; null: the one that fits its introduction.</summary>
public sealed record TemplateAssignment(string? Template);

/// <summary>What to write.</summary>
/// <param name="Keys">These alone; absent: all that differ.</param>
/// <param name="Reboot">Restart the station where a value needs it and nobody charges.</param>
public sealed record ConfigurationWish(IReadOnlyList<string>? Keys = null, bool Reboot = false);

/// <summary>What became of it.</summary>
public sealed record ConfigurationAnswer(bool Good, bool RebootNeeded, bool Rebooted, string? Problem, IReadOnlyList<KeyOutcome> Keys);

/// <summary><c>/station-templates</c> and <c>/stations/{id}/configuration</c></summary>
internal static class TemplatesApi
{
    public static void MapTemplates(this RouteGroupBuilder api, RouteGroupBuilder stations)
    {
        var templates = api.MapGroup("/station-templates").WithTags("Station templates");
        templates.MapGet("/", List).RequirePermission(Permission.StationsRead).WithSummary("Station templates by key: those that come with the product and own ones");
        templates.MapGet("/export", Export).RequirePermission(Permission.StationsRead).WithSummary("Own templates as a file; all with ?shipped=true");
        templates.MapPost("/import", Import).RequirePermission(Permission.SettingsWrite).WithSummary("Take templates from a file: one or a list, all or none");
        templates.MapGet("/{key}", Get).RequirePermission(Permission.StationsRead).WithSummary("A station template");
        templates.MapPut("/{key}", Put).RequirePermission(Permission.SettingsWrite).WithSummary("Make or change an own template; it stands in place of a shipped one of the same key");
        templates.MapDelete("/{key}", Delete).RequirePermission(Permission.SettingsWrite).WithSummary("Remove an own template; a shipped one of the key holds again");

        stations.MapPut("/{id}/template", Assign).RequirePermission(Permission.StationsWrite).WithSummary("Choose the template of a station");
        stations.MapGet("/{id}/configuration", Show).RequirePermission(Permission.StationsRead).WithSummary("Configuration as wanted and as last told");
        stations.MapPost("/{id}/configuration/check", Check).RequirePermission(Permission.StationsCommand).WithSummary("Ask the station for the wanted keys and compare");
        stations.MapPost("/{id}/configuration/apply", Apply).RequirePermission(Permission.StationsCommand).WithSummary("Write what differs, one key at a time, each read back");
    }

    private static async Task<Ok<Page<TemplateView>>> List(int? limit, string? cursor, TemplateLibrary library, CancellationToken ct)
    {
        var (count, after, own) = (Paging.Limit(limit), Paging.Decode(cursor), (await library.Own(ct)).Select(o => o.Key).ToHashSet(StringComparer.Ordinal));
        var rows = (await library.All(ct)).OrderBy(t => t.Key, StringComparer.Ordinal).Where(t => after is null || string.CompareOrdinal(t.Key, after) > 0).Take(count + 1);
        return TypedResults.Ok(Paging.Of([.. rows.Select(t => View(t, own))], count, t => t.Template.Key));
    }

    private static async Task<Results<Ok<TemplateView>, ProblemHttpResult>> Get(string key, TemplateLibrary library, CancellationToken ct) =>
        (await library.All(ct)).FirstOrDefault(t => t.Key == key) is { } template
            ? TypedResults.Ok(View(template, (await library.Own(ct)).Select(o => o.Key).ToHashSet(StringComparer.Ordinal)))
            : Problems.NotFound("station template");

    private static async Task<Results<Ok<TemplateView>, ValidationProblem>> Put(string key, StationTemplate template, SaveTemplate save, CancellationToken ct) =>
        template.Key != key ? Problems.Invalid("key", "Not the key of the address.")
        : await save.Put(template, ct) is { Any: true } faults ? Problems.Invalid(faults.Errors)
        : TypedResults.Ok(View(template, new HashSet<string>([key], StringComparer.Ordinal)));

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(string key, SaveTemplate save, CancellationToken ct) =>
        await save.Remove(key, ct) ? TypedResults.NoContent() : Problems.NotFound("station template of yours");

    private static async Task<Ok<List<StationTemplate>>> Export(bool? shipped, TemplateLibrary library, HttpResponse response, CancellationToken ct)
    {
        response.Headers.ContentDisposition = "attachment; filename=\"station-templates.json\"";
        return TypedResults.Ok<List<StationTemplate>>(shipped == true ? [.. await library.All(ct)] : [.. (await library.Own(ct)).Select(o => o.Content)]);
    }

    private static async Task<Results<Ok<IReadOnlyList<string>>, ValidationProblem>> Import(JsonElement file, SaveTemplate save, CancellationToken ct)
    {
        if (Read(file.GetRawText(), out var wrong) is not { } templates)
        {
            return Problems.Invalid("body", wrong!);
        }

        return await save.Import(templates, ct) is { Any: true } faults ? Problems.Invalid(faults.Errors) : TypedResults.Ok<IReadOnlyList<string>>([.. templates.Select(t => t.Key)]);
    }

    /// <summary>The templates of a file, one or a list; null with what is wrong.</summary>
    public static IReadOnlyList<StationTemplate>? Read(string file, out string? wrong)
    {
        try
        {
            wrong = "Station templates, one or a list of up to 1000.";
            var list = file.AsSpan().TrimStart().StartsWith("[") ? JsonSerializer.Deserialize<List<StationTemplate>>(file, ApiJson.Options) : [JsonSerializer.Deserialize<StationTemplate>(file, ApiJson.Options)!];
            return list is { Count: > 0 and <= 1000 } && list.TrueForAll(t => t is not null) ? list : null;
        }
        catch (JsonException bad)
        {
            wrong = $"Not station templates: {bad.Message}";
            return null;
        }
    }

    private static async Task<Results<Ok<ConfigurationView>, ValidationProblem, ProblemHttpResult>> Assign(
        string id, TemplateAssignment wish, StationReader stations, TemplateLibrary library, FollowTemplate follow, CancellationToken ct)
    {
        if (await stations.Find(id, ct) is not { } station)
        {
            return Problems.NotFound("station");
        }

        if (wish.Template is { } key && !(await library.All(ct)).Any(t => t.Key == key))
        {
            return Problems.Invalid("template", "No such template.");
        }

        await follow.Assign(station, wish.Template, ct);
        return TypedResults.Ok(await follow.View(station, ct));
    }

    private static async Task<Results<Ok<ConfigurationView>, ProblemHttpResult>> Show(string id, StationReader stations, FollowTemplate follow, CancellationToken ct) =>
        await stations.Find(id, ct) is { } station ? TypedResults.Ok(await follow.View(station, ct)) : Problems.NotFound("station");

    private static async Task<Results<Ok<ConfigurationView>, ProblemHttpResult>> Check(string id, StationReader stations, FollowTemplate follow, CancellationToken ct)
    {
        if (await stations.Find(id, ct) is not { } station)
        {
            return Problems.NotFound("station");
        }

        return await follow.Check(station, ct) is { } problem ? Trouble(problem) : TypedResults.Ok(await follow.View(station, ct));
    }

    private static async Task<Results<Ok<ConfigurationAnswer>, ProblemHttpResult>> Apply(string id, ConfigurationWish? wish, StationReader stations, FollowTemplate follow, CancellationToken ct)
    {
        if (await stations.Find(id, ct) is not { } station)
        {
            return Problems.NotFound("station");
        }

        var outcome = await follow.Apply(station, wish?.Keys, wish?.Reboot ?? false, ct);
        return outcome is { Problem: { } problem, Wrote: false } ? Trouble(problem)
            : TypedResults.Ok(new ConfigurationAnswer(outcome.Good, outcome.RebootNeeded, outcome.Rebooted, outcome.Problem is { } trouble ? Word(trouble) : null, outcome.Keys));
    }

    private static ProblemHttpResult Trouble(CommandResult problem) => problem switch
    {
        CommandResult.Offline => Problems.Conflict(SendCommand.Offline, "The station is not connected."),
        CommandResult.TimedOut => Problems.Of(StatusCodes.Status504GatewayTimeout, SendCommand.Timeout, "The station did not answer in time."),
        CommandResult.Refused refused => Problems.Of(StatusCodes.Status502BadGateway, SendCommand.Error, "The station answered with an error.", $"{refused.Code}: {refused.Description}"),
        _ => Problems.Of(StatusCodes.Status502BadGateway, SendCommand.Error, "The station could not be asked."),
    };

    private static string Word(CommandResult problem) => problem switch
    {
        CommandResult.Offline => SendCommand.Offline,
        CommandResult.TimedOut => SendCommand.Timeout,
        _ => SendCommand.Error,
    };

    private static TemplateView View(StationTemplate template, HashSet<string> own) => new(template, own.Contains(template.Key), ShippedTemplates.All.Any(s => s.Key == template.Key));
}
