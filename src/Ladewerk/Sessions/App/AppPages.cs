using System.Globalization;
using Ladewerk.DriverApp;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Sessions.Limits;
using Ladewerk.Stations;
using Ladewerk.Tariffs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Ladewerk.Sessions.App;

/// <summary>A place on the map and in the list.</summary>
/// <param name="Key">Stable within the page.</param>
/// <param name="PerKwh">The lowest price of its points, as text.</param>
public sealed record PlaceCard(string Key, string Name, string? Address, double? Latitude, double? Longitude, string Kind, int Free, int All, string PerKwh, bool IsFast, IReadOnlyList<ChargePoint> Points, PointState Best);

/// <summary>What stands on the first page.</summary>
public sealed record HomeModel(OperatorLook Look, IReadOnlyList<PlaceCard> Places, IReadOnlyList<(ChargingSession Session, LiveState State, string Place)> Running, MapTiles Map, string? Query);

/// <summary>A point, before the start.</summary>
public sealed record StartModel(OperatorLook Look, ChargePoint Point, PriceBoard Price, IReadOnlyList<(ChargePoint Point, string Price)> Others, string? Error = null, string? Departure = null, string? Target = null, string? Energy = null);

/// <summary>A driver's own session.</summary>
public sealed record OwnSessionModel(OperatorLook Look, ChargingSession Session, string Place, string Plate, LiveState State, Cost? Cost, IReadOnlyList<SampleView> Samples, string? Error = null, bool WishSaved = false);

/// <summary>A row of the history.</summary>
public sealed record HistoryRow(SessionId Id, string Place, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, long EnergyWh, decimal? Cost, string Currency, bool NeedsReview, TimeZoneInfo Zone);

/// <summary>A month of the history.</summary>
public sealed record MonthSum(DateOnly Month, long EnergyWh, decimal Cost, int Count);

/// <summary>The history page.</summary>
public sealed record HistoryModel(OperatorLook Look, IReadOnlyList<HistoryRow> Rows, IReadOnlyList<MonthSum> Months, string? Next);

/// <summary>The driver app's pages of charging: <c>/app</c>. Everything that is not the signed-in driver's own answers 404.</summary>
internal static class AppPages
{
    private static ProblemHttpResult Nothing => Problems.NotFound("page");

    public static IServiceCollection AddSessionsApp(this IServiceCollection services)
    {
        services.AddOptions<MapTiles>().BindConfiguration("Map");
        return services.AddScoped<OwnSessions>().AddScoped<AppTokens>().AddScoped<OwnHistory>().AddScoped<Places>().AddSingleton(new HistoryLink(10, "app.history.sessions", "/app/sessions"));
    }

    public static void MapSessionsApp(this WebApplication app)
    {
        var pages = app.MapGroup("/app").RequirePermission(Permission.App).ExcludeFromDescription();
        pages.MapGet("", Home);
        pages.MapGet("/places", PlaceList);
        pages.MapGet("/places/live", PlacesLive);
        pages.MapGet("/scan", Scan);
        pages.MapGet("/find", Find);
        pages.MapGet("/p/{code}", Point);
        pages.MapPost("/p/{code}/start", Start);
        pages.MapGet("/starts/{id:guid}", Waiting);
        pages.MapGet("/starts/{id:guid}/live", WaitingLive);
        pages.MapGet("/sessions", History);
        pages.MapGet("/sessions/{id:guid}", Session);
        pages.MapGet("/sessions/{id:guid}/live", SessionLive);
        pages.MapGet("/sessions/{id:guid}/curve", Curve);
        pages.MapPost("/sessions/{id:guid}/stop", Stop);
        pages.MapPost("/sessions/{id:guid}/wish", ChangeWish);
    }

    private static async Task<IResult> Home(string? q, CurrentDriver current, OperatorLooks looks, OwnSessions own, LiveViews live, Places places, IOptions<MapTiles> map, CancellationToken ct)
    {
        var look = await looks.Current(ct);
        if (await current.Find(ct) is not { } driver)
        {
            return new RazorComponentResult<NoDriverPage>(new { Look = look });
        }

        var sessions = await own.Running(driver, ct);
        var names = await own.Places(sessions, ct);
        var running = new List<(ChargingSession, LiveState, string)>();
        foreach (var session in sessions)
        {
            running.Add((session, await live.Of(session, ct), names[session.Id]));
        }

        return new RazorComponentResult<HomePage>(new { Model = new HomeModel(look, await places.For(driver, q, ct), running, map.Value, q) });
    }

    private static async Task<IResult> PlaceList(string? q, CurrentDriver current, Places places, CancellationToken ct) =>
        await current.Find(ct) is { } driver ? new RazorComponentResult<PlaceCards>(new { Places = await places.For(driver, q, ct) }) : Nothing;

