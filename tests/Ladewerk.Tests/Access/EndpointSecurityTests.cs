using System.Net;
using Ladewerk.Access;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Tests.Hosting;
using Ladewerk.Tests.Sessions.App;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;

namespace Ladewerk.Tests.Access;

/// <summary>Walks over every endpoint there is, so that a new one cannot be left open.</summary>
public sealed class EndpointSecurityTests(Database database)
{
    /// <summary>What a stranger gets; a new entry is a decision.</summary>
    private static readonly string[] Public =
    [
        "GET /", "POST /", "GET /second-factor", "POST /second-factor", "POST /language", "GET /health/live", "GET /health/ready", "GET /openapi/{documentName}.json",
        // who forgot a password, confirms an address or was invited has nothing but the link
        "GET /forgotten", "POST /forgotten", "GET /confirm", "POST /confirm", "GET /confirm/{token}", "POST /confirm/{token}",
        // how somebody becomes a driver
        "GET /register", "POST /register", "GET /{tenant}/register",
        // a passkey is a sign-in: its question is the same for everybody
        "POST /passkey/options", "POST /passkey",
        // with which operator: answers only who has the closed cookie of a right password
        "GET /operator", "POST /operator",
        // the way to a provider of OpenID Connect and back; the answer counts once and only in the browser that asked
        "GET /sign-in/{id:guid}", "GET /sign-in/callback",
        "GET /ocpp/{station}", "GET /ocpp/{tenant}/{station}", "PUT /upload/{token}/{**name}", "POST /upload/{token}/{**name}", "GET /firmware/{token}/{**name}", "HEAD /firmware/{token}/{**name}",
        "GET /r/{token}", "GET /r/{token}/transparency.xml", "GET /r/{token}/receipt.pdf", "POST /r/{token}/mail", "GET /c/{evseId}", "GET /c/{evseId}/live", "GET /g/{token}", "GET /g/{token}/live", "GET /g/{token}/curve", "POST /g/{token}/stop", "POST /c/{evseId}/start", "POST /c/{evseId}/pay", "GET /pay/{token}", "GET /pay/{token}/receipt.pdf", "GET /payouts/account/{token}", "GET /payouts/account/{token}/go", "POST /webhooks/stripe", "POST /webhooks/stripe/{tenant}", "GET /v/{code}", "GET /prices/{slug}", "GET /v/{code}/go", "GET /brand/{slug}/style.css", "GET /brand/{slug}/logo.svg", "GET /brand/{slug}/icon.svg", "GET /brand/{slug}/icon-{size:int}.png", "GET /brand/{slug}/badge.png", "GET /app/sw.js",
        "POST /c/{evseId}/terminal", "GET /c/{evseId}/receipt", "POST /c/{evseId}/receipt", "POST /pay/{token}/cancel",
        "GET /pay/method/{token}", "POST /pay/method/{token}", "GET /pay/invoice/{token}", "POST /pay/invoice/{token}",
        "GET /notifications/unsubscribe/{token}", "POST /notifications/unsubscribe/{token}",
    ];

    /// <summary>What any signed-in account or key gets, whatever it may do.</summary>
    private static readonly string[] Anybody =
    [
        "POST /sign-out", "GET /portal/account", "POST /portal/account/password", "POST /portal/account/email", "POST /portal/account/elsewhere", "POST /portal/account/second-factor/prepare", "POST /portal/account/second-factor",
        "GET /portal/notifications", "GET /portal/notifications/bell", "POST /portal/notifications/read", "GET /portal/account/notifications", "POST /portal/account/notifications", "POST /portal/account/notifications/browsers/{id:guid}/remove",
        "GET /api/v1/push/key", "GET /api/v1/push/subscriptions", "POST /api/v1/push/subscriptions", "DELETE /api/v1/push/subscriptions/{id:guid}",
        "GET /api/v1/notifications", "GET /api/v1/notifications/unread", "POST /api/v1/notifications/read", "GET /api/v1/notifications/catalogue", "GET /api/v1/notifications/preferences", "PATCH /api/v1/notifications/preferences",
        "POST /account/passkeys/options", "POST /account/passkeys", "POST /account/passkeys/{id}/rename", "POST /account/passkeys/{id}/remove",
        "POST /account/external/{id:guid}", "POST /account/external/{id:guid}/remove", "POST /account/sign-ins/{id:guid}/end", "POST /account/sign-ins/end",
        "POST /portal/account/second-factor/codes", "POST /portal/account/second-factor/off", "GET /portal/more", "GET /portal/search", "GET /portal/{*path:nonfile}",
    ];

