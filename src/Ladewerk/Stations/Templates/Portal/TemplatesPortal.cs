using System.Text.Json;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Portal.Components;
using Ladewerk.Stations.Jobs.Portal;
using Ladewerk.Stations.Portal;
using Ladewerk.Stations.Quirks;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace Ladewerk.Stations.Templates.Portal;

/// <summary>The operator's pages of station templates, and what their forms do.</summary>
internal static class TemplatesPortal
{
    private const string Templates = "/portal/templates";

    public static IServiceCollection AddTemplatesPortal(this IServiceCollection services)
    {
        services.AddSingleton(new NavEntry(NavGroup.System, 15, "adjustments", "templates.title", Templates, Permission.StationsRead));
        services.AddSingleton(new JobFormWork(ApplyTemplateWork.Name, typeof(ApplyTemplateFields), form => JsonSerializer.SerializeToElement(new
        {
            template = form["template"].ToString() is { Length: > 0 } key ? key : null,
            reboot = form["templateReboot"] == "true",
        })));
        return services.AddSingleton(new JobFormWork(SetKeysWork.Name, typeof(SetKeysFields), form => JsonSerializer.SerializeToElement(new
        {
            keys = form["keys"].ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => line.Split('=', 2, StringSplitOptions.TrimEntries))
                .Select(parts => new { key = parts[0], value = parts.Length > 1 ? parts[1] : "" }),
            reboot = form["keysReboot"] == "true",
        })));
    }

    public static void MapTemplatesPortal(this WebApplication app)
    {
        var write = app.MapGroup(Templates).RequirePermission(Permission.SettingsWrite).ExcludeFromDescription();
        write.MapGet("/add", (Texts t, QuirkReader quirks, CancellationToken ct) => Form(t, null, FormCollection.Empty, null, quirks, ct));
        write.MapPost("/add", (HttpContext http, SaveTemplate save, TemplateLibrary library, QuirkReader quirks, Texts t, CancellationToken ct) => Save(null, http, save, library, quirks, t, ct));
        write.MapGet("/import", () => Answer.Page<ImportTemplates>(StatusCodes.Status200OK));
        write.MapPost("/import", Import);
        write.MapGet("/{key}/edit", Edit);
        write.MapPost("/{key}/edit", (string key, HttpContext http, SaveTemplate save, TemplateLibrary library, QuirkReader quirks, Texts t, CancellationToken ct) => Save(key, http, save, library, quirks, t, ct));
        write.MapPost("/{key}/remove", Remove);

        var station = app.MapGroup("/portal/stations/{identity}/template").ExcludeFromDescription();
        station.MapPost("/check", Check).RequirePermission(Permission.StationsCommand);
        station.MapPost("/apply", Apply).RequirePermission(Permission.StationsCommand);
        station.MapPost("/assign", Assign).RequirePermission(Permission.StationsWrite);
    }

    private static async Task<IResult> Edit(string key, TemplateLibrary library, QuirkReader quirks, Texts t, CancellationToken ct) =>
        (await library.All(ct)).FirstOrDefault(x => x.Key == key) is { } template ? await Form(t, template, FormCollection.Empty, null, quirks, ct) : Problems.NotFound("station template");

    private static async Task<IResult> Save(string? key, HttpContext http, SaveTemplate save, TemplateLibrary library, QuirkReader quirks, Texts t, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        var stored = key is null ? null : (await library.All(ct)).FirstOrDefault(x => x.Key == key);
        var template = TemplateForm.Read(form, stored);
        var faults = await save.Put(template, ct);
        return faults.Any ? await Form(t, stored, form, faults, quirks, ct) : Answer.Go(http, $"{Templates}/{template.Key}");
    }

    private static async Task<IResult> Remove(string key, HttpContext http, SaveTemplate save, CancellationToken ct)
    {
        await save.Remove(key, ct);
        return Answer.Go(http, Templates);
    }

    private static async Task<IResult> Import(HttpContext http, SaveTemplate save, CancellationToken ct)
    {
        var faults = new Kernel.Http.Faults();
        if (!http.Request.HasFormContentType || (await http.Request.ReadFormAsync(ct)).Files is not [{ } file, ..])
        {
            faults.Add("file", "Required.");
        }
        else
        {
            using var text = new StreamReader(file.OpenReadStream());
            if (TemplatesApi.Read(await text.ReadToEndAsync(ct), out var wrong) is { } templates)
            {
                faults = await save.Import(templates, ct);
            }
            else
            {
                faults.Add("file", wrong!);
            }
        }

        return faults.Any ? Answer.Page<ImportTemplates>(StatusCodes.Status422UnprocessableEntity, (nameof(ImportTemplates.Errors), faults.Errors.ToDictionary(StringComparer.Ordinal))) : Answer.Go(http, Templates);
    }

    private static Task<IResult> Check(string identity, HttpContext http, FollowTemplate follow, Texts t, CancellationToken ct) => Card(identity, http, async station =>
        await follow.Check(station, ct) is { } problem ? Trouble(t, problem) : new CompareCard.Outcome(true, t["templates.checkedNow"], []), ct);

    private static Task<IResult> Apply(string identity, [FromForm] string? key, HttpContext http, FollowTemplate follow, Texts t, CancellationToken ct) => Card(identity, http, async station =>
    {
        var outcome = await follow.Apply(station, key is { Length: > 0 } ? [key] : null, reboot: false, ct);
        var lines = outcome.Keys.Where(k => k.Word != ApplyConfiguration.Same && k.Word != nameof(KeyVerdict.Same)).Select(k => $"{k.Key}: {JobLooks.Word(t, k.Word)}").ToList();
        return outcome.Problem is { } problem ? Trouble(t, problem) with { Lines = lines }
            : new CompareCard.Outcome(outcome.Good, t[outcome.Good ? outcome.RebootNeeded ? "templates.needsReboot" : "templates.applied" : "templates.notApplied"], lines);
    }, ct);

    private static Task<IResult> Assign(string identity, [FromForm] string? template, HttpContext http, FollowTemplate follow, TemplateLibrary library, CancellationToken ct) => Card(identity, http, async station =>
    {
        if (template is not { Length: > 0 } || (await library.All(ct)).Any(t => t.Key == template))
        {
            await follow.Assign(station, template is { Length: > 0 } ? template : null, ct);
        }

        return null;
    }, ct);

    private static async Task<IResult> Card(string identity, HttpContext http, Func<ChargingStation, Task<CompareCard.Outcome?>> act, CancellationToken ct)
    {
        var services = http.RequestServices;
        if (await services.GetRequiredService<StationReader>().Find(identity, ct) is not { } station
            || await StationReads.Head(services.GetRequiredService<NpgsqlDataSource>(), services.GetRequiredService<Reader>().TenantId, identity, ct) is not { } facts)
        {
            return Problems.NotFound("station");
        }

        var outcome = await act(station);
        return http.Request.WantsPart()
            ? Answer.Part<CompareCard>(
                (nameof(CompareCard.Station), facts), (nameof(CompareCard.View), await services.GetRequiredService<FollowTemplate>().View(station, ct)),
                (nameof(CompareCard.Templates), await services.GetRequiredService<TemplateLibrary>().All(ct)), (nameof(CompareCard.Answer), outcome))
            : TypedResults.Redirect(Link.Station(station.Identity, "configuration"));
    }

    private static CompareCard.Outcome Trouble(Texts t, CommandResult problem) => problem switch
    {
        CommandResult.Offline => new(false, t["stations.outcome.offline"], [t["stations.advice.offline"]]),
        CommandResult.TimedOut => new(false, t["stations.outcome.timeout"], [t["stations.advice.timeout"]]),
        CommandResult.Refused refused => new(false, t["stations.configuration.answered", refused.Code], [refused.Description]),
        _ => new(false, t["stations.outcome.error"], []),
    };

    private static async Task<IResult> Form(Texts t, StationTemplate? stored, IFormCollection sent, Kernel.Http.Faults? faults, QuirkReader quirks, CancellationToken ct) => Answer.Page<EntityForm>(
        faults is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
        (nameof(EntityForm.Title), stored?.Name ?? t["templates.add"]), (nameof(EntityForm.Action), stored is null ? Templates + "/add" : $"{Templates}/{stored.Key}/edit"),
        (nameof(EntityForm.Back), stored is null ? Templates : $"{Templates}/{stored.Key}"), (nameof(EntityForm.Fields), TemplateForm.Fields(t, stored, sent, await quirks.List(null, ct))),
        (nameof(EntityForm.Crumbs), new[] { (t["templates.title"], (string?)Templates) }),
        (nameof(EntityForm.Errors), faults is null ? null : FaultWords.Say(faults.Errors.ToDictionary(f => FieldOf(f.Key), f => f.Value, StringComparer.Ordinal))));

    // The form's names for the members of a template.
    private static string FieldOf(string member) => member switch
    {
        "match.vendor" => "vendor",
        "match.models" => "models",
        "data.maxPowerW" => "maxKw",
        _ => member[(member.LastIndexOf('.') + 1)..],
    };
}
