using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Portal.Components;
using Ladewerk.Stations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Operations.Portal;

/// <summary>The operator's pages of findings, watchdogs and uptime, and what their forms do.</summary>
internal static class OperationsPortal
{
    private const string Findings = "/portal/findings", Watchdogs = "/portal/watchdogs";

    public static IServiceCollection AddOperationsPortal(this IServiceCollection services) => services
        .AddSingleton(new NavEntry(NavGroup.Top, 1, "bell", "operations.findings", Findings, Permission.StationsRead) { Tab = 4, Urgent = true, Count = Open })
        .AddSingleton(new NavEntry(NavGroup.Operations, 60, "chart-histogram", "operations.uptime", "/portal/uptime", Permission.StationsRead))
        .AddSingleton(new Stations.Portal.StationHealthCard(10, typeof(UptimeCard), Permission.StationsRead))
        .AddSingleton(new NavEntry(NavGroup.System, 15, "eye", "operations.watchdogs", Watchdogs, Permission.SettingsRead));

    public static void MapOperationsPortal(this WebApplication app)
    {
        var command = app.MapGroup(Findings).RequirePermission(Permission.StationsCommand).ExcludeFromDescription();
        command.MapPost("/change", ChangeMany);
        command.MapPost("/{id:guid}/change", ChangeOne);
        command.MapPost("/{id:guid}/act", Act);
        app.MapGet(Watchdogs + "/{kind}", EditPolicy).RequirePermission(Permission.SettingsRead).ExcludeFromDescription();
        app.MapPost(Watchdogs + "/{kind}", ChangePolicy).RequirePermission(Permission.SettingsWrite).ExcludeFromDescription();
        UptimePortal.Map(app);
    }

    private static Task<long> Open(IServiceProvider services, CancellationToken ct) => services.GetRequiredService<FindingReader>().Open(ct);

