using System.Net;
using System.Text.Json;
using Ladewerk.Eichrecht;
using Ladewerk.Simulator.Stations;
using Ladewerk.Tests.Hosting;
using Npgsql;

namespace Ladewerk.Tests.Receipts;

/// <summary>What drivers and the authority get.</summary>
public sealed class ReceiptPageTests(Database database) : OnOpenHost(database)
{
    private static readonly DateTimeOffset Now = TestClock.Now;

    [Fact]
    public async Task A_receipt_says_what_was_checked_and_turns_when_a_byte_is_flipped()
    {
        using var meter = SigningMeter.Create("secp256r1", "M-77");
        var session = await Verified(meter);
        var link = new Uri(session.GetProperty("receipt").GetProperty("url").GetString()!);
        using var guest = new HttpClient { BaseAddress = open.Host.Address };

        var page = WebUtility.HtmlDecode(await guest.GetStringAsync(link.PathAndQuery + "?lang=de"));
        page.ShouldContain("Messwerte geprüft");
        page.ShouldContain("8,8763 kWh");
        page.ShouldContain("M-77");
        (await guest.GetStringAsync(link.PathAndQuery + "?lang=en")).ShouldContain("Readings verified");
        using var file = await guest.GetAsync(link.PathAndQuery + "/transparency.xml");
        TransparencyFile.Read(await file.Content.ReadAsByteArrayAsync())!.Count.ShouldBe(2);
        file.Headers.CacheControl!.NoStore.ShouldBeTrue();

        await Tamper($"update signed_value set raw = replace(raw, '9.8767', '9.8768') where session_id = '{session.GetProperty("id").GetString()}'");
        var turned = WebUtility.HtmlDecode(await guest.GetStringAsync(link.PathAndQuery + "?lang=de"));
        turned.ShouldContain("Messwerte nicht geprüft");
        turned.ShouldNotContain("Messwerte geprüft");
        using var pdf = await guest.GetAsync(link.PathAndQuery + "/receipt.pdf?lang=de");
        pdf.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await PdfText(await pdf.Content.ReadAsByteArrayAsync())).ShouldContain("Messwerte nicht geprüft");

