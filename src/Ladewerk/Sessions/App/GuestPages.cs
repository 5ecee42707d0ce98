using System.Text.Json;
using System.Threading.RateLimiting;
using Ladewerk.DriverApp;
using Ladewerk.Drivers.Vouchers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Stations.Files;
using Ladewerk.Tariffs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions.App;

/// <summary>A way to start without an account that another capability offers, such as paying by card: a button in the dock. The component gets EvseId, the point's short code.</summary>
/// <param name="IsOffered">Whether the scope's operator has it.</param>
public sealed record GuestWay(int Order, Type Component, Func<IServiceProvider, CancellationToken, Task<bool>> IsOffered);

/// <summary>What another capability says at the foot of a charge point's page, whoever charges there, such as the way to a receipt. The component gets EvseId, the point's short code.</summary>
public sealed record GuestFoot(Type Component);

/// <summary>What another capability says on a guest's own session, such as what is held on a card. The component gets Link, the secret of the payer's link, and View: waiting, live, done or failed.</summary>
public sealed record GuestSessionPart(Type Component);

/// <summary>What the guest page shows.</summary>
/// <param name="TakesCodes">Whether vouchers and guest codes may be typed in.</param>
/// <param name="Code">As typed before.</param>
/// <param name="SignedIn">A form of somebody who is signed in brings the antiforgery token; a guest has no cookie to protect.</param>
public sealed record GuestModel(
    OperatorLook Look, ChargePoint Point, PriceBoard Price, IReadOnlyList<(ChargePoint Point, string Price)> Others, IReadOnlyList<GuestWay> Ways, bool TakesCodes, bool SignedIn, string? Code = null, string? Error = null)
{
    /// <summary>The link was signed for another charge point, or by somebody else: nobody pays here by mistake.</summary>
    public bool IsForged { get; init; }

    public IReadOnlyList<GuestFoot> Feet { get; init; } = [];
}

/// <summary>What a guest's own session shows.</summary>
public sealed record GuestSessionModel(
    OperatorLook Look, ChargePoint Point, string Token, LiveState State, ChargingSession? Session, Cost? Cost, IReadOnlyList<SampleView> Samples, IReadOnlyList<GuestSessionPart> Parts, bool SignedIn, string? Error = null);

/// <summary><c>/c/{evseId}</c>, the page behind the QR code, and <c>/g/{token}</c>, a guest's own session. Public, without cookies.</summary>
internal static class GuestPages
{
    private const string Streams = "guest-streams";

    internal const string Writes = "guest-writes";

    public static IServiceCollection AddGuestPages(this IServiceCollection services)
    {
        services.AddScoped<ChargePoints>().AddScoped<PhoneStarts>().AddScoped<LiveViews>().AddScoped<LiveStream>().AddScoped<GuestSessions>().AddScoped<Stickers>().AddSingleton<PointLinks>();
        return services.Configure<RateLimiterOptions>(o => o
            .AddPolicy(Writes, http => RateLimitPartition.GetFixedWindowLimiter(Address(http), _ => new FixedWindowRateLimiterOptions { PermitLimit = 20, Window = TimeSpan.FromMinutes(1), QueueLimit = 0 }))
            .AddPolicy(Streams, http => RateLimitPartition.GetConcurrencyLimiter(Address(http), _ => new ConcurrencyLimiterOptions { PermitLimit = 100, QueueLimit = 0 })));
    }

    public static void MapGuestPages(this WebApplication app)
    {
        var guest = app.MapGroup("").AllowAnonymous().ExcludeFromDescription();
        guest.MapGet("/c/{evseId}", Page);
        guest.MapGet("/c/{evseId}/live", PointLive).RequireRateLimiting(Streams);
        guest.MapPost("/c/{evseId}/start", Start).RequireRateLimiting(Writes).DisableAntiforgery();
        guest.MapGet("/g/{token}", Session);
        guest.MapGet("/g/{token}/live", SessionLive).RequireRateLimiting(Streams);
        guest.MapGet("/g/{token}/curve", Curve);
        guest.MapPost("/g/{token}/stop", Stop).RequireRateLimiting(Writes).DisableAntiforgery();
    }

    internal static string Address(HttpContext http) => http.Connection.RemoteIpAddress?.ToString() ?? "";

