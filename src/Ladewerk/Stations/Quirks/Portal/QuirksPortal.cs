using System.Text.Json;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Stations.Portal;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Faults = Ladewerk.Kernel.Http.Faults;

namespace Ladewerk.Stations.Quirks.Portal;

/// <summary>The operator's pages of quirk profiles and of a station's quirks, and what their forms do.</summary>
internal static class QuirksPortal
{
    private const string Pages = "/portal/quirks";
    private const long MostBytes = 2 << 20;

    public static IServiceCollection AddQuirksPortal(this IServiceCollection services) => services
        .AddSingleton(new NavEntry(NavGroup.System, 15, "adjustments", "stations.quirks", Pages, Permission.StationsRead))
        .AddSingleton(new StationCard(60, typeof(QuirksCard), Permission.StationsRead));

    public static void MapQuirksPortal(this WebApplication app)
    {
        app.MapGet(Pages + "/export", Export).RequirePermission(Permission.StationsRead).ExcludeFromDescription();
        var write = app.MapGroup(Pages).RequirePermission(Permission.SettingsWrite).ExcludeFromDescription();
        write.MapGet("/add", () => Answer.Page<QuirkProfileForm>(StatusCodes.Status200OK));
        write.MapPost("/add", Add);
        write.MapPost("/imported", Import);
        write.MapGet("/{key}", Edit);
        write.MapPost("/{key}", Change);
        write.MapPost("/{key}/enabled", SetEnabled);
        write.MapPost("/{key}/remove", Remove);
        var station = app.MapGroup("/portal/stations/{identity}/quirks").RequirePermission(Permission.StationsWrite).ExcludeFromDescription();
        station.MapGet("", OfStation);
        station.MapPost("", Choose);
    }

    private static async Task<IResult> Export(QuirkReader reader, HttpResponse response, CancellationToken ct)
    {
        response.Headers.ContentDisposition = "attachment; filename=\"quirk-profiles.json\"";
        return TypedResults.Text(JsonSerializer.Serialize((await reader.List(null, ct)).Select(QuirksApi.File), QuirkJson.Options), "application/json");
    }

    private static async Task<IResult> Import(HttpRequest request, SaveQuirkProfile save, Texts texts, HttpContext http, CancellationToken ct)
    {
        if (!request.HasFormContentType || (await request.ReadFormAsync(ct)).Files is not [{ Length: <= MostBytes } file, ..] || await Read(file, ct) is not { } wishes)
        {
            return Refuse([texts["stations.quirks.import.bad"]]);
        }

        var (_, faults) = await save.Import(wishes, ct);
        return faults.Any ? Refuse([.. faults.Errors.Select(e => $"{e.Key}: {string.Join(' ', e.Value)}")]) : Answer.Go(http, Pages);

        static IResult Refuse(IReadOnlyList<string> problems) => Answer.Page<QuirkImportForm>(StatusCodes.Status422UnprocessableEntity, (nameof(QuirkImportForm.Problems), problems));
    }