        (await guest.GetAsync("/r/" + new string('x', 43))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await guest.GetAsync(link.PathAndQuery[..^1])).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Whoever_holds_the_link_may_have_it_sent_by_mail_a_few_times()
    {
        using var meter = SigningMeter.Create("secp256r1", "M-76");
        var session = await Verified(meter);
        var link = new Uri(session.GetProperty("receipt").GetProperty("url").GetString()!).AbsolutePath;
        using var guest = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = open.Host.Address };
        var to = $"{id.ToLowerInvariant()}@example.org";
        async Task<string> Send(string address, string from = "same-origin")
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, link + "/mail?lang=de") { Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["email"] = address }) };
            request.Headers.Add("Sec-Fetch-Site", from);
            using var answer = await guest.SendAsync(request);
            return answer.StatusCode == HttpStatusCode.Found ? answer.Headers.Location!.ToString() : answer.StatusCode.ToString();
        }

        (await Send(to)).ShouldContain("mail=Sent");
        (await open.Scalar<long>("select count(*) from mail where kind = 'receipt' and recipient = $1", to)).ShouldBe(1);
        (await Send("nobody\r\nBcc: all@example.org")).ShouldContain("mail=NoAddress");
        (await Send(to, "cross-site")).ShouldBe("BadRequest");
        await open.Scalar<int>("update session_proof set mails = 5 where session_id = $1", Guid.Parse(session.GetProperty("id").GetString()!));
        (await Send(to)).ShouldContain("mail=TooOften");
        (await open.Scalar<long>("select count(*) from mail where kind = 'receipt' and recipient = $1", to)).ShouldBe(1);
        WebUtility.HtmlDecode(await guest.GetStringAsync(link + "?lang=de&mail=TooOften")).ShouldContain("schon mehrmals versandt");
    }

    [Fact]
    public async Task What_a_station_signs_stays_inert_on_the_page()
    {
        using var meter = SigningMeter.Create("secp256r1", "<script>alert(1)</script>${jndi:ldap://x/a}");
        var session = await Verified(meter);
        using var guest = new HttpClient { BaseAddress = open.Host.Address };
        var page = await guest.GetStringAsync(new Uri(session.GetProperty("receipt").GetProperty("url").GetString()!).PathAndQuery);
        page.ShouldNotContain("<script>alert");
        page.ShouldContain("&lt;script&gt;alert(1)");
    }

    [Fact]
    public async Task The_authority_gets_every_record_in_order_with_its_gaps()
    {
        using var meter = SigningMeter.Create("secp256r1", "M-78");
        await Verified(meter);
        meter.Sign('B', "T", 1, Now); // a record that never arrived
        await using var station = await open.Connect(id);
        var transaction = await station.Start(1, await open.NewBadge(), 9876, Now.AddMinutes(-5));
        await station.Call("StopTransaction", new { transactionId = transaction, meterStop = 9900, timestamp = Now.UtcDateTime, transactionData = new[] { Value(meter.Sign('E', "T", 9900, Now), "Transaction.End") } });

        using var answer = await open.Api.GetAsync($"/api/v1/meters/{id}/1/records.zip");
        await using var zip = new System.IO.Compression.ZipArchive(await answer.Content.ReadAsStreamAsync());
        string Text(string name)
        {
            using var reader = new StreamReader(zip.GetEntry(name)!.Open());
            return reader.ReadToEnd();
        }

        TransparencyFile.Read(Text("records.xml"))!.Count.ShouldBe(3);
        Text("records.csv").Trim().Split('\n').Length.ShouldBe(4);
        Text("gaps.csv").ShouldContain("M-78,T2,T4,1");
    }

    [Fact]
    public async Task Meters_keys_and_the_proof_are_shown_to_the_operator()
    {
        using var meter = SigningMeter.Create("secp256r1", "M-79");
        var session = await Verified(meter);
        using var saved = await open.Api.PutAsync($"/api/v1/meters/{id}/1", new StringContent("""{"rule":"warn","serial":"M-79","calibratedUntil":"2031-12-31"}""", System.Text.Encoding.UTF8, "application/json"));
        saved.StatusCode.ShouldBe(HttpStatusCode.NoContent, await saved.Content.ReadAsStringAsync());
        var row = (await open.Api.Json($"/api/v1/meters?q={id}")).GetProperty("items").EnumerateArray().Single(m => m.GetProperty("stationId").GetString() == id);
        (row.GetProperty("serial").GetString(), row.GetProperty("keys").GetInt32(), row.GetProperty("rule").GetString(), row.GetProperty("signing").GetBoolean()).ShouldBe(("M-79", 1, "warn", true));
        (await open.Api.GetStringAsync($"/portal/meters?q={id}")).ShouldContain("M-79");
        (await open.Api.GetStringAsync($"/portal/meters/{id}/1")).ShouldContain("31");
        (await open.Api.GetStringAsync($"/portal/sessions/{session.GetProperty("id").GetString()}")).ShouldContain("id=\"proof\"");
    }

    private async Task<JsonElement> Verified(SigningMeter meter)
    {
        await using var station = await open.Connect(id);
        await station.Call("StatusNotification", new { connectorId = 1, errorCode = "NoError", status = "Available" });
        await open.Api.Post($"/api/v1/meters/{id}/1/keys", new { publicKey = meter.PublicKey }).Is(HttpStatusCode.Created);
        var transaction = await station.Start(1, await open.NewBadge(), 1000, Now.AddMinutes(-50));
        await station.Call("StopTransaction", new
        {
            transactionId = transaction, meterStop = 9876, timestamp = Now.UtcDateTime,
            transactionData = new[] { Value(meter.Sign('B', "T", 1000.4, Now.AddMinutes(-50)), "Transaction.Begin"), Value(meter.Sign('E', "T", 9876.7, Now), "Transaction.End") },
        });
        var session = await open.OnlySession(id);
        (await open.Records(session, 1)).ShouldBe(1);
        session = await open.OnlySession(id);
        session.GetProperty("receipt").GetProperty("verdict").GetString().ShouldBe("verified");
        return session;
    }

    private static object Value(string record, string context) => new { timestamp = Now.UtcDateTime, sampledValue = new[] { new { value = record, format = "SignedData", context } } };

    private async Task Tamper(string sql)
    {
        await using var data = NpgsqlDataSource.Create(open.Host.ConnectionString);
        await using var command = data.CreateCommand($"set session_replication_role = replica; {sql}; set session_replication_role = default");
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string> PdfText(byte[] pdf)
    {
        var path = Path.GetTempFileName();
        await File.WriteAllBytesAsync(path, pdf);
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("pdftotext", [path, "-"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        File.Delete(path);
        return text;
    }
}
