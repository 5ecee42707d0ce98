using System.Net;
using System.Text.Json;
using Ladewerk.Billing.Statements;
using Ladewerk.FakeStripe;
using Ladewerk.Kernel;
using Ladewerk.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Ladewerk.Tests.Payments;

/// <summary>A site host gets its share of what guests paid: its account, the transfer, and what may go wrong on the way.</summary>
public sealed class PayoutTests(PaymentScene scene) : IClassFixture<PaymentScene>
{
    private static readonly DateTimeOffset Start = TestClock.Now.AddMinutes(-20);

    [Fact]
    public async Task A_host_says_who_it_is_and_gets_its_share_of_what_guests_paid()
    {
        var (host, payout) = await Owed("Parkhaus Ring", sharePercent: 50);
        var waiting = await Payout(payout);
        (Text(waiting, "state"), waiting.GetProperty("hostReady").GetBoolean()).ShouldBe(("waiting", false));
        await scene.Host.Api.Post($"/api/v1/payouts/{payout}/release", new { }).IsProblem(HttpStatusCode.Conflict, "host-not-ready");

        var invited = await scene.Host.Api.Post($"/api/v1/payouts/accounts/{host}/link", new { }).Is(HttpStatusCode.OK);
        invited.GetProperty("mailed").GetBoolean().ShouldBeTrue();
        await Onboard(new Uri(Text(invited, "link")));
        var mails = await scene.Scalar<long>("select count(*) from mail where kind = 'payout.sent'");
        await scene.Host.Api.Post($"/api/v1/payouts/{payout}/release", new { }).Is(HttpStatusCode.Accepted);

        var sent = await Becomes(payout, "sent");

        // 20.567 kWh x 0.60 = 12.34 gross, 10.37 net; half of it, and 19 % VAT on that.
        Amount(sent, "amount").ShouldBe(6.18m);
        var transfer = scene.Fake.Connect.Transfers.Single(t => t.Payout == payout);
        (transfer.Id, transfer.Amount, transfer.Currency).ShouldBe((Text(sent, "providerId"), 618, "eur"));
        var lines = (await scene.Host.Api.Json($"/api/v1/payouts/{payout}")).GetProperty("ledger").EnumerateArray().ToList();
        decimal Booked(string account) => lines.Where(l => Text(l, "account") == account).Sum(l => Amount(l, "amount"));
        (Booked("expense"), Booked("inputVat"), Booked("payable"), Booked("provider")).ShouldBe((5.19m, 0.99m, 0m, -6.18m));
        (await scene.Scalar<long>("select count(*) from mail where kind = 'payout.sent'")).ShouldBe(mails + 1);
        await scene.Host.Api.Post($"/api/v1/payouts/{payout}/release", new { }).IsProblem(HttpStatusCode.Conflict, "payout-state");
        await ShouldAgree();
    }

    [Fact]
    public async Task What_the_balance_does_not_cover_waits_until_it_does()
    {
        var (host, payout) = await Owed("Parkhaus Nord", perSession: 400);
        await Ready(host);
        await scene.Host.Api.Post($"/api/v1/payouts/{payout}/release", new { }).Is(HttpStatusCode.Accepted);
        await Until(payout, p => p.GetProperty("lastError").GetString() == "balance_insufficient");
        Text(await Payout(payout), "state").ShouldBe("released");
        await scene.Host.Api.Post($"/api/v1/payouts/{payout}/paid", new { reference = "Bank" }).IsProblem(HttpStatusCode.Conflict, "payout-state");
        scene.Fake.Connect.TopUp(100_000, "eur");
        await scene.Scalar<int>("update payout set due_at = now() where id = $1", Guid.Parse(payout));
        await Becomes(payout, "sent");
        scene.Fake.Connect.Transfers.Count(t => t.Payout == payout).ShouldBe(1);
        await ShouldAgree();
    }

