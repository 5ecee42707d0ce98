using System.Globalization;
using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Ladewerk.Tariffs.Portal;

/// <summary>The operator's pages of tariffs: navigation, search, and what their forms do.</summary>
internal static class TariffsPortal
{
    public static IServiceCollection AddTariffsPortal(this IServiceCollection services)
    {
        services.AddSingleton(new NavEntry(NavGroup.Money, 10, "tag", "tariffs.title", "/portal/tariffs", Permission.TariffsRead));
        services.AddScoped<ISearchSource, TariffSearch>();
        return services;
    }

    public static void MapTariffsPortal(this WebApplication app)
    {
        var tariffs = app.MapGroup("/portal/tariffs").ExcludeFromDescription();
        app.MapMarketPortal();
        tariffs.MapPost("/draft", Draft).RequirePermission(Permission.TariffsRead);
        tariffs.MapPost("/save", Save).RequirePermission(Permission.TariffsWrite);
        tariffs.MapPost("/assign", Assign).RequirePermission(Permission.TariffsWrite);
        tariffs.MapPost("/unassign/{id:guid}", Unassign).RequirePermission(Permission.TariffsWrite);
    }

    /// <summary>The editor again, with what follows from the form. Nothing is stored.</summary>
    private static async Task<IResult> Draft(HttpContext http, TariffList tariffs, Reader reader, CancellationToken ct)
    {
        var (model, _) = await Read(http, tariffs, reader, ct);
        return Editor(model);
    }

    private static async Task<IResult> Save(HttpContext http, TariffList tariffs, SaveTariff save, Reader reader, CancellationToken ct)
    {
        var (model, current) = await Read(http, tariffs, reader, ct);
        if (model.Errors.Count > 0)
        {
            return Editor(model, refused: true);
        }

        var errors = new FormErrors();
        var tariff = model.Form.ToTariff(current?.Version.Document, model.Zone, errors);
        var basedOn = int.TryParse(model.Form["version"], CultureInfo.InvariantCulture, out var version) ? version : (int?)null;
        var outcome = current is null ? await save.Create(tariff, ct) : await save.Change(current.Stored.Id, tariff, basedOn, ct);
        if (outcome is not SaveOutcome.Saved saved)
        {
            return Editor(model, refused: outcome is SaveOutcome.Refused, conflict: outcome is SaveOutcome.Outdated or SaveOutcome.Unknown);
        }

        http.Response.Headers["HX-Redirect"] = $"/portal/tariffs/{saved.Tariff.Id}";
        return TypedResults.NoContent();
    }

    private static async Task<(EditorModel Model, CurrentTariff? Current)> Read(HttpContext http, TariffList tariffs, Reader reader, CancellationToken ct)
    {
        var form = TariffForm.Read(await http.Request.ReadFormAsync(ct));
        var current = Guid.TryParse(form["id"], out var id) ? await tariffs.Find(new TariffId(id), ct) : null;
        return (EditorModel.Of(form, current?.Version.Document, (await reader.Operator()).Zone, reader.Now), current);
    }

    private static RazorComponentResult<TariffEditor> Editor(EditorModel model, bool refused = false, bool conflict = false) =>
        new(new { Model = model, Refused = refused, Conflict = conflict }) { StatusCode = refused || conflict ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK };

    private static async Task<IResult> Assign(HttpContext http, AssignTariff assign, TariffList tariffs, ITariffPlaces places, Reader reader, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        var zone = (await reader.Operator()).Zone;
        var errors = new FormErrors();
        var (from, to) = (errors.Date("validFrom", form["validFrom"].ToString()), errors.Date("validTo", form["validTo"].ToString()));
        var target = form["target"].ToString().Split('|', 2);
        if (!Guid.TryParse(form["tariffId"], out var tariff) || !Enum.TryParse<AssignmentLevel>(target[0], out var level) || errors.ByField.Count > 0)
        {
            return await Again(Texts.In(Texts.Language, "tariffs.assign.incomplete"));
        }

        var wish = new AssignmentWish(
            level, target.ElementAtOrDefault(1), new TariffId(tariff), int.TryParse(form["priority"], CultureInfo.InvariantCulture, out var priority) ? priority : 0, Midnight(from), Midnight(to?.AddDays(1)));
        return await assign.Run(wish, ct) switch
        {
            AssignOutcome.Assigned => Reload(http, "tariffs.assign.done"),
            AssignOutcome.Refused refused => await Again(string.Join(" ", refused.Findings.Select(finding => finding.Text.In(Texts.Language)))),
            _ => await Again(Texts.In(Texts.Language, "tariffs.assign.incomplete")),
        };

        DateTimeOffset? Midnight(DateOnly? day) => day is { } known ? DrawnSession.Local(known, TimeOnly.MinValue, zone).ToUniversalTime() : null;

        async Task<IResult> Again(string problem)
        {
            var known = await tariffs.Read(archived: false, after: null, 500, ct);
            return new RazorComponentResult<AssignForm>(new
            {
                Targets = await places.Targets(ct),
                Tariffs = (IReadOnlyList<(string, string)>)[.. known.Select(row => (row.Stored.Id.ToString(), row.Version.Document.Name.In(Texts.Language)))],
                Tariff = form["tariffId"].ToString(),
                Target = form["target"].ToString(),
                Problem = problem,
            }) { StatusCode = StatusCodes.Status422UnprocessableEntity };
        }
    }

    private static async Task<IResult> Unassign(Guid id, HttpContext http, AssignTariff assign, CancellationToken ct) =>
        await assign.Remove(id, ct) ? Reload(http, "tariffs.unassign.done") : TypedResults.NotFound();

    /// <summary>The page anew; without htmx a redirect to it.</summary>
    private static IResult Reload(HttpContext http, string textKey)
    {
        if (!http.Request.Headers.ContainsKey("HX-Request"))
        {
            return TypedResults.LocalRedirect("/portal/tariffs/assignments");
        }

        var toast = new Dictionary<string, object>(StringComparer.Ordinal) { ["lw:toast"] = new { text = Texts.In(Texts.Language, textKey), kind = "done" } };
        http.Response.Headers["HX-Trigger"] = JsonSerializer.Serialize(toast);
        http.Response.Headers["HX-Redirect"] = "/portal/tariffs/assignments";
        return TypedResults.NoContent();
    }
}

/// <summary>Finds tariffs by name.</summary>
internal sealed class TariffSearch(NpgsqlDataSource data, TenantContext tenant) : ISearchSource
{
    public string Permission => Kernel.Http.Permission.TariffsRead;

    public async Task<IReadOnlyList<SearchHit>> Find(string text, CancellationToken ct) => await data.Rows(
        "select id, name, kind, current_version from tariff where tenant_id = $1 and archived_at is null and name ilike $2 order by name limit 10",
        row => new SearchHit("tag", row.GetString(1), Texts.In(Texts.Language, "tariffs.versionOf", row.GetInt32(3)), $"/portal/tariffs/{row.GetGuid(0)}"),
        ct,
        tenant.Current.Value,
        $"%{text}%");
}