    /// <summary>Says that availability has changed; the page then asks for the list anew.</summary>
    private static async Task PlacesLive(HttpContext http, LiveStream stream) => await stream.WriteChanges(http);

    private static async Task<IResult> Scan(OperatorLooks looks, string? code, CancellationToken ct) => new RazorComponentResult<ScanPage>(new { Look = await looks.Current(ct), Code = code ?? "" });

    private static async Task<IResult> Find(string? code, ChargePoints points, CancellationToken ct) => await points.FindOwn(code ?? "", ct) is { } point
        ? TypedResults.Redirect("/app/p/" + point.ShortCode)
        : TypedResults.Redirect("/app/scan?code=" + Uri.EscapeDataString(code ?? ""));

    private static async Task<IResult> Point(string code, CurrentDriver current, ChargePoints points, OperatorLooks looks, AppTokens tokens, CancellationToken ct) =>
        await current.Find(ct) is not { } driver ? new RazorComponentResult<NoDriverPage>(new { Look = await looks.Current(ct) })
        : await points.FindOwn(code, ct) is { } point ? await Show(point, driver, points, looks, tokens, null, ct) : Nothing;

    private static async Task<RazorComponentResult<PointPage>> Show(ChargePoint point, Driver driver, ChargePoints points, OperatorLooks looks, AppTokens tokens, StartForm? form, CancellationToken ct, string? error = null)
    {
        var token = await tokens.Known(driver, ct);
        var model = new StartModel(
            await looks.Current(ct), point, await points.Price(point, token, Texts.Language, ct), point.CanStart ? [] : await GuestPages.Others(point, points, ct), error, form?.Departure, form?.Target, form?.Energy);
        return new RazorComponentResult<PointPage>(new { Model = model }) { StatusCode = error is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity };
    }

    private static async Task<IResult> Start(
        string code, [AsParameters] StartForm form, CurrentDriver current, ChargePoints points, OperatorLooks looks, AppTokens tokens, PhoneStarts starts, Authorise authorise, TenantContext tenant, Texts t, TimeProvider time, CancellationToken ct)
    {
        if (await current.Find(ct) is not { } driver || await points.FindOwn(code, ct) is not { } point)
        {
            return Nothing;
        }

        if (await tokens.Ensure(driver, ct) is not { } token)
        {
            return await Show(point, driver, points, looks, tokens, form, ct, t["app.refused.notAllowed"]);
        }

        var decision = await authorise.Decide(new SessionPlace(tenant.Current, point.Station, point.Identity, point.SiteId, point.TimeZone), token.Uid, TokenUse.Start, ct);
        if (!decision.IsAccepted)
        {
            return await Show(point, driver, points, looks, tokens, form, ct, $"{RefusalWords.ForDriver(decision, LiveViews.Zone(point.TimeZone), Texts.Language)} {t["app.refused.notAllowed"]}");
        }

        var (start, _, refusal) = await starts.Run(point, token.Uid, driver.Id, form.Wish(LiveViews.Zone(point.TimeZone), time.GetUtcNow()), ct);
        return start is null ? await Show(point, driver, points, looks, tokens, form, ct, refusal!.Value.Word(t, isStart: true)) : TypedResults.Redirect($"/app/starts/{start.Id.Value:D}");
    }

    /// <summary>Waits for the session, then leads to it.</summary>
    private static async Task<IResult> Waiting(Guid id, CurrentDriver current, OwnSessions own, PhoneStarts starts, ChargePoints points, OperatorLooks looks, TimeProvider time, CancellationToken ct)
    {
        if (await current.Find(ct) is not { } driver || await own.Start(driver, id, ct) is not { } start || await points.Of(start.StationId, start.EvseNumber, ct) is not { } point)
        {
            return Nothing;
        }

        if (await starts.Session(start, ct) is { } session)
        {
            return TypedResults.Redirect($"/app/sessions/{session.Id.Value:D}");
        }

        var isLate = time.GetUtcNow() - start.RequestedAt > PhoneStarts.Patience;
        return new RazorComponentResult<WaitingPage>(new { Look = await looks.Current(ct), Point = point, StartId = id, IsLate = isLate });
    }

    private static async Task<IResult> WaitingLive(Guid id, HttpContext http, CurrentDriver current, OwnSessions own, PhoneStarts starts, LiveStream stream, TimeProvider time, CancellationToken ct)
    {
        if (await current.Find(ct) is not { } driver || await own.Start(driver, id, ct) is not { } start)
        {
            return Nothing;
        }

        await stream.Write(http, async now => await starts.Session(start, now) is not null ? LiveViews.Waiting with { View = "live" }
            : time.GetUtcNow() - start.RequestedAt > PhoneStarts.Patience ? LiveViews.Failed : LiveViews.Waiting);
        return TypedResults.Empty;
    }

