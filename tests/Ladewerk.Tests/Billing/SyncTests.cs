using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ladewerk.Billing.Sync;
using Ladewerk.Tests.Hosting;
using Ladewerk.Tests.Notifications;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Tests.Billing;

/// <summary>Accounts and invoices kept in step by another system: a real HTTP server.</summary>
public sealed class SyncTests(Database database)
{
    private static readonly Dictionary<string, string?> Options = new() { ["Outgoing:AllowPrivate"] = "true", ["Billing:SyncPoll"] = "00:00:00.200", ["Billing:SyncRetry"] = "00:00:00.100" };

    [Fact]
    public void A_map_puts_our_facts_into_their_fields()
    {
        var facts = JsonNode.Parse("""{"name":"Eva","customerNumber":"K-1","paymentTermsDays":14,"company":null}""")!.AsObject();
        var rules = FieldMap.Parse("Account.Name = name\nAccount.Number__c = customerNumber\n\nTerms=paymentTermsDays\nCompany = company\nSource = \"Lade = werk\"");

        FieldMap.Apply(facts, rules).ToJsonString().ShouldBe("""{"Account":{"Name":"Eva","Number__c":"K-1"},"Terms":14,"Company":null,"Source":"Lade = werk"}""");
        FieldMap.Parse(FieldMap.Write(rules)).ShouldBe(rules);
        FieldMap.Apply(facts, []).ToJsonString().ShouldBe(facts.ToJsonString());
        FieldMap.Fill("https://crm.example/a/{customerNumber}?d={paymentTermsDays}", facts).ShouldBe("https://crm.example/a/K-1?d=14");
        FieldMap.Fill("https://crm.example/{name}", new JsonObject { ["name"] = "../x?y" }).ShouldBe("https://crm.example/..%2Fx%3Fy");
    }

    [Theory]
    [InlineData("Name = nmae")]
    [InlineData("Name = name\nName.First = company")]
    [InlineData("Name = name\nName = company")]
    [InlineData("9lives = name")]
    [InlineData("a b = name")]
    public void A_map_that_makes_no_sense_is_refused(string text) => FieldMap.Fault(FieldMap.Parse(text), ReadSyncFacts.Names[SyncObject.BillingAccount]).ShouldNotBeNull();

