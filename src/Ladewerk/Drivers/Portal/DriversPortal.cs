using System.Globalization;
using System.Text.Json;
using Ladewerk.Drivers.Badges.Portal;
using Ladewerk.Drivers.Import.Portal;
using Ladewerk.Drivers.Privacy.App;
using Ladewerk.Drivers.Privacy.Portal;
using Ladewerk.Drivers.Registration.App;
using Ladewerk.Drivers.Registration.Portal;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Portal.Components;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace Ladewerk.Drivers.Portal;

/// <summary>The operator's pages of badges and drivers, and what their forms do.</summary>
internal static class DriversPortal
{
    private const string Tokens = "/portal/id-tokens", People = "/portal/drivers";

    /// <summary>Where a field in which a driver is chosen fetches its suggestions; the field's name is <c>driver</c>.</summary>
    public const string Options = People + "/options";

    /// <summary>Statuses as the API writes them.</summary>
    public static readonly string[] Statuses = [.. Enum.GetValues<IdTokenStatus>().Select(Name)];

    public static string Name(IdTokenStatus status) => JsonNamingPolicy.CamelCase.ConvertName(status.ToString());

    public static IServiceCollection AddDriversPortal(this IServiceCollection services)
    {
        services.AddSingleton(new NavEntry(NavGroup.Customers, 10, "users", "drivers.title", People, Permission.DriversRead));
        services.AddSingleton(new NavEntry(NavGroup.Customers, 15, "user-plus", "registration.nav", RegistrationPortal.Path, Permission.DriversRead)
        {
            // With a connection of its own: the page beside it reads at the same time.
            Count = (scope, ct) => scope.GetRequiredService<NpgsqlDataSource>().First(
                "select count(*) from registration where tenant_id = $1 and state = 'waiting'", r => r.GetInt64(0), ct, scope.GetRequiredService<TenantContext>().Current.Value),
        });
        services.AddSingleton(new NavEntry(NavGroup.Customers, 20, "id-badge-2", "drivers.tokens", Tokens, Permission.DriversRead));
        return services.AddBadgesPortal().AddScoped<DriverLists>().AddScoped<BadgeList>();
    }

    public static void MapDriversPortal(this WebApplication app)
    {
        app.MapBadgesPortal();
        app.MapImportPages();
        app.MapRegistrationPortal();
        app.MapRegisterPages();
        app.MapPrivacyPortal();
        app.MapPrivacyPages();
        var write = app.MapGroup("").RequirePermission(Permission.DriversWrite).ExcludeFromDescription();
        write.MapGet(Tokens + "/add", (Texts t) => TokenForm(t, null, NoForm, null, null));
        app.MapGet(Options, async (string? driver, DriverChoice choice, CancellationToken ct) => Answer.Part<DriverOptions>((nameof(DriverOptions.Found), await choice.Suggest(driver, ct)))).RequirePermission(Permission.DriversRead).ExcludeFromDescription();
        write.MapPost(Tokens + "/add", AddToken);
        write.MapGet(Tokens + "/{uid}", EditToken);
        write.MapPost(Tokens + "/{uid}", ChangeToken);
        write.MapPost(Tokens + "/{uid}/block", (string uid, HttpContext http, SaveIdToken tokens, CancellationToken ct) => SetStatus(uid, IdTokenStatus.Blocked, http, tokens, ct));
        write.MapPost(Tokens + "/{uid}/unblock", (string uid, HttpContext http, SaveIdToken tokens, CancellationToken ct) => SetStatus(uid, IdTokenStatus.Accepted, http, tokens, ct));
        write.MapGet(People + "/add", async (DriverLists lists, Texts t, CancellationToken ct) => DriverForm(t, null, NoForm, await lists.Payers(ct), null));
        write.MapPost(People + "/add", AddDriver);
        write.MapGet(People + "/{id:guid}", EditDriver);
        write.MapPost(People + "/{id:guid}", ChangeDriver);
    }

    private static readonly string[] DriverStatuses = ["active", "blocked", "closed"];
    private static readonly FormCollection NoForm = FormCollection.Empty;

    private static async Task<IResult> AddToken([FromForm] IFormCollection form, HttpContext http, SaveIdToken tokens, DriverChoice choice, Reader reader, Texts t, CancellationToken ct)
    {
        var (holder, isKnown) = await Chosen(form, choice, ct);
        if (!isKnown)
        {
            return TokenForm(t, null, form, null, NoDriver);
        }

        var (made, faults) = await tokens.Create(
            new NewIdToken(
                form["uid"].ToString(), Status: Status(form), VisualNumber: Text(form, "visualNumber"), ValidUntil: await Until(form, reader), DriverId: holder,
                GroupId: Text(form, "groupId"), Note: Text(form, "note"), ConcurrentSessions: Number(form, "concurrentSessions") ?? -1),
            ct);
        if (made is not null)
        {
            return Answer.Go(http, Tokens);
        }

        return TokenForm(t, null, form, null, faults.Any ? faults : faults.Add("uid", "There already is one."));
    }