    /// <param name="code">A voucher or guest code that its link brings along.</param>
    private static async Task<IResult> Page(string evseId, string? code, HttpContext http, ChargePoints points, OperatorLooks looks, IEnumerable<GuestWay> ways, CancellationToken ct) =>
        await points.FindPublic(evseId, ct) is { } point ? await Show(http, point, points, looks, ways, code, null, ct) : Missing();

    private static async Task<RazorComponentResult<GuestPage>> Show(
        HttpContext http, ChargePoint point, ChargePoints points, OperatorLooks looks, IEnumerable<GuestWay> ways, string? code, string? error, CancellationToken ct)
    {
        var isForged = await http.RequestServices.GetRequiredService<PointLinks>().Check(point, http.Request.Query["s"], ct) == LinkProof.Forged;
        var offered = new List<GuestWay>();
        foreach (var way in ways.OrderBy(w => w.Order))
        {
            if (point.CanStart && !isForged && await way.IsOffered(http.RequestServices, ct))
            {
                offered.Add(way);
            }
        }

        var model = new GuestModel(
            await looks.Current(ct), point, await points.Price(point, null, Texts.Language, ct), point.CanStart ? [] : await Others(point, points, ct), offered, TakesCodes: point.CanStart,
            http.User.Identity is { IsAuthenticated: true }, code, error) { IsForged = isForged, Feet = [.. http.RequestServices.GetServices<GuestFoot>()] };
        http.Response.Headers.CacheControl = "no-store";
        return new RazorComponentResult<GuestPage>(new { Model = model }) { StatusCode = error is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity };
    }

    internal static async Task<IReadOnlyList<(ChargePoint Point, string Price)>> Others(ChargePoint point, ChargePoints points, CancellationToken ct)
    {
        if (point.SiteId is not { } site)
        {
            return [];
        }

        var free = (await points.At(site, ct)).Where(p => p.State == PointState.Available && p.ShortCode != point.ShortCode).Take(3);
        var others = new List<(ChargePoint, string)>();
        foreach (var other in free)
        {
            others.Add((other, (await points.Price(other, null, Texts.Language, ct)).PerKwh));
        }

        return others;
    }

    /// <summary>Starts with a voucher or a guest's code.</summary>
    private static async Task<IResult> Start(
        string evseId, [FromForm] string? code, HttpContext http, ChargePoints points, OperatorLooks looks, IEnumerable<GuestWay> ways, RedeemCode redeem, PhoneStarts starts, Texts t, CancellationToken ct)
    {
        if (await points.FindPublic(evseId, ct) is not { } point)
        {
            return Missing();
        }

        if (!point.CanStart)
        {
            return await Show(http, point, points, looks, ways, code, StartRefusal.Busy.Word(t, isStart: true), ct);
        }

        var redeemed = await redeem.Run(point.Name, code ?? "", Address(http), ct);
        if (redeemed is not Redeemed.Accepted accepted)
        {
            var reason = redeemed is Redeemed.Refused refused ? refused.Reason : CodeRefusal.Unknown;
            return await Show(http, point, points, looks, ways, code, t["drivers.code." + JsonNamingPolicy.CamelCase.ConvertName(reason.ToString())], ct);
        }

        var (start, secret, refusal) = await starts.Run(point, accepted.Token, null, new Wish(), ct);
        return start is null ? await Show(http, point, points, looks, ways, code, refusal!.Value.Word(t, isStart: true), ct) : TypedResults.Redirect($"/g/{secret}?lang={Texts.Language}");
    }

    /// <summary>The page reads itself again when the point's state changes.</summary>
    private static async Task<IResult> PointLive(string evseId, HttpContext http, ChargePoints points, LiveStream stream, CancellationToken ct)
    {
        if (await points.FindPublic(evseId, ct) is not { } point)
        {
            return Missing();
        }

        await stream.Write(http, async token => LiveViews.Waiting with { View = (await points.Of(point.Station, point.Number, token) ?? point).State.ToString() }, LiveStream.PointTopics);
        return TypedResults.Empty;
    }

    private static async Task<IResult> Session(string token, HttpContext http, GuestSessions sessions, CancellationToken ct) =>
        await sessions.Find(token, ct) is { } start ? await Show(http, token, start, sessions, null, ct) : Missing();

