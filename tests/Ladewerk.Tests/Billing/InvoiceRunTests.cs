using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Ladewerk.Billing;
using Ladewerk.Kernel;
using Ladewerk.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Tests.Billing;

public sealed class InvoiceRunTests(Database database)
{
    [Fact]
    public async Task Eight_parallel_runs_over_200_sessions_give_gapless_numbers_even_when_connections_are_killed()
    {
        await using var host = await BillingHost.Open(database);
        await SeedSessions(host, accounts: 40, sessions: 200);

        using var killing = new CancellationTokenSource();
        var killer = KillConnections(host, killing.Token);
        var runs = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => host.Run())));
        await killing.CancelAsync();
        (await killer).ShouldBeGreaterThan(0);
        if (runs.Any(run => run.State != RunState.Finished))
        {
            await host.Run(); // a run that lost the database for good is simply run again
        }

        var invoices = await host.Invoices();
        invoices.Count.ShouldBe(40);
        invoices.Select(i => i.Sequence).ShouldBe(Enumerable.Range(1, 40));
        invoices.Select(i => i.Number).ShouldBe(Enumerable.Range(1, 40).Select(n => $"2026-R-{n:D6}"));
        invoices.Sum(i => i.SessionCount).ShouldBe(200);
        var records = await host.Records();
        records.ShouldAllBe(r => r.Billing == CdrBilling.Invoiced);
        invoices.Sum(i => i.Gross).ShouldBe(records.Sum(r => r.InclVat!.Value));
    }

    [Fact]
    public async Task A_second_run_changes_nothing()
    {
        await using var host = await BillingHost.Open(database);
        await SeedSessions(host, accounts: 3, sessions: 9);

        (await host.Run()).Invoices.ShouldBe(3);
        var before = JsonSerializer.Serialize(await host.Invoices(), Columns.Json);
        var again = await host.Run();

        again.State.ShouldBe(RunState.Finished);
        again.Invoices.ShouldBe(0);
        WithoutDocumentState(JsonSerializer.Serialize(await host.Invoices(), Columns.Json)).ShouldBe(WithoutDocumentState(before));
    }

    [Fact]
    public async Task A_run_that_was_interrupted_is_taken_up_at_the_next_start()
    {
        await using var host = await BillingHost.Open(database);
        await SeedSessions(host, accounts: 2, sessions: 4);
        var run = Guid.CreateVersion7();
        await host.Execute($"insert into invoice_run (id, tenant_id, to_at, state, created_at) values ('{run}', '{host.Tenant.Value}', now() + interval '100 years', 'running', now())");

        await host.Host.Restart();

        for (var i = 0; i < 100 && (await host.Invoices()).Count < 2; i++)
        {
            await Task.Delay(100);
        }

        (await host.Invoices()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_run_over_the_api_answers_with_what_it_issued()
    {
        await using var host = await BillingHost.Open(database);
        await SeedSessions(host, accounts: 2, sessions: 6);

        var preview = await Post(host, "invoices/run", new { dryRun = true });
        preview.GetProperty("invoices").GetInt32().ShouldBe(2);
        (await host.Invoices()).ShouldBeEmpty();

        var run = await Post(host, "invoices/run", new { from = "2026-11-01", to = "2026-11-30" });
        run.GetProperty("state").GetString().ShouldBe("finished");
        run.GetProperty("invoices").GetInt32().ShouldBe(2);
        run.GetProperty("accountsDone").GetInt32().ShouldBe(2);

        var first = await host.Host.Api.GetFromJsonAsync<JsonElement>("/api/v1/invoices?limit=1");
        first.GetProperty("items").GetArrayLength().ShouldBe(1);
        var second = await host.Host.Api.GetFromJsonAsync<JsonElement>("/api/v1/invoices?limit=1&cursor=" + first.GetProperty("nextCursor").GetString());
        second.GetProperty("items")[0].GetProperty("number").GetString().ShouldBe("2026-R-000001");
        second.GetProperty("nextCursor").ValueKind.ShouldBe(JsonValueKind.Null);

        var cdrs = await host.Host.Api.GetFromJsonAsync<JsonElement>("/api/v1/cdrs?billing=invoiced&limit=4");
        cdrs.GetProperty("items").GetArrayLength().ShouldBe(4);
        var rest = await host.Host.Api.GetFromJsonAsync<JsonElement>("/api/v1/cdrs?billing=invoiced&limit=4&cursor=" + cdrs.GetProperty("nextCursor").GetString());
        rest.GetProperty("items").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public async Task Without_the_suppliers_mandatory_facts_nothing_is_issued()
    {
        await using var host = await BillingHost.Open(database);
        await SeedSessions(host, accounts: 1, sessions: 1);
        await host.Db(async db =>
        {
            (await db.Set<Tenant>().SingleAsync(t => t.Id == host.Tenant)).Profile = BillingHost.Supplier with { City = " ", VatId = null, TaxNumber = null };
            return await db.SaveChangesAsync();
        });

        var answer = await host.Host.Api.PostAsJsonAsync("/api/v1/invoices/run", new { });

        answer.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        problem.GetProperty("type").GetString().ShouldEndWith("/supplier-incomplete");
        problem.GetProperty("missing").EnumerateArray().Select(m => m.GetString()).ShouldBe(["city", "vatId or taxNumber"]);
        (await host.Invoices()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_account_without_an_address_gets_small_invoices_only()
    {
        await using var host = await BillingHost.Open(database);
        var small = await host.Account("Klein", street: null);
        var large = await host.Account("Gross", street: null);
        await host.Recorded(small, BillingHost.Gross);
        await host.Recorded(large, BillingHost.Gross, wattHours: 600_000);

        var run = await host.Run();

        run.Invoices.ShouldBe(1);
        run.Skipped.ShouldHaveSingleItem().ShouldBe(new SkippedAccount(large.Id, "Gross", "customerIncomplete"));
    }

    private static async Task SeedSessions(BillingHost host, int accounts, int sessions)
    {
        for (var a = 0; a < accounts; a++)
        {
            var account = await host.Account($"Kunde {a}");
            for (var s = 0; s < sessions / accounts; s++)
            {
                await host.Recorded(account, s % 2 == 0 ? BillingHost.Gross : BillingHost.NetMixed, 3_000 + (a * 977) + (s * 131), BillingHost.Start.AddHours(s * 7));
            }
        }
    }

    /// <summary>Ends a connection that is in the middle of an invoice, again and again; says how many.</summary>
    private static async Task<int> KillConnections(BillingHost host, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(host.Host.ConnectionString);
        await connection.OpenAsync(CancellationToken.None);
        await using var command = new NpgsqlCommand(
            """
            select count(pg_terminate_backend(pid)) from (
              select pid from pg_stat_activity
              where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
                and query ~* '(number_series|invoice_line|charge_detail|billing_account)' and query !~* 'insert into invoice_run' limit 1) victim
            """,
            connection);
        var killed = 0;
        while (!ct.IsCancellationRequested && killed < 6)
        {
            killed += (int)(long)(await command.ExecuteScalarAsync(CancellationToken.None))!;
            await Task.Delay(20, CancellationToken.None);
        }

        return killed;
    }

    private static async Task<JsonElement> Post(BillingHost host, string path, object body)
    {
        var answer = await host.Host.Api.PostAsJsonAsync("/api/v1/" + path, body);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static string WithoutDocumentState(string json) =>
        System.Text.RegularExpressions.Regex.Replace(json, "\"documentState\":\"[a-z]+\"", "", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(5));
}