    [Fact]
    public async Task A_transfer_whose_answer_was_lost_is_found_again_and_not_made_twice()
    {
        var (host, payout) = await Owed("Parkhaus Ost", sharePercent: 10);
        await Ready(host);
        scene.Fake.LoseAnswers(2);
        await scene.Host.Api.Post($"/api/v1/payouts/{payout}/release", new { }).Is(HttpStatusCode.Accepted);
        await Becomes(payout, "sent");

        // As if the server had died before its commit, and the provider had long forgotten the key.
        await scene.Scalar<int>("update payout set state = 'released', transfer_id = null, tries = 7, due_at = now() where id = $1", Guid.Parse(payout));
        await Becomes(payout, "sent");
        scene.Fake.Connect.Transfers.Count(t => t.Payout == payout).ShouldBe(1);
        await ShouldAgree();
    }

    [Fact]
    public async Task Money_comes_back_when_asked_for_or_by_the_providers_own_pages()
    {
        var (host, payout) = await Owed("Parkhaus Süd", sharePercent: 50);
        await Ready(host);
        await scene.Host.Api.Post($"/api/v1/payouts/{payout}/release", new { }).Is(HttpStatusCode.Accepted);
        await Becomes(payout, "sent");
        await scene.Host.Api.Post($"/api/v1/payouts/{payout}/returns", new { amount = 6.19m }).Is(HttpStatusCode.BadRequest);
        await scene.Host.Api.Post($"/api/v1/payouts/{payout}/returns", new { amount = 2.00m, reason = "Doppelt" }).Is(HttpStatusCode.Accepted);
        await Until(payout, p => Amount(p, "returned") == 2.00m);
        scene.Fake.Connect.ReverseByHand(scene.Fake.Connect.Transfers.Single(t => t.Payout == payout).Id, 118);
        await Until(payout, p => Amount(p, "returned") == 3.18m);
        (await scene.Host.Api.Json($"/api/v1/payouts/{payout}")).GetProperty("returns").EnumerateArray().Select(r => Text(r, "askedBy")).Last().ShouldBe("provider");
        await ShouldAgree();
    }

    [Fact]
    public async Task What_is_paid_otherwise_or_cancelled_is_never_transferred()
    {
        var (_, paid) = await Owed("Parkhaus West", sharePercent: 50);
        await scene.Host.Api.Post($"/api/v1/payouts/{paid}/paid", new { reference = "SEPA 4711", paidOn = "2026-11-20" }).Is(HttpStatusCode.Accepted);
        Text(await Payout(paid), "state").ShouldBe("paidOtherwise");
        await scene.Host.Api.Post($"/api/v1/payouts/{paid}/paid", new { reference = "again" }).IsProblem(HttpStatusCode.Conflict, "payout-state");

        var (host, cancelled) = await Owed("Parkhaus Mitte", sharePercent: 50);
        await Ready(host);
        await scene.Host.Api.Post($"/api/v1/invoices/{Text(await Payout(cancelled), "statementId")}/cancel", new { reason = "Probe" }).Is(HttpStatusCode.Created);
        await Becomes(cancelled, "cancelled");
        await scene.Host.Api.Post($"/api/v1/payouts/{cancelled}/release", new { }).IsProblem(HttpStatusCode.Conflict, "payout-state");
        scene.Fake.Connect.Transfers.ShouldNotContain(t => t.Payout == paid || t.Payout == cancelled);
        (await scene.Host.Api.GetStringAsync("/portal/payouts")).ShouldContain("Parkhaus Mitte");
        (await scene.Host.Api.GetStringAsync($"/portal/payouts/{paid}")).ShouldContain("SEPA 4711");
        await ShouldAgree();
    }

