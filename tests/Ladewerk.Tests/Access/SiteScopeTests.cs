using System.Net;
using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Tests.Hosting;
using Npgsql;

namespace Ladewerk.Tests.Access;

/// <summary>Somebody whose role counts for one site sees and commands nothing of another, whatever is asked.</summary>
public sealed class SiteScopeTests(Database database)
{
    /// <summary>Where the things of a site are found: the segment before a parameter, and the query that finds one of the site's ($1).</summary>
    private static readonly Dictionary<string, string> Things = new(StringComparer.Ordinal)
    {
        ["sites"] = "select $1::text",
        ["settings"] = "select $1::text",
        ["stations"] = "select identity from charging_station where site_id = $1 order by identity limit 1",
        ["sessions"] = "select id::text from charging_session where site_id = $1 order by id desc limit 1",
        ["reservations"] = Of("reservation"),
        ["jobs"] = "select job_id::text from job_station where station_id in (select id from charging_station where site_id = $1) limit 1",
        ["campaigns"] = "select campaign_id::text from campaign_station where station_id in (select id from charging_station where site_id = $1) limit 1",
        ["findings"] = Of("finding"),
        ["schedules"] = "select id::text from station_schedule where site_id = $1 limit 1",
        ["exclusions"] = "select id::text from uptime_exclusion where site_id = $1 limit 1",
        ["commands"] = Of("station_command"),
        ["certificates"] = Of("station_certificate"),
        ["files"] = Of("station_file"),
        ["file-requests"] = Of("file_request"),
        ["firmware-updates"] = Of("firmware_update"),
        ["security-events"] = Of("security_event"),
        ["review-items"] = Of("review_item"),
    };

    /// <summary>What else a tenant has.</summary>
    private static readonly Dictionary<string, string> OfTheTenant = new(StringComparer.Ordinal)
    {
        ["drivers"] = Any("driver"),
        ["billing-accounts"] = Any("billing_account"),
        ["id-tokens"] = "select uid from id_token where $1::uuid is not null order by uid limit 1",
        ["badges"] = Any("id_token"),
        ["badge-batches"] = Any("badge_batch"),
        ["badge-orders"] = Any("badge_order"),
        ["contracts"] = Any("contract"),
        ["vehicles"] = Any("vehicle"),
        ["vouchers"] = Any("code_batch"),
        ["guest-codes"] = Any("charge_code"),
        ["accounts"] = Any("account"),
        ["api-keys"] = Any("api_key"),
        ["invoices"] = Any("invoice"),
        ["tariffs"] = Any("tariff"),
        ["templates"] = "select key from station_template where $1::uuid is not null limit 1",
        ["firmware"] = Any("firmware"),
        ["roles"] = Any("own_role"),
    };