    private static async Task<IResult> ChangeMany([FromForm] IFormCollection form, HttpContext http, ChangeFinding change, Texts t, TimeProvider time, CancellationToken ct)
    {
        Guid[] ids = [.. form["finding"].Select(v => Guid.TryParse(v, out var id) ? id : Guid.Empty).Where(id => id != Guid.Empty)];
        var (changed, faults) = ids.Length == 0 ? (0, new Faults()) : await change.Run(ids, Patch(form, time), ct);
        if (!http.Request.WantsPart())
        {
            return TypedResults.Redirect(Findings);
        }

        Toast(http, faults.Any ? string.Join(' ', faults.Errors.SelectMany(e => e.Value)) : t[changed == 0 ? "operations.changed.none" : "operations.changed", changed], good: changed > 0);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> ChangeOne(Guid id, [FromForm] IFormCollection form, HttpContext http, ChangeFinding change, TimeProvider time, CancellationToken ct)
    {
        await change.Run([id], Patch(form, time), ct);
        return Answer.Go(http, $"{Findings}/{id:D}");
    }

    /// <summary>"snoozed-24" rests for so many hours.</summary>
    private static FindingPatch Patch(IFormCollection form, TimeProvider time)
    {
        var wish = form["state"].ToString().Split('-');
        var state = Enum.TryParse<FindingState>(wish[0], ignoreCase: true, out var known) ? known : FindingState.Acknowledged;
        var hours = wish.Length > 1 && int.TryParse(wish[1], NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : 24;
        return new FindingPatch(state, state == FindingState.Snoozed ? time.GetUtcNow().AddHours(hours) : null, form["note"].ToString().Trim() is { Length: > 0 } note ? note : null);
    }

    private static async Task<IResult> Act(Guid id, [FromForm] string command, [FromForm] string body, HttpContext http, ActOnFinding act, Texts t, CancellationToken ct)
    {
        JsonObject? json;
        try
        {
            json = JsonSerializer.Deserialize<JsonObject>(body);
        }
        catch (JsonException)
        {
            return Problems.Invalid("body", "Not JSON.");
        }

        var action = new SuggestedAction(command, json ?? []);
        var result = await act.Run(id, action, ct);
        if (!http.Request.WantsPart())
        {
            return TypedResults.Redirect($"{Findings}/{id:D}");
        }

        var (text, good) = result switch
        {
            ActResult.Sent(_, CommandResult.Answered answered) => (t["operations.answered", FindingWords.Do(t, action), answered.Status], answered.Status is "Accepted" or "Unlocked" or "Scheduled"),
            ActResult.Sent(_, CommandResult.Offline) => (t["operations.outcome.offline"], false),
            ActResult.Sent(_, CommandResult.TimedOut) => (t["operations.outcome.timeout"], false),
            ActResult.Sent(_, CommandResult.Refused refused) => (t["operations.answered", FindingWords.Do(t, action), refused.Code], false),
            ActResult.Faulty(var faults) => (string.Join(' ', faults.SelectMany(f => f.Value)), false),
            _ => (t["operations.done.none"], false),
        };
        Toast(http, text, good);
        return TypedResults.NoContent();
    }

    private static void Toast(HttpContext http, string text, bool good) => http.Response.Headers["HX-Trigger"] = JsonSerializer.Serialize(
        new Dictionary<string, object>(StringComparer.Ordinal) { ["lw:toast"] = new { text, kind = good ? "done" : "fault" } });

    private static async Task<IResult> EditPolicy(string kind, PolicyReader policies, TenantContext tenant, HttpContext http, Texts t, CancellationToken ct) =>
        FindingKind.Find(kind) is { } known ? Form(t, (await policies.Read(tenant.Current, ct))[known], FormCollection.Empty, null) : Problems.NotFound("kind of finding");

    private static async Task<IResult> ChangePolicy(string kind, [FromForm] IFormCollection form, HttpContext http, SavePolicy save, PolicyReader policies, TenantContext tenant, Texts t, CancellationToken ct)
    {
        if (FindingKind.Find(kind) is not { } known)
        {
            return Problems.NotFound("kind of finding");
        }

        var numbers = new Faults();
        var patch = new PolicyPatch(
            form["isOn"] == "true", Number(form, "afterSeconds", numbers), Number(form, "count", numbers), Number(form, "withinSeconds", numbers) * 60, Number(form, "tolerance", numbers),
            Enum.TryParse<ActionMode>(form["mode"], ignoreCase: true, out var mode) ? mode : null, Number(form, "coolDownSeconds", numbers) * 60, Number(form, "mostPerDay", numbers));
        var faults = numbers.Any ? numbers : await save.Run(known, patch, ct);
        return faults.Any ? Form(t, (await policies.Read(tenant.Current, ct))[known], form, faults) : Answer.Go(http, Watchdogs);
    }

    private static RazorComponentResult<AnswerPage> Form(Texts t, WatchPolicy p, IFormCollection sent, Faults? faults)
    {
        FormField Field(string name, object? stored, string label, string kind = "number") =>
            new(name, label, sent.TryGetValue(name, out var value) ? value.ToString() : Convert.ToString(stored, CultureInfo.InvariantCulture), kind);
        var fields = new List<FormField> { Field("isOn", p.IsOn ? "true" : "false", t["operations.policy.isOn"]) with { Options = [("true", t["operations.on"]), ("false", t["operations.off"])] } };
        if (p.Kind.Defaults.After is not null)
        {
            fields.Add(Field("afterSeconds", (long)p.After.TotalSeconds, t["operations.policy.after"]) with { Required = true });
        }

        if (p.Kind.Defaults.Count is not null)
        {
            fields.Add(Field("count", p.Count, t["operations.policy.count"]) with { Required = true });
        }

        if (p.Kind.Defaults.Within is not null)
        {
            fields.Add(Field("withinSeconds", (long)p.Within.TotalMinutes, t["operations.policy.within"]) with { Required = true });
        }

        if (p.Kind.Defaults.Tolerance is not null)
        {
            fields.Add(Field("tolerance", (long)p.Tolerance, t["operations.policy.tolerance", p.Kind.ToleranceUnit ?? ""]) with { Required = true });
        }

        if (p.Kind.MayAct)
        {
            fields.Add(Field("mode", p.Mode.ToString(), t["operations.policy.mode"]) with { Options = [.. Enum.GetNames<ActionMode>().Select(m => (m, t["operations.policy.mode." + m.ToLowerInvariant()]))], Hint = t["operations.policy.mode.hint"], Wide = true });
            fields.Add(Field("coolDownSeconds", (long)p.CoolDown.TotalMinutes, t["operations.policy.coolDown"]) with { Required = true });
            fields.Add(Field("mostPerDay", p.MostPerDay, t["operations.policy.mostPerDay"]) with { Required = true });
        }

        return Answer.Page<EntityForm>(
            faults is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
            (nameof(EntityForm.Title), t["operations.kind." + p.Kind.Name]), (nameof(EntityForm.Action), $"{Watchdogs}/{p.Kind.Name}"), (nameof(EntityForm.Back), Watchdogs), (nameof(EntityForm.Fields), fields.ToArray()),
            (nameof(EntityForm.Crumbs), new[] { (t["operations.watchdogs"], (string?)Watchdogs) }), (nameof(EntityForm.Errors), faults is null ? null : FaultWords.Say(faults.Errors)));
    }

    private static int? Number(IFormCollection form, string field, Faults faults)
    {
        if (form[field].ToString().Trim() is not { Length: > 0 } text)
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < 1_000_000_00)
        {
            return number;
        }

        faults.Add(field, "A number.");
        return null;
    }
}
