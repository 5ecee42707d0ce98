using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ladewerk.Billing.Sync;
using Ladewerk.Tests.Access;
using Ladewerk.Tests.Hosting;
using Ladewerk.Tests.Notifications;
using Npgsql;

namespace Ladewerk.Tests.Drivers;

/// <summary>Nothing of an erased driver is left in any table but what docs/data-retention.md names.</summary>
public sealed partial class ErasureTests(Database database)
{
    private const string Name = "Kunigunde Wunderlich-Östermann", Email = "kunigunde@beispiel.example", Phone = "+49 171 5550177", Uid = "04C0FFEE99AA55", Visual = "SMU 4711 0815";
    private static readonly string[] Traces = ["Wunderlich", "kunigunde@beispiel", "5550177", "04C0FFEE99AA55", "04:C0:FF:EE", "4711 0815", "P-KW-77", "KW PK 77", "04C0FFEE0077", "04:C0:FF:EE:00:77", "KUND-0815-KW", "Wunderlhausen", "XY77", "MANDAT-KW"];

    [Fact]
    public async Task Who_did_everything_and_is_erased_is_found_only_where_the_retention_list_says()
    {
        await using var mail = await SmtpServer.Start();
        await using var crm = await Listener.Start();
        var options = new Dictionary<string, string?>(mail.Options, StringComparer.Ordinal) { ["Ocpp:Onboarding"] = "Open", ["Outgoing:AllowPrivate"] = "true", ["Billing:SyncPoll"] = "00:00:00.200" };
        await using var host = await LadewerkHost.Start(database, options: options);
        SyncRoute To(string what) => new($"{crm.Address}{what}/{{customerNumber}}", "PUT");
        await host.Api.Post("/api/v1/sync-targets", new SyncTargetWish("CRM", To("accounts"), To("invoices"))).Is(HttpStatusCode.Created);
        var driver = await DoEverything(host, mail);
        (await Find(host)).Count.ShouldBeGreaterThan(8); // the search finds what there is
        await ExportHasIt(host, driver);

        await Run(host, """
            insert into invoice_collection (invoice_id, tenant_id, billing_account_id, state, link_hash, link_sealed, created_at, updated_at) select id, tenant_id, billing_account_id, 'planned', '', '', now(), now() from invoice
            """);
        await host.Api.Post($"/api/v1/drivers/{driver}/erasure", new { }).Is(HttpStatusCode.Accepted);
        await Waits(host, driver, "collection"); // the debit of the last invoice
        for (var i = 0; i < 600 && await Text(host, "select count(*)::text from outbox") != "0"; i++)
        {
            await Task.Delay(50);
        }

        await Run(host, "update invoice_collection set state = 'paid'");
        await Run(host, "update person_erasure set retry_at = now()");
        await Until(host, driver);
        var kept = Kept();
        (await Find(host)).Where(f => !kept.Contains(f.Where)).Select(f => $"{f.Where}: {f.Text}").ShouldBeEmpty();
        while (!Encoding.UTF8.GetString((await crm.Next()).Body).Contains("erased-", StringComparison.Ordinal))
        {
            // the connected system hears of all before it, and of the erasure last
        }

        (await host.Api.Json($"/api/v1/drivers/{driver}")).GetProperty("name").GetString()!.ShouldStartWith("erased-");
        await using var station = await TestStation.Connect(host, "ERASE-1");
        (await station.Call("Authorize", new { idTag = Uid })).GetProperty("idTagInfo").GetProperty("status").GetString().ShouldBe("Invalid");
        (await host.Api.Json("/api/v1/drivers?q=Namensvetter")).GetProperty("items").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public void The_list_in_the_documentation_is_the_one_that_holds() => Kept().Order().ShouldBe(Ladewerk.Drivers.Privacy.Retained.Columns.Keys.Order());

    [Fact]
    public async Task A_running_session_is_waited_for()
    {
        await using var host = await LadewerkHost.Start(database, options: new Dictionary<string, string?> { ["Ocpp:Onboarding"] = "Open" });
        var driver = (await host.Api.Post("/api/v1/drivers", new { name = "Still Charging" }).Is(HttpStatusCode.Created)).GetProperty("id").GetString()!;
        await host.Api.Post("/api/v1/id-tokens", new { uid = "0A0B0C0D0E", driverId = driver }).Is(HttpStatusCode.Created);
        await using var station = await TestStation.Connect(host, "ERASE-2");
        await station.Call("BootNotification", new { chargePointVendor = "V", chargePointModel = "M" });
        await station.Call("StartTransaction", new { connectorId = 1, idTag = "0A0B0C0D0E", meterStart = 0, timestamp = DateTimeOffset.UnixEpoch.AddYears(56) });
        await host.Api.Post($"/api/v1/drivers/{driver}/erasure", new { }).Is(HttpStatusCode.Accepted);
        await Waits(host, driver, "session");
        (await host.Api.Json($"/api/v1/drivers/{driver}")).GetProperty("name").GetString().ShouldBe("Still Charging");
        (await station.Call("Authorize", new { idTag = "0A0B0C0D0E" })).GetProperty("idTagInfo").GetProperty("status").GetString().ShouldBe("Blocked"); // but may not start again
    }

    private static async Task<string> DoEverything(LadewerkHost host, SmtpServer mail)
    {
        await host.Api.Post("/api/v1/drivers", new { name = "Namensvetter Wunderbar" }).Is(HttpStatusCode.Created);
        await RegistrationTests.Rules(host, new { mode = "open" });
        using (var browser = host.Stranger())
        {
            (await RegistrationTests.Register(browser, Email, name: Name)).StatusCode.ShouldBe(HttpStatusCode.OK);
            await RegistrationTests.Confirm(browser, mail, Email);
            await browser.GetStringAsync("/register/status");
        }

        var driver = (await host.Api.Json("/api/v1/drivers?q=Wunderlich")).GetProperty("items")[0];
        var id = driver.GetProperty("id").GetString()!;
        await host.Api.Patch($"/api/v1/drivers/{id}", new { phone = Phone, number = "P-KW-77" }).Is(HttpStatusCode.OK);
        await host.Api.Patch($"/api/v1/billing-accounts/{driver.GetProperty("billingAccountId").GetString()}", new { street = "Wunderlich-Weg 4", company = "Wunderlich & Co", city = "Wunderlhausen", postalCode = "54321", customerNumber = "KUND-0815-KW" }).Is(HttpStatusCode.OK);
        await host.Api.Post("/api/v1/id-tokens", new { uid = "04:C0:FF:EE:99:AA:55", visualNumber = Visual, driverId = id, note = "given to " + Name }).Is(HttpStatusCode.Created);
        await Import(host);
        await Possess(host, id);
        await Charge(host);
        await Wait(host);
        await Bill(host);
        return id;
    }

    /// <summary>A car of their own and one of a fleet, a contract, badges that were refused, a fault that was reported, a browser that gets messages.</summary>
    private static async Task Possess(LadewerkHost host, string driver)
    {
        var fleet = await host.Api.Post("/api/v1/contracts", new { name = "Fuhrpark", kind = "fleetPool", driverIds = new[] { driver }, note = $"Ansprechpartnerin {Name}, {Phone}, {Email}" }).Is(HttpStatusCode.Created);
        await host.Api.Post("/api/v1/vehicles", new { name = "Wunderlichs Auto", plate = "KW PK 77", driverId = driver, mac = "04:C0:FF:EE:00:77", note = Email }).Is(HttpStatusCode.Created);
        await host.Api.Post("/api/v1/vehicles", new { name = "Kombi", contractId = fleet.GetProperty("id").GetString(), driverId = driver, note = "fährt " + Name }).Is(HttpStatusCode.Created);
        using var anna = host.Stranger();
        (await SignInTests.SignIn(anna, RegistrationTests.Sentence, email: Email)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var account = await Text(host, $"select account_id::text from driver where id = '{driver}'");
        await Run(host, $$"""
            insert into payment_method (id, tenant_id, billing_account_id, provider_id, kind, brand, last4, mandate, is_default, added_by, added_at)
              select gen_random_uuid(), tenant_id, billing_account_id, 'pm_erased', 'sepaDebit', 'DE', 'XY77', 'MANDAT-KW', true, 'payer', now() from driver where id = '{{driver}}';
            insert into audit_entry (tenant_id, at, actor_kind, actor, action, subject, subject_id, after)
              select tenant_id, now(), 'account', 'x', 'paymentMethod.added', 'billingAccount', billing_account_id::text, '{"kind": "sepaDebit", "last4": "XY77"}' from driver where id = '{{driver}}';
            insert into push_subscription (id, tenant_id, account_id, label, endpoint, public_key, secret, created_at) select gen_random_uuid(), tenant_id, '{{account}}', 'Phone of {{Name}}', 'https://push.example/' || id, '\x00', '\x00', now() from driver where id = '{{driver}}';
            """);
    }

    /// <summary>A reservation that is still to come, and a badge that is refused.</summary>
    private static async Task Wait(LadewerkHost host)
    {
        await host.Api.Post("/api/v1/reservations", new { stationId = "ERASE-1", idToken = Uid, startsAt = TimeProvider.System.GetUtcNow().AddDays(2), durationMinutes = 60, note = "für " + Name }).Is(HttpStatusCode.Created);
        await host.Api.Patch($"/api/v1/id-tokens/{Uid}", new { status = "blocked" }).Is(HttpStatusCode.OK);
        await using var station = await TestStation.Connect(host, "ERASE-1");
        (await station.Call("Authorize", new { idTag = Uid })).GetProperty("idTagInfo").GetProperty("status").GetString().ShouldBe("Blocked");
    }

    private static async Task Import(LadewerkHost host)
    {
        using var file = new StringContent($"number;name;uid;group\nP-KW-77;{Name};{Uid};Haus 7\n", Encoding.UTF8, "text/csv");
        var import = (await host.Api.PostAsync("/api/v1/drivers/import?start=true", file).Is(HttpStatusCode.Accepted)).GetProperty("id").GetString();
        for (var i = 0; i < 600 && (await host.Api.Json($"/api/v1/drivers/imports/{import}")).GetProperty("state").GetString() != "finished"; i++)
        {
            await Task.Delay(50);
        }
    }

    private static async Task Charge(LadewerkHost host)
    {
        var tariff = await host.Api.Post("/api/v1/tariffs", new { currency = "EUR", name = "By the kilowatt-hour", elements = new[] { new { components = new[] { new { type = "ENERGY", price = 0.5m, vat = 19m } } } } }).Is(HttpStatusCode.Created);
        (await host.Api.Put("/api/v1/assignments", new { level = "tenant", target = "", tariffId = tariff.GetProperty("id").GetString() })).IsSuccessStatusCode.ShouldBeTrue();
        await using var station = await TestStation.Connect(host, "ERASE-1");
        await station.Call("BootNotification", new { chargePointVendor = "V", chargePointModel = "M" });
        await station.Call("Authorize", new { idTag = Uid.ToLowerInvariant() });
        var now = TimeProvider.System.GetUtcNow();
        var transaction = (await station.Call("StartTransaction", new { connectorId = 1, idTag = Uid, meterStart = 0, timestamp = now.AddHours(-1) })).GetProperty("transactionId").GetInt64();
        await station.Call("StopTransaction", new { transactionId = transaction, idTag = Uid, meterStop = 12_000, timestamp = now });
    }

    private static async Task Bill(LadewerkHost host)
    {
        await host.Api.Patch("/api/v1/tenant", new { profile = new { legalName = "Stadtwerke GmbH", street = "Platz 1", postalCode = "12345", city = "Musterstadt", vatId = "DE123456789" } }).Is(HttpStatusCode.OK);
        for (var i = 0; i < 600 && (await host.Api.Json("/api/v1/cdrs")).GetProperty("items").GetArrayLength() == 0; i++)
        {
            await Task.Delay(50);
        }

        (await host.Api.Post("/api/v1/invoices/run", new { })).IsSuccessStatusCode.ShouldBeTrue();
        for (var i = 0; i < 600 && (await host.Api.Json("/api/v1/invoices")).GetProperty("items").GetArrayLength() == 0; i++)
        {
            await Task.Delay(50);
        }

        (await host.Api.Json("/api/v1/invoices")).GetProperty("items").GetArrayLength().ShouldBe(1);
    }

    private static async Task ExportHasIt(LadewerkHost host, string driver)
    {
        await using var zip = await ZipArchive.CreateAsync(await host.Api.GetStreamAsync($"/api/v1/drivers/{driver}/personal-data"), ZipArchiveMode.Read, leaveOpen: false, Encoding.UTF8);
        string[] wanted = ["profile.json", "profile.csv", "badges.json", "charging-sessions.csv", "invoices.json", "registration.json", "changes.json"];
        wanted.ShouldBeSubsetOf(zip.Entries.Select(e => e.FullName));
        using var profile = new StreamReader(await zip.GetEntry("profile.json")!.OpenAsync());
        (await profile.ReadToEndAsync()).ShouldContain(Name);
        foreach (var entry in zip.Entries.Where(e => e.Name.EndsWith(".json", StringComparison.Ordinal)))
        {
            using var text = new StreamReader(await entry.OpenAsync());
            (await text.ReadToEndAsync()).ShouldNotContain("password", Case.Insensitive);
        }
    }

    private static async Task Waits(LadewerkHost host, string driver, string reason)
    {
        for (var i = 0; i < 600 && (await host.Api.Json($"/api/v1/drivers/{driver}/erasure")).GetProperty("waitsFor").GetString() is null or "turn"; i++)
        {
            await Task.Delay(50);
        }

        (await host.Api.Json($"/api/v1/drivers/{driver}/erasure")).GetProperty("waitsFor").GetString().ShouldBe(reason);
    }

    private static async Task Until(LadewerkHost host, string driver)
    {
        JsonElement now = default;
        for (var i = 0; i < 1200; i++)
        {
            now = await host.Api.Json($"/api/v1/drivers/{driver}/erasure");
            if (now.GetProperty("state").GetString() == "done")
            {
                return;
            }

            await Task.Delay(50);
        }

        throw new InvalidOperationException("Not erased: " + now);
    }

    private static async Task<string> Text(LadewerkHost host, string sql)
    {
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using var command = data.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private static async Task Run(LadewerkHost host, string sql)
    {
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using var command = data.CreateCommand(sql);
        (await command.ExecuteNonQueryAsync()).ShouldBeGreaterThan(0);
    }

    /// <summary>Every text, JSON, array and frame of every table in which a trace stands.</summary>
    private static async Task<List<(string Where, string Text)>> Find(LadewerkHost host)
    {
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        var columns = new List<(string Table, string Column, string Type)>();
        await using (var list = data.CreateCommand("""
            select c.table_name, c.column_name, c.data_type from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
            where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.data_type in ('text', 'character varying', 'character', 'json', 'jsonb', 'ARRAY', 'bytea', 'xml')
            """))
        await using (var reader = await list.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                columns.Add((reader.GetString(0), reader.GetString(1), reader.GetString(2)));
            }
        }

        columns.Count.ShouldBeGreaterThan(200);
        var found = new List<(string, string)>();
        foreach (var (table, column, type) in columns)
        {
            var text = type == "bytea" ? $"encode(\"{column}\", 'escape')" : $"\"{column}\"::text";
            await using var search = data.CreateCommand($"select {text} from \"{table}\" where {text} ~* $1 limit 3");
            search.Parameters.Add(new() { Value = string.Join('|', Traces) });
            await using var reader = await search.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                found.Add(($"{table}.{column}", reader.GetString(0)));
            }
        }

        return found;
    }

    /// <summary>The first table of the page: what may still be found.</summary>
    private static HashSet<string> Kept() =>
        [.. Row().Matches(File.ReadAllText(Path.Combine(ArchitectureTests.Root, "docs", "data-retention.md"))).Select(m => m.Groups["column"].Value)];

    [GeneratedRegex(@"^\| `(?<column>\w+\.\w+)` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Row();
}