    [Fact]
    public async Task A_refused_payout_is_told_to_the_operator_tried_again_and_missed_where_the_provider_does_not_show_it()
    {
        var (host, payout) = await Owed("Parkhaus Hafen", sharePercent: 50);
        await scene.Host.Api.Post($"/api/v1/payouts/accounts/{host}/link", new { }).Is(HttpStatusCode.OK);
        await scene.Scalar<int>("update payout_account set state = 'ready', looked_at = now() where organisation_id = $1", Guid.Parse(host)); // the provider thinks otherwise
        await scene.Host.Api.Post($"/api/v1/payouts/{payout}/release", new { }).Is(HttpStatusCode.Accepted);
        Text(await Becomes(payout, "failed"), "lastError").ShouldBe("insufficient_capabilities_for_transfer");
        for (var i = 0; !await scene.Scalar<bool>("select exists (select from notice where event = 'payoutFailed' and href = $1)", $"/portal/payouts/{payout}"); i++)
        {
            (i < 300).ShouldBeTrue("nobody was told");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        WebUtility.HtmlDecode(await scene.Host.Api.GetStringAsync("/portal/payouts")).ShouldContain($"/portal/payouts/{payout}/release");
        await Ready(host);
        await scene.Host.Api.Post($"/api/v1/payouts/{payout}/release", new { }).Is(HttpStatusCode.Accepted);
        var transfer = Text(await Becomes(payout, "sent"), "providerId");
        await ShouldAgree();

        await scene.Scalar<int>("update payout set finished_at = now() - interval '1 hour' where id = $1", Guid.Parse(payout));
        scene.Fake.Books.Lose(transfer).ShouldBe(1);
        var run = await scene.Host.Api.Post("/api/v1/payments/reconciliations", new { }).Is(HttpStatusCode.OK);
        var missing = run.GetProperty("differences").EnumerateArray().ShouldHaveSingleItem();
        (Text(missing, "kind"), Text(missing, "reference")).ShouldBe(("missingAtProvider", transfer));
        await scene.Scalar<int>("update payout set finished_at = now() where id = $1", Guid.Parse(payout)); // for the others: it is looked for later
    }

    [Fact]
    public async Task Where_the_operator_wants_it_the_day_releases_it()
    {
        await scene.Host.Api.Patch("/api/v1/payments/settings", new { payoutsAutomatic = true }).Is(HttpStatusCode.NoContent);
        var (host, payout) = await Owed("Parkhaus Am Tor", sharePercent: 50);
        await Ready(host);
        Text(await Payout(payout), "state").ShouldBe("waiting");
        await scene.Scalar<int>("update payout set due_at = now() where id = $1", Guid.Parse(payout));
        Text(await Becomes(payout, "sent"), "releasedBy").ShouldBe("system");
        await scene.Host.Api.Patch("/api/v1/payments/settings", new { payoutsAutomatic = false }).Is(HttpStatusCode.NoContent);
    }

    /// <summary>A host on whose site a guest has charged for 12.34, and the payout of its statement.</summary>
    private async Task<(string Host, string Payout)> Owed(string name, decimal sharePercent = 0, decimal perSession = 0)
    {
        var host = Guid.CreateVersion7();
        var site = Guid.CreateVersion7();
        await scene.Scalar<int>(
            """
            with t as (select id from tenant), o as (
              insert into organisation (id, tenant_id, name, street, postal_code, city, vat_id, email, created_at) select $1, id, $3, 'Ring 1', '12345', 'Musterstadt', 'DE111111111', 'host@example.org', now() from t returning id, tenant_id)
            insert into site (id, tenant_id, name, organisation_id, created_at) select $2, tenant_id, $3, id, now() from o
            """,
            host, site, name);
        await scene.Host.Api.Put($"/api/v1/billing/hosts/{host}", new { isOn = true, sharePercent, perSession, vatRate = 19 }).Is(HttpStatusCode.OK);
        await using (var guest = await scene.Guest())
        {
            await guest.Open();
            await guest.Give(PaymentScene.Good);
            var transaction = await guest.Station.Start(1, await guest.Asked(), 1000, Start);
            await scene.Scalar<int>("update charging_session set site_id = $1 where transaction_id = $2", site, transaction);
            await guest.Station.Stop(transaction, 21_567, Start.AddMinutes(10));
            await guest.Becomes("captured");
            await scene.Scalar<int>("update charging_session set site_id = $1 where transaction_id = $2", site, transaction);
        }

        await using var scope = scene.Host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(new TenantId(await scene.Scalar<Guid>("select id from tenant")));
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTimeBySystemTimeZoneId(TimeProvider.System.GetUtcNow(), "Europe/Berlin").Date);
        var issued = await scope.ServiceProvider.GetRequiredService<IssueStatements>().Run(new DateOnly(today.Year, today.Month, 1), CancellationToken.None);
        issued.Statements.ShouldNotBeEmpty();
        for (var i = 0; ; i++)
        {
            if (await scene.Scalar<Guid>("select id from payout where organisation_id = $1", host) is var payout && payout != Guid.Empty)
            {
                return (host.ToString(), payout.ToString());
            }

            (i < 300).ShouldBeTrue("no payout");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>The host's own way: its link, the provider's pages, and back.</summary>
    private static async Task Onboard(Uri link)
    {
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        WebUtility.HtmlDecode(await browser.GetStringAsync(link + "?lang=de")).ShouldContain("Konto für Auszahlungen einrichten");
        using var go = await browser.GetAsync(new Uri(link + "/go"));
        go.StatusCode.ShouldBe(HttpStatusCode.Found);
        using var all = new FormUrlEncodedContent(new Dictionary<string, string> { ["all"] = "yes" });
        using var back = await browser.PostAsync(go.Headers.Location, all);
        back.StatusCode.ShouldBe(HttpStatusCode.Found);
        WebUtility.HtmlDecode(await browser.GetStringAsync(new Uri(back.Headers.Location + "&lang=de"))).ShouldContain("Ihr Konto ist bereit");
        (await browser.GetAsync(new Uri(link + "x"))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    /// <summary>The host has an account, as the provider's event tells.</summary>
    private async Task Ready(string host)
    {
        await scene.Host.Api.Post($"/api/v1/payouts/accounts/{host}/link", new { }).Is(HttpStatusCode.OK);
        scene.Fake.Connect.Become(scene.Fake.Connect.Accounts.Single(a => a.Organisation == host).Id, ready: true);
        for (var i = 0; ; i++)
        {
            var all = (await scene.Host.Api.Json("/api/v1/payouts/accounts")).GetProperty("items").EnumerateArray();
            if (Text(all.Single(a => Text(a, "organisationId") == host), "state") == "ready")
            {
                return;
            }

            (i < 300).ShouldBeTrue("not ready");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    private async Task<JsonElement> Payout(string id) => (await scene.Host.Api.Json($"/api/v1/payouts/{id}")).GetProperty("payout");

    private Task<JsonElement> Becomes(string id, string state) => Until(id, p => Text(p, "state") == state);

    private async Task<JsonElement> Until(string id, Func<JsonElement, bool> holds)
    {
        for (var i = 0; ; i++)
        {
            var now = await Payout(id);
            if (holds(now))
            {
                return now;
            }

            (i < 300).ShouldBeTrue(now.ToString());
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    private async Task ShouldAgree()
    {
        await scene.ShouldBalance();
        for (var i = 0; ; i++)
        {
            var odd = (await scene.Host.Api.Json("/api/v1/ledger/agreement")).GetProperty("items").EnumerateArray().Where(r => !r.GetProperty("agrees").GetBoolean()).Select(r => r.ToString()).ToList();
            if (odd.Count == 0)
            {
                break;
            }

            (i < 100).ShouldBeTrue(string.Join('\n', odd));
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        var run = await scene.Host.Api.Post("/api/v1/payments/reconciliations", new { }).Is(HttpStatusCode.OK);
        (Text(run, "state"), run.GetProperty("differences").GetArrayLength()).ShouldBe(("done", 0), run.ToString());
    }

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString() ?? "";

    private static decimal Amount(JsonElement of, string name) => decimal.Parse(of.GetProperty(name).GetProperty("amount").GetString()!, System.Globalization.CultureInfo.InvariantCulture);
}
