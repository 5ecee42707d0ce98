using System.Net;
using System.Text.Json;
using Ladewerk.FakeStripe;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Payments;

/// <summary>Somebody with a billing account who charges, gets invoices and pays them by the provider.</summary>
public sealed class Payer : IAsyncDisposable
{
    private static int payers;
    private int sessions;
    private readonly PaymentScene scene;
    private readonly TestStation station;
    private readonly HttpClient browser;

    private Payer(PaymentScene scene, TestStation station, string account, string uid)
    {
        (this.scene, this.station, Account, Uid) = (scene, station, account, uid);
        browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = scene.Host.Address };
    }

    public string Account { get; }

    public string Uid { get; }

    public string Email => $"{Uid.ToLowerInvariant()}@example.org";

    public static async Task<Payer> Create(PaymentScene scene)
    {
        var guest = await scene.Guest();
        var uid = FormattableString.Invariant($"04C0FFEE{Interlocked.Increment(ref payers):X4}");
        var account = (await scene.Host.Api.Post("/api/v1/billing-accounts", new { name = "Erika " + uid, street = "Ringstr. 5", postalCode = "12345", city = "Musterstadt", email = uid.ToLowerInvariant() + "@example.org" }).Is(HttpStatusCode.Created))
            .GetProperty("id").GetString()!;
        var driver = (await scene.Host.Api.Post("/api/v1/drivers", new { name = "Erika " + uid, billingAccountId = account }).Is(HttpStatusCode.Created)).GetProperty("id").GetString();
        await scene.Host.Api.Post("/api/v1/id-tokens", new { uid, driverId = driver }).Is(HttpStatusCode.Created);
        return new Payer(scene, guest.Station, account, uid);
    }

    /// <summary>Gives a card or an account by a link of the operator.</summary>
    public async Task<string> Gives(string number, string bank = "yes")
    {
        var before = await Count();
        var asked = await scene.Host.Api.Post($"/api/v1/billing-accounts/{Account}/payment-methods/links", new { }).Is(HttpStatusCode.OK);
        var link = new Uri(asked.GetProperty("url").GetString()!).AbsolutePath;
        (await Give(await Press(link), number, bank)).ShouldBe(HttpStatusCode.Found);
        (await Reads(link)).ShouldContain("Zahlungsart hinterlegt");
        (await Count()).ShouldBe(before + 1);
        return link;
    }

    /// <summary>Presses the button of a hosted page; gives the provider's page.</summary>
    public async Task<string> Press(string link)
    {
        using var none = new StringContent("");
        using var pressed = await browser.PostAsync(link + "?lang=de", none);
        pressed.StatusCode.ShouldBe(HttpStatusCode.Found);
        using var page = await browser.GetAsync(pressed.Headers.Location);
        return page.Headers.GetValues("Refresh").Single().Split("url=")[1];
    }

    /// <summary>Types a card or an account on the provider's page.</summary>
    public static async Task<HttpStatusCode> Give(string page, string number, string bank)
    {
        using var words = new FormUrlEncodedContent(new Dictionary<string, string> { ["card"] = number, ["bank"] = bank });
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var answer = await client.PostAsync(new Uri(page), words);
        return answer.StatusCode;
    }

    public async Task<string> Reads(string link)
    {
        using var page = await browser.GetAsync(link + "?lang=de");
        page.StatusCode.ShouldBe(HttpStatusCode.OK);
        return WebUtility.HtmlDecode(await page.Content.ReadAsStringAsync());
    }

    /// <summary>Charges and gets an invoice over it; gives its id.</summary>
    public async Task<string> Invoiced(long wattHours = 10_000)
    {
        var start = TestClock.Now.AddMinutes(-200 + (15 * sessions++));
        var transaction = await station.Start(1, Uid, 0, start);
        await station.Stop(transaction, wattHours, start.AddMinutes(10));
        for (var i = 0; await scene.Scalar<long>("select count(*) from charge_detail_record where billing_account_id = $1 and billing = 'open'", Guid.Parse(Account)) == 0; i++)
        {
            i.ShouldBeLessThan(300, "no record of the session");
            await Task.Delay(50);
        }

        (await scene.Host.Api.Post("/api/v1/invoices/run", new { billingAccountId = Account }).Is(HttpStatusCode.OK)).GetProperty("invoices").GetInt32().ShouldBe(1);
        return (await scene.Scalar<Guid>("select id from invoice where billing_account_id = $1 and kind = 'invoice' order by issued_at desc limit 1", Guid.Parse(Account))).ToString();
    }

    public async Task<JsonElement> Collection(string invoice) => await scene.Host.Api.Json($"/api/v1/invoice-collections/{invoice}");

    /// <summary>Waits until the collection is in that state.</summary>
    public async Task<JsonElement> Becomes(string invoice, string state)
    {
        for (var i = 0; ; i++)
        {
            var now = await scene.Scalar<string>("select state from invoice_collection where invoice_id = $1", Guid.Parse(invoice));
            if (now == state || i == 300)
            {
                now.ShouldBe(state, i == 300 && now is not null ? (await Collection(invoice)).ToString() : null);
                return await Collection(invoice);
            }

            await Task.Delay(100);
        }
    }

    /// <summary>The day of the next try has come.</summary>
    public Task DayComes(string invoice) => scene.Scalar<int>("update invoice_collection set collect_on = current_date - 1, due_at = now() where invoice_id = $1", Guid.Parse(invoice));

    /// <summary>The provider's payment of the last try.</summary>
    public async Task<FakeIntent> Intent(string invoice) => scene.Fake.Books.Intent((await scene.Scalar<string>("select intent_id from invoice_charge where invoice_id = $1 and intent_id is not null order by number desc limit 1", Guid.Parse(invoice)))!);

    /// <summary>The hosted page of an invoice.</summary>
    public Task<string> PayLink(string invoice) => scene.PayLink(invoice);

    public Task<decimal> Paid(string invoice) => scene.Scalar<decimal>("select paid from invoice where id = $1", Guid.Parse(invoice));

    public Task<decimal> Booked(string invoice, string account) => scene.Scalar<decimal>(
        "select coalesce(sum(e.amount), 0) from ledger_entry e join ledger_booking b on b.id = e.booking_id where b.invoice_id = $1 and e.account = $2", Guid.Parse(invoice), account);

    public Task<long> Mails(string kind) => scene.Scalar<long>("select count(*) from mail where kind = $1 and recipient = $2", kind, Email);

    public async ValueTask DisposeAsync()
    {
        browser.Dispose();
        await station.DisposeAsync();
    }

    private Task<long> Count() => scene.Scalar<long>("select count(*) from payment_method where billing_account_id = $1 and removed_at is null", Guid.Parse(Account));
}