    private static async Task<IReadOnlyList<QuirkProfileWish>?> Read(IFormFile file, CancellationToken ct)
    {
        try
        {
            await using var stream = file.OpenReadStream();
            return QuirksApi.Parse(await JsonSerializer.DeserializeAsync<JsonElement>(stream, cancellationToken: ct));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task<IResult> Add([FromForm] IFormCollection form, SaveQuirkProfile save, HttpContext http, CancellationToken ct)
    {
        var (made, faults) = await save.Create(Wish(form, null), ct);
        return made is not null ? Answer.Go(http, Pages) : Form(null, form, faults);
    }

    private static async Task<IResult> Edit(string key, QuirkReader reader, CancellationToken ct) =>
        await reader.Find(key, ct) is { } profile ? Answer.Page<QuirkProfileForm>(StatusCodes.Status200OK, (nameof(QuirkProfileForm.Profile), profile)) : Problems.NotFound("quirk profile");

    private static async Task<IResult> Change(string key, [FromForm] IFormCollection form, SaveQuirkProfile save, QuirkReader reader, HttpContext http, CancellationToken ct)
    {
        if (await reader.Find(key, ct) is not { } profile)
        {
            return Problems.NotFound("quirk profile");
        }

        var (made, faults) = await save.Put(key, Wish(form, profile), ct);
        return made is not null ? Answer.Go(http, Pages) : Form(profile, form, faults);
    }

    private static async Task<IResult> SetEnabled(string key, [FromForm] bool enabled, SaveQuirkProfile save, QuirkReader reader, HttpContext http, CancellationToken ct)
    {
        if (await reader.Find(key, ct) is not { } p)
        {
            return Problems.NotFound("quirk profile");
        }

        await save.Put(
            key,
            new QuirkProfileWish
            {
                Name = p.Name, NameDe = p.NameDe, Vendor = p.Vendor, Model = p.Model, Firmware = p.Firmware, Habits = p.Habits, Switches = JsonSerializer.SerializeToElement(p.Switches, QuirkJson.Options),
                Note = p.Note, NoteDe = p.NoteDe, Enabled = enabled,
            },
            ct);
        return Answer.Go(http, Pages);
    }

    private static async Task<IResult> Remove(string key, SaveQuirkProfile save, HttpContext http, CancellationToken ct) =>
        await save.Remove(key, ct) ? Answer.Go(http, Pages) : Problems.NotFound("quirk profile");

    private static async Task<IResult> OfStation(string identity, StationReader stations, QuirkReader reader, CancellationToken ct) =>
        await stations.Find(identity, ct) is { } station ? await Form(station, null, new Faults(), reader, ct) : Problems.NotFound("station");

    private static async Task<IResult> Choose(
        string identity, [FromForm] IFormCollection form, StationReader stations, ChangeQuirks change, QuirkReader reader, HttpContext http, CancellationToken ct)
    {
        if (await stations.Find(identity, ct) is not { } station)
        {
            return Problems.NotFound("station");
        }

        var faults = await change.Run(station, new StationQuirksWish(Text(form, "profile"), SwitchForm.Read(form)), ct);
        return faults.Any ? await Form(station, form, faults, reader, ct) : Answer.Go(http, Link.Station(station.Identity));
    }

    private static async Task<IResult> Form(ChargingStation station, IFormCollection? form, Faults faults, QuirkReader reader, CancellationToken ct) => Answer.Page<StationQuirksForm>(
        faults.Any ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK,
        (nameof(StationQuirksForm.Identity), station.Identity),
        (nameof(StationQuirksForm.Chosen), form is null ? station.QuirkProfile : Text(form, "profile")),
        (nameof(StationQuirksForm.Template), (await reader.Of(station, ct)).Template),
        (nameof(StationQuirksForm.Override), station.Quirks),
        (nameof(StationQuirksForm.Profiles), await reader.List(null, ct)),
        (nameof(StationQuirksForm.Entered), form is null ? null : Entered(form)),
        (nameof(StationQuirksForm.Errors), FaultWords.Say(faults.Errors)));

    private static RazorComponentResult<AnswerPage> Form(QuirkProfileView? profile, IFormCollection form, Faults faults) => Answer.Page<QuirkProfileForm>(
        StatusCodes.Status422UnprocessableEntity,
        (nameof(QuirkProfileForm.Profile), profile),
        (nameof(QuirkProfileForm.Entered), Entered(form)),
        (nameof(QuirkProfileForm.Errors), FaultWords.Say(faults.Errors)));

    /// <summary>What was entered. Name and note are in the reader's language; the other language's words are kept where these are unchanged.</summary>
    private static QuirkProfileWish Wish(IFormCollection form, QuirkProfileView? before)
    {
        var (name, note) = (Text(form, "name"), Text(form, "note"));
        var german = Texts.Language == "de";
        var sameName = before is not null && name == (german ? before.NameDe ?? before.Name : before.Name);
        var sameNote = before is not null && note == (german ? before.NoteDe ?? before.Note : before.Note)?.ReplaceLineEndings("\r\n");
        return new QuirkProfileWish
        {
            Key = Text(form, "key"),
            Name = sameName ? before!.Name : name,
            NameDe = sameName ? before!.NameDe : null,
            Vendor = Text(form, "vendor"),
            Model = Text(form, "model"),
            Firmware = Text(form, "firmware"),
            Habits = [.. form["habits"].ToString().Split([',', ' ', ';'], StringSplitOptions.RemoveEmptyEntries).Select(h => h.ToUpperInvariant())],
            Switches = SwitchForm.Read(form),
            Note = sameNote ? before!.Note : note,
            NoteDe = sameNote ? before!.NoteDe : null,
            Enabled = before?.Enabled ?? true,
        };
    }

    private static Dictionary<string, string> Entered(IFormCollection form) => form.ToDictionary(f => f.Key, f => f.Value.ToString(), StringComparer.Ordinal);

    private static string? Text(IFormCollection form, string name) => form[name].ToString().Trim() is { Length: > 0 } text ? text : null;
}