    private static async Task<IResult> EditToken(string uid, SaveIdToken tokens, DriverChoice choice, Reader reader, Texts t, CancellationToken ct) =>
        await tokens.Find(uid, ct) is { } token ? TokenForm(t, token, NoForm, await choice.Text(token.DriverId, ct), null, (await reader.Operator()).Zone) : Problems.NotFound("id token");

    private static async Task<IResult> ChangeToken(string uid, [FromForm] IFormCollection form, HttpContext http, SaveIdToken tokens, DriverChoice choice, Reader reader, Texts t, CancellationToken ct)
    {
        if (await tokens.Find(uid, ct) is not { } token)
        {
            return Problems.NotFound("id token");
        }

        var (holder, isKnown) = await Chosen(form, choice, ct);
        if (!isKnown)
        {
            return TokenForm(t, token, form, null, NoDriver);
        }

        var faults = await tokens.Patch(
            token,
            new IdTokenPatch
            {
                Status = token.AwaitsActivation && Status(form) == token.Status ? null : Status(form), VisualNumber = new(Text(form, "visualNumber")), ValidUntil = new(await Until(form, reader)), DriverId = new(holder),
                GroupId = new(Text(form, "groupId")), Note = new(Text(form, "note")), ConcurrentSessions = Number(form, "concurrentSessions") ?? -1,
            },
            ct);
        return faults.Any ? TokenForm(t, token, form, null, faults) : Answer.Go(http, Tokens);
    }

    private static async Task<IResult> SetStatus(string uid, IdTokenStatus status, HttpContext http, SaveIdToken tokens, CancellationToken ct)
    {
        if (await tokens.Find(uid, ct) is not { } token)
        {
            return Problems.NotFound("id token");
        }

        await tokens.Patch(token, new IdTokenPatch { Status = status }, ct);
        return Answer.Go(http, Tokens);
    }

    private static async Task<IResult> AddDriver([FromForm] IFormCollection form, HttpContext http, SaveDriver drivers, DriverLists lists, Texts t, CancellationToken ct)
    {
        var (made, faults) = await drivers.Create(
            new NewDriver(form["name"].ToString(), Text(form, "email"), Text(form, "phone"), Text(form, "locale"), Text(form, "status"), Id(form["billingAccountId"]) is { } payer ? new BillingAccountId(payer) : null, Text(form, "number")), ct);
        return made is null ? DriverForm(t, null, form, await lists.Payers(ct), faults) : Answer.Go(http, People);
    }

    private static async Task<IResult> EditDriver(Guid id, SaveDriver drivers, DriverLists lists, Texts t, CancellationToken ct) =>
        await drivers.Find(id, ct) is { } driver ? DriverForm(t, driver, NoForm, await lists.Payers(ct), null) : Problems.NotFound("driver");

    private static async Task<IResult> ChangeDriver(Guid id, [FromForm] IFormCollection form, HttpContext http, SaveDriver drivers, DriverLists lists, Texts t, CancellationToken ct)
    {
        if (await drivers.Find(id, ct) is not { } driver)
        {
            return Problems.NotFound("driver");
        }

        var faults = await drivers.Patch(
            driver,
            new DriverPatch
            {
                Name = form["name"], Number = new(Text(form, "number")), Email = new(Text(form, "email")), Phone = new(Text(form, "phone")), Locale = Text(form, "locale"), Status = Text(form, "status"),
                BillingAccountId = new(Id(form["billingAccountId"]) is { } payer ? new BillingAccountId(payer) : null),
            },
            ct);
        return faults.Any ? DriverForm(t, driver, form, await lists.Payers(ct), faults) : Answer.Go(http, People);
    }