    private static async Task<IResult> History(string? before, CurrentDriver current, OperatorLooks looks, OwnHistory history, CancellationToken ct)
    {
        var look = await looks.Current(ct);
        return await current.Find(ct) is { } driver
            ? new RazorComponentResult<HistoryPage>(new { Model = await history.Read(driver, look, DateTimeOffset.TryParse(before, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at.ToUniversalTime() : null, ct) })
            : new RazorComponentResult<NoDriverPage>(new { Look = look });
    }

    private static async Task<IResult> Session(Guid id, string? wish, CurrentDriver current, OwnSessions own, OwnHistory history, OperatorLooks looks, CancellationToken ct) =>
        await current.Find(ct) is { } driver && await own.Find(driver, id, ct) is { } session
            ? new RazorComponentResult<OwnSessionPage>(new { Model = await history.One(session, await looks.Current(ct), null, ct) with { WishSaved = wish == "saved" } })
            : Nothing;

    private static async Task<IResult> SessionLive(Guid id, HttpContext http, CurrentDriver current, OwnSessions own, LiveViews live, LiveStream stream, CancellationToken ct)
    {
        if (await current.Find(ct) is not { } driver || await own.Find(driver, id, ct) is not { } session)
        {
            return Nothing;
        }

        await stream.Write(http, async now => await live.Of(await own.Find(driver, id, now) ?? session, now));
        return TypedResults.Empty;
    }

    private static async Task<IResult> Curve(Guid id, CurrentDriver current, OwnSessions own, FindSamples samples, CancellationToken ct) =>
        await current.Find(ct) is { } driver && await own.Find(driver, id, ct) is { } session
            ? new RazorComponentResult<PowerCurve>(new { Session = session, Samples = await samples.Run(session.Id, ct) })
            : Nothing;

    private static async Task<IResult> Stop(Guid id, CurrentDriver current, OwnSessions own, OwnHistory history, PhoneStarts starts, OperatorLooks looks, Texts t, CancellationToken ct)
    {
        if (await current.Find(ct) is not { } driver || await own.Find(driver, id, ct) is not { } session)
        {
            return Nothing;
        }

        return session.State == SessionState.Active && await starts.Stop(session, ct) is { } refusal
            ? new RazorComponentResult<OwnSessionPage>(new { Model = await history.One(session, await looks.Current(ct), refusal.Word(t, isStart: false), ct) }) { StatusCode = StatusCodes.Status409Conflict }
            : TypedResults.Redirect($"/app/sessions/{id:D}");
    }

    private static async Task<IResult> ChangeWish(Guid id, [AsParameters] StartForm form, CurrentDriver current, OwnSessions own, TimeProvider time, CancellationToken ct)
    {
        if (await current.Find(ct) is not { } driver || await own.Find(driver, id, ct) is not { } session)
        {
            return Nothing;
        }

        var saved = await own.Wish(driver, id, form.Wish(LiveViews.Zone(session.TimeZone), time.GetUtcNow()), ct);
        return TypedResults.Redirect($"/app/sessions/{id:D}{(saved ? "?wish=saved" : "")}");
    }
}

/// <summary>What a driver may wish, as the form sends it.</summary>
/// <param name="Departure">Local time of day, HH:mm: the next one.</param>
/// <param name="Target">Percent.</param>
/// <param name="Energy">Kilowatt-hours.</param>
internal sealed record StartForm([FromForm] string? Departure, [FromForm] string? Target, [FromForm] string? Energy)
{
    /// <summary>The wish; what cannot be read is no wish.</summary>
    public Wish Wish(TimeZoneInfo zone, DateTimeOffset now) => new(
        TimeOnly.TryParse(Departure, CultureInfo.InvariantCulture, out var at) ? Next(at, zone, now) : null,
        Number(Energy) is > 0 and <= 500 and var kwh ? new WattHours((long)(kwh * 1000)) : null,
        Number(Target) is >= 1 and <= 100 and var percent ? percent : null);

    private static DateTimeOffset Next(TimeOnly at, TimeZoneInfo zone, DateTimeOffset now)
    {
        var local = TimeZoneInfo.ConvertTime(now, zone).DateTime;
        var wanted = local.Date + at.ToTimeSpan();
        wanted = wanted <= local ? wanted.AddDays(1) : wanted;
        wanted = zone.IsInvalidTime(wanted) ? wanted.AddHours(1) : wanted; // the hour that the clock leaves out in spring
        return new DateTimeOffset(wanted, zone.GetUtcOffset(wanted)).ToUniversalTime();
    }

    private static decimal? Number(string? text) => decimal.TryParse(text?.Replace(',', '.'), NumberStyles.Number, CultureInfo.InvariantCulture, out var number) ? number : null;
}
