using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ladewerk.Access;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Tests.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Ladewerk.Tests.Access;

/// <summary>Walks over every endpoint there is, so that a new one cannot be left open.</summary>
public sealed partial class EndpointSecurityTests(Database database)
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
        // the way to a provider of OpenID Connect and back; the answer counts once and only in the browser that asked
        "GET /sign-in/{id:guid}", "GET /sign-in/callback",
        "GET /ocpp/{station}", "GET /ocpp/{tenant}/{station}", "PUT /upload/{token}/{**name}", "POST /upload/{token}/{**name}", "GET /firmware/{token}/{**name}", "HEAD /firmware/{token}/{**name}",
        "GET /c/{evseId}", "GET /c/{evseId}/live", "GET /g/{token}", "GET /g/{token}/live", "GET /g/{token}/curve", "POST /g/{token}/stop", "POST /c/{evseId}/start", "GET /brand/{slug}/style.css", "GET /brand/{slug}/logo.svg", "GET /brand/{slug}/icon.svg", "GET /app/sw.js",
        "GET /notifications/unsubscribe/{token}", "POST /notifications/unsubscribe/{token}",
    ];

    /// <summary>What any signed-in account or key gets, whatever it may do.</summary>
    private static readonly string[] Anybody =
    [
        "POST /sign-out", "GET /portal/account", "POST /portal/account/password", "POST /portal/account/email", "POST /portal/account/elsewhere", "POST /portal/account/second-factor/prepare", "POST /portal/account/second-factor",
        "GET /portal/notifications", "GET /portal/notifications/bell", "POST /portal/notifications/read", "GET /portal/account/notifications", "POST /portal/account/notifications",
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
        foreach (var (name, method, path, endpoint) in Endpoints(host).Where(e => !Public.Contains(e.Name)))
        {
            using var answer = await Send(stranger, method, path, endpoint);
            if (answer.StatusCode != HttpStatusCode.Unauthorized || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            {
                open.Add($"{name}: {(int)answer.StatusCode}");
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
        foreach (var (name, method, path, endpoint) in Endpoints(host).Where(e => !Public.Contains(e.Name) && !Anybody.Contains(e.Name)))
        {
            using var answer = await Send(nobody, method, path, endpoint);
            if (answer.StatusCode != HttpStatusCode.Forbidden)
            {
                open.Add($"{name}: {(int)answer.StatusCode}");
            }
        }

        open.ShouldBeEmpty();
    }

    [Fact]
    public async Task Another_tenant_finds_nothing_of_ours()
    {
        await using var host = await LadewerkHost.Start(database);
        var ours = await Seed(host);
        using var other = host.WithKey(await AddKey(host, await AddTenant(host, "other"), Permission.All));
        var found = new List<string>();
        foreach (var (name, method, _, endpoint) in Endpoints(host).Where(e => e.Name.Contains("/api/v1/") && !e.Name.EndsWith("/events", StringComparison.Ordinal)))
        {
            var path = Fill(endpoint, segment => ours.GetValueOrDefault(segment) ?? Guid.NewGuid().ToString());
            using var answer = await Send(other, method, path, endpoint);
            var body = await answer.Content.ReadAsStringAsync();
            var isOurs = endpoint.RoutePattern.Parameters.Count > 0 && ours.ContainsKey(Segment(endpoint));
            if ((int)answer.StatusCode >= 500 || (isOurs && answer.IsSuccessStatusCode) || ours.Values.Any(id => body.Contains(id, StringComparison.OrdinalIgnoreCase)))
            {
                found.Add($"{name} as {path}: {(int)answer.StatusCode} {body}");
            }
        }

        found.ShouldBeEmpty();
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

    private static IEnumerable<(string Name, string Method, string Path, RouteEndpoint Endpoint)> Endpoints(LadewerkHost host) =>
        from endpoint in host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        where !endpoint.RoutePattern.RawText!.StartsWith("/_framework", StringComparison.Ordinal)
        select ($"{method} /{endpoint.RoutePattern.RawText!.Trim('/')}", method, Fill(endpoint, _ => Guid.Empty.ToString()), endpoint);

    /// <summary>The address with every parameter filled in; a parameter is known by the segment before it.</summary>
    private static string Fill(RouteEndpoint endpoint, Func<string, string> value)
    {
        var parts = new List<string>();
        foreach (var segment in endpoint.RoutePattern.RawText!.Trim('/').Split('/'))
        {
            var before = parts.LastOrDefault() ?? "";
            parts.Add(Parameter().Replace(segment, _ => Uri.EscapeDataString(value(before))));
        }

        return "/" + string.Join('/', parts);
    }

    private static string Segment(RouteEndpoint endpoint)
    {
        var segments = endpoint.RoutePattern.RawText!.Trim('/').Split('/');
        return segments[Math.Max(0, Array.FindIndex(segments, s => s.Contains('{')) - 1)];
    }

    private static async Task<HttpResponseMessage> Send(HttpClient client, string method, string path, RouteEndpoint endpoint)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (method is "POST" or "PUT" or "PATCH")
        {
            var kind = endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes is [var first, ..] ? first : "application/json";
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(kind.StartsWith("multipart", StringComparison.Ordinal) ? "--x--" : "{}"));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", kind.StartsWith("multipart", StringComparison.Ordinal) ? kind + "; boundary=x" : kind);
        }

        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
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

    private static async Task<TenantId> AddTenant(LadewerkHost host, string slug)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<LadewerkDb>();
        var tenant = new Tenant { Slug = slug, Name = slug };
        db.Add(tenant);
        await db.SaveChangesAsync();
        return tenant.Id;
    }

    private static async Task<string> AddKey(LadewerkHost host, TenantId tenant, IReadOnlyList<string> permissions)
    {
        await using var scope = host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(tenant);
        return (await scope.ServiceProvider.GetRequiredService<CreateApiKey>().Run(new NewApiKey("test", permissions), CancellationToken.None)).Secret;
    }

    [GeneratedRegex(@"\{[^}]+\}", RegexOptions.NonBacktracking)]
    private static partial Regex Parameter();
}