    private static RazorComponentResult<AnswerPage> TokenForm(Texts t, IdToken? token, IFormCollection sent, string? holder, Faults? faults, TimeZoneInfo? zone = null)
    {
        string? Value(string field, string? stored) => sent.TryGetValue(field, out var value) ? value.ToString() : stored;
        List<FormField> fields =
        [
            new("visualNumber", t["drivers.token.number"], Value("visualNumber", token?.VisualNumber)),
            new("status", t["drivers.token.status"], Value("status", token is null ? "accepted" : Name(token.Status))) { Options = [.. Statuses.Select(s => (s, t["drivers.status." + s]))] },
            new("driver", t["drivers.token.driver"], Value("driver", holder)) { Suggest = Options, Hint = t["drivers.token.driver.hint"] },
            new("validUntil", t["drivers.token.until"], Value("validUntil", token?.ValidUntil is { } until ? TimeZoneInfo.ConvertTime(until, zone ?? TimeZoneInfo.Utc).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : null), "date"),
            new("groupId", t["drivers.token.group"], Value("groupId", token?.GroupId)),
            new("concurrentSessions", t["drivers.token.concurrent"], Value("concurrentSessions", (token?.ConcurrentSessions ?? 1).ToString(CultureInfo.InvariantCulture)), "number") { Hint = t["drivers.token.concurrent.hint"] },
            new("note", t["drivers.token.note"], Value("note", token?.Note), "textarea"),
        ];
        if (token is null)
        {
            fields.Insert(0, new("uid", t["drivers.token.uid"], Value("uid", null)) { Required = true, Hint = t["drivers.token.uid.hint"] });
        }

        return Form(
            token is null ? t["drivers.tokens.add"] : t["drivers.tokens.edit", token.VisualNumber ?? token.Uid], t["drivers.tokens"], Tokens,
            token is null ? Tokens + "/add" : $"{Tokens}/{Uri.EscapeDataString(token.Uid)}", fields, faults, token is null ? null : (nameof(PersonCards.Uid), token.Uid));
    }

    private static RazorComponentResult<AnswerPage> DriverForm(Texts t, Driver? driver, IFormCollection sent, IReadOnlyList<(string, string)> payers, Faults? faults)
    {
        string? Value(string field, string? stored) => sent.TryGetValue(field, out var value) ? value.ToString() : stored;
        return Form(
            driver?.Name ?? t["drivers.add"], t["drivers.title"], People, driver is null ? People + "/add" : $"{People}/{driver.Id.Value}",
            [
                new("name", t["drivers.name"], Value("name", driver?.Name)) { Required = true },
                new("number", t["drivers.number"], Value("number", driver?.Number)) { Hint = t["drivers.number.hint"] },
                new("email", t["drivers.email"], Value("email", driver?.Email), "email"),
                new("phone", t["drivers.phone"], Value("phone", driver?.Phone), "tel"),
                new("locale", t["drivers.locale"], Value("locale", driver?.Locale ?? "de")) { Options = [("de", t["drivers.locale.de"]), ("en", t["drivers.locale.en"])] },
                new("status", t["drivers.driver.status"], Value("status", driver?.Status ?? "active")) { Options = [.. DriverStatuses.Select(s => (s, t["drivers.driver." + s]))] },
                new("billingAccountId", t["drivers.payer"], Value("billingAccountId", driver?.BillingAccountId?.Value.ToString())) { Options = [("", t["drivers.payer.none"]), .. payers] },
            ],
            faults, driver is null ? null : (nameof(PersonCards.Driver), driver.Id.Value));
    }

    private static RazorComponentResult<AnswerPage> Form(string title, string list, string back, string action, IReadOnlyList<FormField> fields, Faults? faults, (string Name, object Value)? of) => Answer.Page<EntityForm>(
        faults is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
        (nameof(EntityForm.Title), title), (nameof(EntityForm.Action), action), (nameof(EntityForm.Back), back), (nameof(EntityForm.Fields), fields),
        (nameof(EntityForm.Below), of is null ? null : typeof(PersonCards)), (nameof(EntityForm.BelowValues), of is { } whose ? new Dictionary<string, object>(StringComparer.Ordinal) { [whose.Name] = whose.Value } : null),
        (nameof(EntityForm.Crumbs), new[] { (list, (string?)back) }), (nameof(EntityForm.Errors), faults is null ? null : FaultWords.Say(faults.Errors)));

    private static Faults NoDriver => new Faults().Add("driver", "No such driver.");

    /// <summary>The driver whom the form names; unknown where its text means none, or several.</summary>
    private static async Task<(DriverId? Holder, bool IsKnown)> Chosen(IFormCollection form, DriverChoice choice, CancellationToken ct) =>
        Text(form, "driver") is not { } text ? (null, true) : await choice.Find(text, ct) is { } driver ? (driver.Id, true) : (null, false);

    private static IdTokenStatus Status(IFormCollection form) => Named<IdTokenStatus>.TryParse(form["status"], null, out var status) ? status.Value : IdTokenStatus.Accepted;

    private static string? Text(IFormCollection form, string field) => form[field].ToString().Trim() is { Length: > 0 } text ? text : null;

    private static Guid? Id(string? text) => Guid.TryParse(text, out var id) ? id : null;

    private static int? Number(IFormCollection form, string field) => int.TryParse(form[field], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>A badge is valid through the day that was entered, in the operator's zone.</summary>
    private static async Task<DateTimeOffset?> Until(IFormCollection form, Reader reader)
    {
        if (!DateOnly.TryParse(form["validUntil"], CultureInfo.InvariantCulture, out var day))
        {
            return null;
        }

        var end = day.ToDateTime(new TimeOnly(23, 59, 59));
        return new DateTimeOffset(end, (await reader.Operator()).Zone.GetUtcOffset(end));
    }
}