    [Fact]
    public async Task A_stranger_gets_nothing_but_what_is_public()
    {
        await using var host = await LadewerkHost.Start(database);
        using var stranger = host.Stranger();
        var open = new List<string>();
        foreach (var stop in Walk.Endpoints(host).Where(e => !Public.Contains(e.Name)))
        {
            using var answer = await Walk.Send(stranger, stop, stop.Path);
            if (answer.StatusCode != HttpStatusCode.Unauthorized || stop.Endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            {
                open.Add($"{stop.Name}: {(int)answer.StatusCode}");
            }
        }

        open.ShouldBeEmpty();
    }

    [Fact]
    public async Task Everything_but_what_is_for_all_asks_for_a_permission()
    {
        await using var host = await LadewerkHost.Start(database);
        using var nobody = host.WithKey(await AddKey(host, await Tenant(host), []));
        var open = new List<string>();
        foreach (var stop in Walk.Endpoints(host).Where(e => !Public.Contains(e.Name) && !Anybody.Contains(e.Name)))
        {
            using var answer = await Walk.Send(nobody, stop, stop.Path);
            if (answer.StatusCode != HttpStatusCode.Forbidden)
            {
                open.Add($"{stop.Name}: {(int)answer.StatusCode}");
            }
        }

        open.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_driver_gets_the_app_and_nothing_of_other_drivers()
    {
        await using var host = await LadewerkHost.Start(database);
        var theirs = await Seed(host);
        var badge = await host.Api.Post("/api/v1/id-tokens", new { uid = "11223344556677", driverId = theirs["drivers"] }).Is(HttpStatusCode.Created);
        (theirs["badges"], theirs["p"]) = (badge.GetProperty("uid").GetString()!, "OUR-STATION");
        using var anna = await DriverAppTests.Driver(host, "anna@example.org", "Anna");
        var found = new List<string>();
        foreach (var stop in Walk.Endpoints(host).Where(e => !Public.Contains(e.Name) && e.Name != "POST /sign-out" && !e.Name.EndsWith("/events", StringComparison.Ordinal)))
        {
            var path = stop.Fill(segment => theirs.GetValueOrDefault(segment) ?? Guid.NewGuid().ToString());
            using var answer = await Walk.Send(anna, stop, path);
            var body = answer.Content.Headers.ContentType?.MediaType == "text/event-stream" ? "" : await answer.Content.ReadAsStringAsync();
            var isHers = stop.Path is "/app" or "/register/status" || stop.Path.StartsWith("/app/", StringComparison.Ordinal) || Anybody.Contains(stop.Name);
            if ((int)answer.StatusCode >= 500 || (!isHers && answer.StatusCode != HttpStatusCode.Forbidden)
                || theirs.Values.FirstOrDefault(id => id.Length > 12 && body.Contains(id, StringComparison.OrdinalIgnoreCase) && !path.Contains(id, StringComparison.OrdinalIgnoreCase)) is not null)
            {
                found.Add($"{stop.Name} as {path}: {(int)answer.StatusCode}");
            }
        }

        found.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_expired_key_opens_nothing()
    {
        var time = new ManualTime();
        await using var host = await LadewerkHost.Start(database, time);
        var made = await host.Api.Post("/api/v1/api-keys", new { name = "late", permissions = Permission.All, expiresAt = time.GetUtcNow().AddHours(1) }).Is(HttpStatusCode.Created);
        using var late = host.WithKey(made.GetProperty("secret").GetString()!);
        (await late.GetAsync("/api/v1/stations")).StatusCode.ShouldBe(HttpStatusCode.OK);
        time.Advance(TimeSpan.FromHours(2));
        var open = new List<string>();
        foreach (var stop in Walk.Endpoints(host).Where(e => !Public.Contains(e.Name)))
        {
            using var answer = await Walk.Send(late, stop, stop.Path);
            if (answer.StatusCode != HttpStatusCode.Unauthorized)
            {
                open.Add($"{stop.Name}: {(int)answer.StatusCode}");
            }
        }

        open.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_revoked_or_expired_key_is_refused()
    {
        var time = new ManualTime();
        await using var host = await LadewerkHost.Start(database, time);
        var made = await host.Api.Post("/api/v1/api-keys", new { name = "reader", permissions = new[] { "stations.read" }, expiresAt = time.GetUtcNow().AddHours(1) }).Is(HttpStatusCode.Created);
        var secret = made.GetProperty("secret").GetString()!;
        secret.ShouldStartWith("lwk_");
        (await host.Api.GetStringAsync("/api/v1/api-keys")).ShouldNotContain(secret);
        using var reader = host.WithKey(secret);
        (await reader.GetAsync("/api/v1/stations")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await reader.Post("/api/v1/stations", new { id = "x" }).IsProblem(HttpStatusCode.Forbidden, "forbidden");

        time.Advance(TimeSpan.FromHours(2));
        await reader.GetAsync("/api/v1/stations").IsProblem(HttpStatusCode.Unauthorized, "unauthenticated");

        var second = await host.Api.Post("/api/v1/api-keys", new { name = "second" }).Is(HttpStatusCode.Created);
        using var all = host.WithKey(second.GetProperty("secret").GetString()!);
        (await all.GetAsync("/api/v1/stations")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await host.Api.DeleteAsync($"/api/v1/api-keys/{second.GetProperty("key").GetProperty("id").GetString()}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await all.GetAsync("/api/v1/stations")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_key_cannot_make_one_that_may_do_more()
    {
        await using var host = await LadewerkHost.Start(database);
        using var limited = host.WithKey(await AddKey(host, await Tenant(host), [Permission.SettingsWrite]));
        await limited.Post("/api/v1/api-keys", new { name = "more", permissions = new[] { "billing.write" } }).IsProblem(HttpStatusCode.Forbidden, "forbidden");
        await limited.Post("/api/v1/accounts", new { email = "a@example.org", displayName = "A", role = "operatorAdmin", password = "long enough to do" }).IsProblem(HttpStatusCode.Forbidden, "forbidden");
    }

    /// <summary>One thing of each kind in the first tenant: the segment of its address, and its id.</summary>
    private static async Task<Dictionary<string, string>> Seed(LadewerkHost host)
    {
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (segment, body) in new (string, object)[]
        {
            ("sites", new { name = "Our site" }), ("stations", new { id = "OUR-STATION" }), ("id-tokens", new { uid = "0A1B2C3D4E5F60" }), ("drivers", new { name = "Our driver" }),
            ("billing-accounts", new { name = "Our payer" }), ("contracts", new { name = "Our contract" }), ("vehicles", new { name = "Our car" }),
            ("vouchers", new { name = "Our vouchers", grants = "sessions", amount = 1 }), ("guest-codes", new { label = "Our guest", validUntil = TimeProvider.System.GetUtcNow().AddDays(1) }),
            ("accounts", new { email = "ours@example.org", displayName = "Ours", role = "readOnly", password = "long enough to do" }),
        })
        {
            var made = await host.Api.Post($"/api/v1/{segment}", body).Is(HttpStatusCode.Created);
            ids[segment] = (segment == "id-tokens" ? made.GetProperty("uid") : made.GetProperty("id")).GetString()!;
        }

        var key = await host.Api.Post("/api/v1/api-keys", new { name = "ours" }).Is(HttpStatusCode.Created);
        ids["api-keys"] = key.GetProperty("key").GetProperty("id").GetString()!;
        return ids;
    }

    private static async Task<TenantId> Tenant(LadewerkHost host)
    {
        await using var scope = host.Services.CreateAsyncScope();
        return Enumerable.Single(scope.ServiceProvider.GetRequiredService<LadewerkDb>().Set<Tenant>()).Id;
    }

    internal static async Task<TenantId> AddTenant(LadewerkHost host, string slug)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<LadewerkDb>();
        var tenant = new Tenant { Slug = slug, Name = slug };
        db.Add(tenant);
        await db.SaveChangesAsync();
        return tenant.Id;
    }

    internal static async Task<string> AddKey(LadewerkHost host, TenantId tenant, IReadOnlyList<string> permissions)
    {
        await using var scope = host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(tenant);
        return (await scope.ServiceProvider.GetRequiredService<CreateApiKey>().Run(new NewApiKey("test", permissions), CancellationToken.None)).Secret;
    }
}