    [Fact]
    public async Task The_manager_of_one_site_finds_nothing_of_another()
    {
        await using var host = await Demonstration();
        var (mine, other) = await Sites(host);
        using var manager = host.WithKey(await KeyFor(host, mine, [.. Permission.OfSites]));
        (await Told(host, manager, other, await Ids(host, mine), await Ids(host, other))).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_administrator_of_another_tenant_finds_nothing_of_ours()
    {
        await using var host = await Demonstration();
        var (site, _) = await Sites(host);
        foreach (var (segment, body) in new (string, object)[]
        {
            ("contracts", new { name = "Our contract" }), ("vehicles", new { name = "Our car" }), ("vouchers", new { name = "Our vouchers", grants = "sessions", amount = 1 }),
            ("guest-codes", new { label = "Our guest", validUntil = TimeProvider.System.GetUtcNow().AddDays(1), siteId = site }), ("api-keys", new { name = "Our key" }),
            ("accounts", new { email = "ours@example.org", displayName = "Ours", role = "readOnly", password = "long enough to do" }),
        })
        {
            await host.Api.Post($"/api/v1/{segment}", body).Is(HttpStatusCode.Created);
        }

        using var stranger = host.WithKey(await EndpointSecurityTests.AddKey(host, await EndpointSecurityTests.AddTenant(host, "other"), Permission.All));
        (await Told(host, stranger, site, await Ids(host, site, OfTheTenant), null)).ShouldBeEmpty();
    }

    /// <summary>What a walk over all endpoints tells of a site, or lets be done with its things, that it should not.</summary>
    /// <param name="theirs">Things that are not the caller's. Where <paramref name="others"/> is given, these are the caller's own and the others are not.</param>
    private static async Task<List<string>> Told(LadewerkHost host, HttpClient caller, Guid site, Dictionary<string, string> theirs, Dictionary<string, string>? others)
    {
        var (mine, foreign) = others is null ? (null, theirs) : (theirs, others);
        var secrets = await Secrets(host, site);
        secrets.AddRange(foreign.Values.Where(v => Guid.TryParse(v, out _)));
        var found = new List<string>();
        foreach (var stop in Walk.Endpoints(host).Where(e => !e.Name.EndsWith("/events", StringComparison.Ordinal) && !e.Name.Contains("/ocpp/{station}") && !e.Name.Contains("/openapi/") && !e.Name.Contains(" /c/{evseId}") && !e.Name.Contains(" /brand/")))
        {
            foreach (var ids in mine is not null && stop.Method == "GET" && stop.Endpoint.RoutePattern.Parameters.Count > 0 ? new[] { mine, foreign } : [foreign])
            {
                var path = stop.Fill(segment => ids.GetValueOrDefault(segment) ?? Guid.NewGuid().ToString());
                using var answer = await Walk.Send(caller, stop, path);
                var body = answer.Content.Headers.ContentType?.MediaType == "text/event-stream" ? "" : await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                var isTheirs = ids == foreign && foreign.ContainsKey(stop.Segment);
                if ((int)answer.StatusCode >= 500 || (isTheirs && answer.IsSuccessStatusCode) || secrets.FirstOrDefault(s => body.Contains(s, StringComparison.OrdinalIgnoreCase) && !path.Contains(s, StringComparison.OrdinalIgnoreCase)) is { } told && (body = told + " in " + body) is not null)
                {
                    found.Add($"{stop.Name} as {path}: {(int)answer.StatusCode} {body[..Math.Min(body.Length, 300)]}");
                }
            }
        }

        return found;
    }

    [Fact]
    public async Task The_manager_of_one_site_sees_what_is_his()
    {
        await using var host = await Demonstration();
        var (mine, other) = await Sites(host);
        using var manager = host.WithKey(await KeyFor(host, mine, [.. Permission.OfSites]));
        var count = async (string sql, Guid site) => (long)(await Scalar(host, sql, site))!;

        (await Items(manager, "/api/v1/stations?limit=500")).Count.ShouldBe((int)await count("select count(*) from charging_station where site_id = $1 and removed_at is null", mine));
        (await Items(manager, "/api/v1/sessions?limit=500")).Count.ShouldBe((int)Math.Min(500, await count("select count(*) from charging_session where site_id = $1", mine)));
        (await Items(manager, "/api/v1/sites")).ShouldHaveSingleItem();
        var changed = await manager.Patch($"/api/v1/sites/{mine}", new { openingHours = "24/7" }).Is(HttpStatusCode.OK);
        changed.GetProperty("openingHours").GetString().ShouldBe("24/7");

        var made = await manager.Post("/api/v1/stations", new { id = "MINE-1", siteId = mine }).Is(HttpStatusCode.Created);
        made.GetProperty("id").GetString().ShouldBe("MINE-1");
        await manager.Post("/api/v1/stations", new { id = "MINE-2" }).IsProblem(HttpStatusCode.Forbidden, "outside-scope");
        await manager.Post("/api/v1/stations", new { id = "MINE-3", siteId = other }).Is(HttpStatusCode.BadRequest);
        await manager.Patch("/api/v1/stations/MINE-1", new { siteId = other }).Is(HttpStatusCode.BadRequest);
        await manager.Post("/api/v1/sites", new { name = "One more" }).IsProblem(HttpStatusCode.Forbidden, "outside-scope");
    }

    [Fact]
    public async Task The_manager_of_one_site_hears_nothing_live_of_another()
    {
        await using var host = await LadewerkHost.Start(database);
        var sites = new List<Guid>();
        foreach (var name in new[] { "A", "B" })
        {
            sites.Add((await host.Api.Post("/api/v1/sites", new { name }).Is(HttpStatusCode.Created)).GetProperty("id").GetGuid());
            await host.Api.Post("/api/v1/stations", new { id = "LIVE-" + name, siteId = sites[^1] }).Is(HttpStatusCode.Created);
        }

        using var manager = host.WithKey(await KeyFor(host, sites[0], [Permission.StationsRead, Permission.SessionsRead]));
        using var answer = await manager.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        (await lines.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe(": open");
        var tenant = TenantId.From((Guid)(await Scalar(host, "select tenant_id from site where id = $1", sites[0]))!);
        var feed = (LiveFeed)host.Services.GetService(typeof(LiveFeed))!;
        foreach (var topic in new[] { "station", "connector", "session", "command", "finding", "reservation", "message" })
        {
            feed.Publish(tenant, topic, new { StationId = "LIVE-B", Topic = topic });
        }

        feed.Publish(tenant, "station", new { StationId = "LIVE-A", Online = true });
        string? heard;
        do
        {
            heard = await lines.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
            heard.ShouldNotBeNull().ShouldNotContain("LIVE-B");
        }
        while (!heard.Contains("LIVE-A", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_of_the_whole_operator_is_not_opened_by_a_role_for_a_site()
    {
        await using var host = await Demonstration();
        var (mine, _) = await Sites(host);
        using var manager = host.WithKey(await KeyFor(host, mine, [.. Permission.All]));
        foreach (var path in new[] { "/api/v1/accounts", "/api/v1/audit", "/api/v1/api-keys", "/api/v1/tenant", "/api/v1/invoices", "/portal/accounts" })
        {
            (await manager.GetAsync(path, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Forbidden, path);
        }

        (await manager.GetAsync("/api/v1/tariffs", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await manager.Post("/api/v1/tariffs", new { currency = "EUR", name = "Mine" }).IsProblem(HttpStatusCode.Forbidden, "forbidden");
    }

    [Fact]
    public async Task Every_table_says_what_it_is_within_a_scope_of_sites()
    {
        await using var data = NpgsqlDataSource.Create(await database.Create());

        // One that hangs on a site or station by its column needs no word; any other one needs a row in site_scope_rule, made by the migration that makes it.
        var silent = await data.Rows(
            """
            select c.relname from pg_class c
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
              and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname in ('site_id', 'station_id') and not a.attisdropped)
              and not exists (select from site_scope_rule r where r.table_name = c.relname)
            """,
            r => r.GetString(0),
            TestContext.Current.CancellationToken);
        var gone = await data.Rows("select table_name from site_scope_rule where to_regclass(table_name) is null", r => r.GetString(0), TestContext.Current.CancellationToken);

        silent.ShouldBeEmpty();
        gone.ShouldBeEmpty();
    }

    private static string Any(string table) => $"select id::text from {table} where $1::uuid is not null order by id limit 1";

    private static string Of(string table) => $"select id::text from {table} where station_id in (select id from charging_station where site_id = $1) limit 1";

    /// <summary>The demonstration, with one thing of each kind at two sites.</summary>
    private async Task<LadewerkHost> Demonstration()
    {
        var host = await LadewerkHost.Start(database, options: new Dictionary<string, string?> { ["Demo:Enabled"] = "true" });
        var (mine, other) = await Sites(host);
        foreach (var site in new[] { mine, other })
        {
            var station = (string)(await Scalar(host, Things["stations"], site))!;
            await host.Api.Post("/api/v1/jobs", new { command = "reset", body = new { hard = false }, stations = new[] { station }, options = new { startAt = DateTimeOffset.Parse("2099-01-01T00:00:00Z", null) } }).Is(HttpStatusCode.Created);
            foreach (var insert in Inserts)
            {
                await Run(host, insert, site);
            }
        }

        return host;
    }

    // What comes about by itself in the field, or over days: one of each at a station of the site.
    private static readonly string[] Inserts =
    [
        One("finding", "kind, key, severity, opened_at, last_seen_at", "'offline', 'offline ' || id, 'warning', now(), now()"),
        One("finding_action", "finding_id, kind, step, mode, command, body, at, requested_by", "(select f.id from finding f where f.station_id = s.id limit 1), 'offline', 0, 'manual', 'reset', '{}', now(), 'x'"),
        One("station_command", "command, request, requested_by, requested_at, outcome", "'reset', '{}', 'x', now(), 'Accepted'"),
        One("security_event", "type, severity, critical, occurred_at, received_at", "'TamperDetectionActivated', 'alarm', true, now(), now()"),
        One("review_item", "kind, at, detail", "'meterReset', now(), '{}'"),
        One("reservation", "number, id_token, id_token_key, starts_at, expires_at, state, requested_by, created_at", "1, 'AABBCCDD', 'AABBCCDD', now() + interval '1 day', now() + interval '2 days', 'planned', 'x', now()"),
        One("file_request", "kind, state, requested_by, requested_at, updated_at, token_hash, link_until", "'diagnostics', 'uploaded', 'x', now(), now(), sha256(id::text::bytea), now()"),
        One("station_file", "kind, name, size_bytes, sha256, storage_key, requested_by, received_at", "'diagnostics', 'a.zip', 1, '', 'none', 'x', now()"),
        One("station_certificate", "status, requested_at", "'requested', now()"),
        One("firmware_update", "firmware_id, state, target_version, retrieve_at, within, requested_by, requested_at, updated_at, ended_at, token_hash, link_until",
            "(select f.id from firmware f limit 1), 'failed', '2.0', now(), interval '1 day', 'x', now(), now(), now(), sha256(id::text::bytea), now()"),
        "insert into uptime_exclusion (id, tenant_id, site_id, reason, from_at, to_at, created_at, created_by) select gen_random_uuid(), tenant_id, id, 'maintenance', now() - interval '1 day', now(), now(), 'x' from site where id = $1",
        "insert into local_list_setting (tenant_id, site_id, enabled, changed_at, changed_by) select tenant_id, id, false, now(), 'x' from site where id = $1",
    ];

    private static string One(string table, string columns, string values) =>
        $"insert into {table} (id, tenant_id, station_id, {columns}) select gen_random_uuid(), tenant_id, id, {values} from charging_station s where site_id = $1 order by identity limit 1";

    private static async Task<(Guid Mine, Guid Other)> Sites(LadewerkHost host)
    {
        var data = host.Services.GetService(typeof(NpgsqlDataSource)) as NpgsqlDataSource;
        var sites = await data!.Rows("select s.id from site s where exists (select from charging_station c where c.site_id = s.id) order by s.name", r => r.GetGuid(0), TestContext.Current.CancellationToken);
        return (sites[0], sites[1]);
    }

    /// <summary>Names, identities and ids of the other site and of all that is there.</summary>
    private static async Task<List<string>> Secrets(LadewerkHost host, Guid site)
    {
        var data = (NpgsqlDataSource)host.Services.GetService(typeof(NpgsqlDataSource))!;
        var tables = await data.Rows(
            """
            select c.relname, max(a.attname) filter (where a.attname in ('site_id', 'station_id')) from pg_class c join pg_attribute a on a.attrelid = c.oid
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and not a.attisdropped
            group by c.relname having bool_or(a.attname in ('site_id', 'station_id')) and bool_or(a.attname = 'id' and a.atttypid = 'uuid'::regtype)
            """,
            r => (Table: r.GetString(0), Column: r.GetString(1)),
            TestContext.Current.CancellationToken);
        var secrets = await data.Rows("select unnest(array[s.id::text, s.name]) from site s where id = $1 union all select unnest(array[c.identity, c.id::text]) from charging_station c where site_id = $1", r => r.GetString(0), TestContext.Current.CancellationToken, site);
        foreach (var (table, column) in tables)
        {
            var of = column == "site_id" ? "site_id = $1" : "station_id in (select id from charging_station where site_id = $1)";
            secrets.AddRange(await data.Rows($"select id::text from {table} where {of} limit 2000", r => r.GetString(0), TestContext.Current.CancellationToken, site));
        }

        return secrets;
    }

    private static async Task<Dictionary<string, string>> Ids(LadewerkHost host, Guid site, Dictionary<string, string>? more = null)
    {
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (segment, sql) in Things.Concat(more ?? []))
        {
            if (await Scalar(host, sql, site) is string id)
            {
                ids[segment] = id;
            }
        }

        return ids;
    }

    private static async Task<string> KeyFor(LadewerkHost host, Guid site, string[] permissions)
    {
        if (permissions.Except(Permission.OfSites, StringComparer.Ordinal).Any())
        {
            var wide = await host.Api.Post("/api/v1/api-keys", new { name = "wide", permissions }).Is(HttpStatusCode.Created);
            await Run(host, "update api_key set site_ids = array[$1::uuid] where name = 'wide'", site); // as a role that gives more than counts for a site
            return wide.GetProperty("secret").GetString()!;
        }

        var made = await host.Api.Post("/api/v1/api-keys", new { name = "manager", permissions, siteIds = new[] { site } }).Is(HttpStatusCode.Created);
        return made.GetProperty("secret").GetString()!;
    }

    private static async Task<List<JsonElement>> Items(HttpClient client, string path) => [.. (await client.Json(path)).GetProperty("items").EnumerateArray()];

    private static async Task<object?> Scalar(LadewerkHost host, string sql, Guid site)
    {
        await using var command = ((NpgsqlDataSource)host.Services.GetService(typeof(NpgsqlDataSource))!).CreateCommand(sql.Replace("$1::text", "($1::uuid)::text", StringComparison.Ordinal));
        command.Parameters.Add(new() { Value = site });
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    private static Task<int> Run(LadewerkHost host, string sql, Guid site) => ((NpgsqlDataSource)host.Services.GetService(typeof(NpgsqlDataSource))!).Run(sql, TestContext.Current.CancellationToken, site);
}