    [Fact]
    public async Task Accounts_and_invoices_go_out_in_their_fields_in_order_and_once()
    {
        await using var erp = await Listener.Start();
        await using var host = await BillingHost.Open(database, Options);
        var target = await Target(host, erp.Address);
        (await host.Host.Api.GetStringAsync("/api/v1/sync-targets")).ShouldNotContain("geheim");
        (await NotifyHost.Scalar<string>(host.Host, "select protected_secret from sync_target")).ShouldNotContain("geheim");

        var account = await host.Account("Erika & Söhne");
        var first = await erp.Next();
        (first.Method, first.Path, first.Headers["X-Token"]).ShouldBe(("PUT", $"/crm/accounts/{account.Id.Value}", "Bearer geheim"));
        Json(first).GetProperty("Name").GetString().ShouldBe("Erika & Söhne");
        Json(first).GetProperty("Source").GetString().ShouldBe("Ladewerk");

        // A change that the map does not show is none for them; one that it shows is.
        await host.Host.Api.PatchAsJsonAsync($"/api/v1/billing-accounts/{account.Id.Value}", new { paymentTermsDays = 30 });
        await host.Host.Api.PatchAsJsonAsync($"/api/v1/billing-accounts/{account.Id.Value}", new { name = "Erika" });
        Json(await erp.Next()).GetProperty("Name").GetString().ShouldBe("Erika");

        await host.Recorded(account, BillingHost.Gross);
        await host.Run();
        var invoice = (await host.Invoices()).ShouldHaveSingleItem();
        var told = await erp.Next();
        (told.Method, told.Path).ShouldBe(("POST", "/erp/invoices"));
        (Json(told).GetProperty("number").GetString(), Json(told).GetProperty("inclVat").GetDecimal(), Json(told).GetProperty("lines").GetArrayLength()).ShouldBe((invoice.Number, invoice.Gross, invoice.Lines.Count));
        Guid.Parse(told.Headers["Idempotency-Key"]).ShouldNotBe(Guid.Empty);

        await host.Host.Api.Post($"/api/v1/invoices/{invoice.Id.Value}/payments", new { amount = 1.00m, receivedOn = "2027-01-03", reference = "Bank 1" }).Is(HttpStatusCode.NoContent);
        Json(await erp.Next()).GetProperty("paid").GetDecimal().ShouldBe(1.00m);
        var log = (await host.Host.Api.Json($"/api/v1/sync-targets/{target}/log?state=delivered")).GetProperty("items");
        log.EnumerateArray().Count(i => i.GetProperty("object").GetString() == "invoice").ShouldBe(2);

        await host.Host.Api.Post($"/api/v1/sync-targets/{target}/log/{log[0].GetProperty("id").GetGuid()}/replay", new { }).Is(HttpStatusCode.Accepted);
        await erp.Next();
        (await host.Host.Api.Post($"/api/v1/sync-targets/{target}/resync", new { billingAccounts = true, invoicesFrom = "2026-12-01" }).Is(HttpStatusCode.Accepted)).GetProperty("count").GetInt32().ShouldBe(2);
        (await erp.Next()).Path.ShouldStartWith("/");
        (await erp.Next()).Path.ShouldStartWith("/");
        erp.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task What_is_not_taken_waits_in_order_what_is_refused_is_put_aside_and_a_restart_loses_nothing()
    {
        await using var erp = await Listener.Start();
        await using var host = await BillingHost.Open(database, Options, TimeProvider.System);
        var target = await Target(host, erp.Address);
        erp.Answer = _ => HttpStatusCode.ServiceUnavailable;
        var account = await host.Account("Erste");
        await erp.Next();
        await host.Account("Schlechte");
        await host.Account("Dritte");
        await host.Host.Restart();
        erp.Answer = p => Encoding.UTF8.GetString(p.Body).Contains("Schlechte", StringComparison.Ordinal) ? HttpStatusCode.UnprocessableEntity : HttpStatusCode.OK;

        await NotifyHost.Until(async () => await Count(host, "delivered_at is not null") == 2 && await Count(host, "failed_at is not null") == 1);
        (await NotifyHost.Scalar<string>(host.Host, "select string_agg(body::json->>'Name', ',' order by body::json->>'Name') from sync_item")).ShouldBe("Dritte,Erste,Schlechte");

        erp.Answer = _ => HttpStatusCode.OK;
        (await host.Host.Api.Post($"/api/v1/sync-targets/{target}/replay-failed", new { }).Is(HttpStatusCode.Accepted)).GetProperty("count").GetInt32().ShouldBe(1);
        await NotifyHost.Until(async () => await Count(host, "delivered_at is not null") == 3);
        await host.Host.Api.DeleteAsync($"/api/v1/billing-accounts/{account.Id.Value}");
        await NotifyHost.Until(async () => await Count(host, "method = 'DELETE' and delivered_at is not null") == 1);
    }

    [Fact]
    public async Task A_change_by_whatever_way_is_told_and_many_changes_that_wait_are_one()
    {
        await using var erp = await Listener.Start();
        await using var host = await BillingHost.Open(database, Options, TimeProvider.System);
        var target = await Target(host, erp.Address);
        await host.Host.Api.PutAsJsonAsync($"/api/v1/sync-targets/{target}", Wish(erp.Address, isOn: false));
        var account = await host.Account("A");
        await host.Host.Api.PutAsJsonAsync($"/api/v1/sync-targets/{target}", Wish("http://127.0.0.1:9/", isOn: true));
        for (var i = 1; i <= 3; i++)
        {
            await host.Db(db => db.Database.ExecuteSqlAsync($"update billing_account set name = {"B" + i} where id = {account.Id.Value}"));
            await NotifyHost.Until(async () => await NotifyHost.Scalar<long>(host.Host, "select count(*) from outbox where type = 'billingAccountChanged'") == 0);
        }

        await host.Host.Api.PutAsJsonAsync($"/api/v1/sync-targets/{target}", Wish(erp.Address, isOn: true));
        // What waited for the former address goes to the new one, as it is now.
        Json(await erp.Next()).GetProperty("Name").GetString().ShouldBe("B3");
        await host.Db(db => db.Database.ExecuteSqlAsync($"update billing_account set name = 'Ende' where id = {account.Id.Value}"));
        Json(await erp.Next()).GetProperty("Name").GetString().ShouldBe("Ende");
    }

    [Fact]
    public async Task What_leads_nowhere_good_is_refused_and_the_pages_show_what_was_sent()
    {
        await using var erp = await Listener.Start();
        await using var host = await BillingHost.Open(database, Options);
        foreach (var url in (string[])["ftp://x.example/", "https://{name}.example/a", "https://user:pw@x.example/", "https://x.example/{secret}", ""])
        {
            await host.Host.Api.Post("/api/v1/sync-targets", new { name = "X", billingAccounts = new { url } }).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        }

        await host.Host.Api.Post("/api/v1/sync-targets", new { name = "X", billingAccounts = new { url = erp.Address }, headerName = "Host" }).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        var target = await Target(host, erp.Address);
        await host.Account("Erika Mustermann");
        await erp.Next();
        (await host.Host.Api.GetStringAsync("/portal/billing/sync")).ShouldContain("ERP");
        await NotifyHost.Until(async () => await Count(host, "delivered_at is not null") == 1);
        var page = await host.Host.Api.GetStringAsync($"/portal/billing/sync/{target}");
        page.ShouldContain("K-10427");
        page.ShouldNotContain("geheim");
        (await host.Host.Api.GetStringAsync($"/portal/billing/sync/{target}/edit")).ShouldContain("Name = name");
    }

    private static object Wish(string address, bool isOn = true) => new
    {
        name = "ERP", headerName = "X-Token", secret = "Bearer geheim", isOn,
        billingAccounts = new { url = address + "crm/accounts/{id}", method = "PUT", map = new object[] { new { to = "Name", from = "name" }, new { to = "Number", from = "customerNumber" }, new { to = "Source", value = "Ladewerk" } } },
        invoices = new { url = address + "erp/invoices", method = "POST" },
    };

    private static async Task<Guid> Target(BillingHost host, string address) => (await host.Host.Api.Post("/api/v1/sync-targets", Wish(address)).Is(HttpStatusCode.Created)).GetProperty("id").GetGuid();

    private static Task<long> Count(BillingHost host, string where) => NotifyHost.Scalar<long>(host.Host, $"select count(*) from sync_item where {where}");

    private static JsonElement Json(Posted posted) => JsonDocument.Parse(posted.Body).RootElement;
}