    private static async Task<IResult> Show(HttpContext http, string token, PhoneStart start, GuestSessions sessions, string? error, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["Referrer-Policy"] = "no-referrer"; // the address is the key
        return await sessions.Model(token, start, http.User.Identity is { IsAuthenticated: true }, error, ct) is { } model
            ? new RazorComponentResult<GuestSessionPage>(new { Model = model }) { StatusCode = error is null ? StatusCodes.Status200OK : StatusCodes.Status409Conflict }
            : Missing();
    }

    private static async Task<IResult> SessionLive(string token, HttpContext http, GuestSessions sessions, LiveStream stream, CancellationToken ct)
    {
        if (await sessions.Find(token, ct) is not { } start)
        {
            return Missing();
        }

        await stream.Write(http, async now => (await sessions.State(start, now)).State);
        return TypedResults.Empty;
    }

    private static async Task<IResult> Curve(string token, GuestSessions sessions, FindSamples samples, CancellationToken ct) =>
        await sessions.Find(token, ct) is { } start && (await sessions.State(start, ct)).Session is { } session
            ? new RazorComponentResult<PowerCurve>(new { Session = session, Samples = await samples.Run(session.Id, ct) })
            : Missing();

    private static async Task<IResult> Stop(string token, HttpContext http, GuestSessions sessions, PhoneStarts starts, Texts texts, CancellationToken ct)
    {
        if (await sessions.Find(token, ct) is not { } start)
        {
            return Missing();
        }

        if ((await sessions.State(start, ct)).Session is { State: SessionState.Active } running && await starts.Stop(running, ct) is { } refusal)
        {
            return await Show(http, token, start, sessions, refusal.Word(texts, isStart: false), ct);
        }

        return TypedResults.Redirect($"/g/{token}?lang={Texts.Language}");
    }

    /// <summary>Why not, and what to do.</summary>
    internal static string Word(this StartRefusal refusal, Texts t, bool isStart) => refusal switch
    {
        StartRefusal.Offline => isStart ? t["app.refused.offline"] : t["app.stopRefused.offline"],
        StartRefusal.Rejected => isStart ? t["app.refused.rejected"] : t["app.stopRefused.rejected"],
        StartRefusal.NoAnswer => isStart ? t["app.refused.noAnswer"] : t["app.stopRefused.noAnswer"],
        StartRefusal.Busy => t["app.refused.busy"],
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, "No such reason."),
    };

    private static ProblemHttpResult Missing() => Problems.NotFound("charge point");
}

/// <summary>A guest's session by its link.</summary>
internal sealed class GuestSessions(LadewerkDb db, TenantContext tenant, ChargePoints points, PhoneStarts starts, OperatorLooks looks, LiveViews live, SessionViews views, FindSamples samples, IEnumerable<GuestSessionPart> parts, TimeProvider time)
{
    /// <summary>The start behind a link, whoever operates the point; the scope works for that operator from then on.</summary>
    public async Task<PhoneStart?> Find(string secret, CancellationToken ct)
    {
        var hash = new LinkToken(secret).Hash;
        var found = await db.Set<PhoneStart>().IgnoreQueryFilters().AsNoTracking().SingleOrDefaultAsync(p => p.TokenHash == hash, ct);
        if (found is not null)
        {
            tenant.Use(found.TenantId);
        }

        return found;
    }

    /// <summary>How far it is.</summary>
    public async Task<(LiveState State, ChargingSession? Session)> State(PhoneStart start, CancellationToken ct)
    {
        if (await starts.Session(start, ct) is { } session)
        {
            return (await live.Of(session, ct), session);
        }

        return (time.GetUtcNow() - start.RequestedAt > PhoneStarts.Patience ? LiveViews.Failed : LiveViews.Waiting, null);
    }

    public async Task<GuestSessionModel?> Model(string token, PhoneStart start, bool isSignedIn, string? error, CancellationToken ct)
    {
        if (await points.Of(start.StationId, start.EvseNumber, ct) is not { } point)
        {
            return null;
        }

        var (state, session) = await State(start, ct);
        var cost = session is null ? null : LiveViews.CostOf(await views.Of(session, ct));
        return new GuestSessionModel(await looks.Current(ct), point, token, state, session, cost, session is null ? [] : await samples.Run(session.Id, ct), [.. parts], isSignedIn, error);
    }
}
