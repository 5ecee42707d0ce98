using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Ladewerk.Tests.Hosting;
using Npgsql;

namespace Ladewerk.Tests.Stations;

/// <summary>The cases of the certification test that concern firmware and diagnostics, played over the wire and checked in the API.</summary>
public sealed class FirmwareScenarios(Database database) : OnOpenHost(database)
{
    private static readonly byte[] Image = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("0123456789", 100)));

    [Fact]
    public async Task TC_044_1_An_image_is_fetched_installed_and_proven_by_the_next_boot()
    {
        await using var station = await Boot("1.0");
        var (update, call) = await Update(station, await NewFirmware("2.0"));
        call[2].GetString().ShouldBe("UpdateFirmware");
        var location = call[3].GetProperty("location").GetString()!;
        location.ShouldStartWith(open.Host.Address.ToString());
        location.ShouldEndWith("/image-2.0.bin");
        call[3].GetProperty("retrieveDate").GetDateTimeOffset().ShouldBe(TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(1));

        await Report(station, "Downloading");
        await Becomes(update, "downloading");
        await Fetch(location);
        await Report(station, "Downloaded");
        await Becomes(update, "downloaded");
        await Report(station, "Installing");
        await Becomes(update, "installing");
        await Report(station, "Installed");
        await Becomes(update, "proving");
        (await Introduce(station, "2.0")).GetProperty("status").GetString().ShouldBe("Accepted");

        var ended = await Becomes(update, "installed");
        ended.GetProperty("reportedVersion").GetString().ShouldBe("2.0");
        ended.GetProperty("fromVersion").GetString().ShouldBe("1.0");
        ended.GetProperty("log").EnumerateArray().Select(l => l.GetProperty("status").GetString()).ShouldBe(["Downloading", "Downloaded", "Installing", "Installed"]);
        (await open.Api.Json($"/api/v1/stations/{id}")).GetProperty("firmwareVersion").GetString().ShouldBe("2.0");
        using var stranger = open.Host.Stranger();
        (await stranger.GetAsync(location)).StatusCode.ShouldBe(HttpStatusCode.Gone);
    }

    [Fact]
    public async Task TC_044_2_A_failed_download_ends_the_update()
    {
        await using var station = await Boot("1.0");
        var (update, _) = await Update(station, await NewFirmware("2.0"));
        await Report(station, "Downloading");
        await Report(station, "DownloadFailed");
        (await Becomes(update, "failed")).GetProperty("reason").GetString().ShouldBe("downloadFailed");
        (await open.Api.Json($"/api/v1/stations/{id}")).GetProperty("firmwareVersion").GetString().ShouldBe("1.0");
    }

    [Fact]
    public async Task TC_044_3_A_failed_installation_ends_the_update()
    {
        await using var station = await Boot("1.0");
        var (update, _) = await Update(station, await NewFirmware("2.0"));
        await Report(station, "Downloading");
        await Report(station, "Downloaded");
        await Report(station, "Installing");
        await Report(station, "InstallationFailed");
        (await Becomes(update, "failed")).GetProperty("reason").GetString().ShouldBe("installationFailed");

        var (second, _) = await Update(station, await NewFirmware("2.1")); // the way is free again
        (await open.Api.Json(second)).GetProperty("state").GetString().ShouldBe("requested");
    }

    [Fact]
    public async Task TC_045_1_Diagnostics_are_brought_and_kept()
    {
        await using var station = await open.Connect(id);
        var (request, link) = await FilesTests.Ask(open.Api, station, id);
        (await station.Call("DiagnosticsStatusNotification", new { status = "Uploading" })).EnumerateObject().ShouldBeEmpty();
        await Becomes(request, "uploading");
        using var stranger = open.Host.Stranger();
        (await stranger.PutAsync(link + "told.log", new ByteArrayContent(Image))).StatusCode.ShouldBe(HttpStatusCode.Created);
        await station.Call("DiagnosticsStatusNotification", new { status = "Uploaded" });
        (await Becomes(request, "uploaded")).GetProperty("file").GetProperty("sizeBytes").GetInt64().ShouldBe(Image.Length);
    }

    [Theory]
    [InlineData("securityLog", "SecurityLog")]
    [InlineData("diagnosticsLog", "DiagnosticsLog")]
    public async Task TC_079_A_log_is_brought_and_its_reports_find_their_request(string kind, string type)
    {
        await using var station = await open.Connect(id);
        var asking = open.Api.Post($"/api/v1/stations/{id}/file-requests", new { kind });
        var call = await station.Receive();
        call[2].GetString().ShouldBe("GetLog");
        call[3].GetProperty("logType").GetString().ShouldBe(type);
        await station.Send($$"""[3,"{{call[1].GetString()}}",{"status":"Accepted","filename":"log.txt"}]""");
        var request = $"/api/v1/stations/{id}/file-requests/{(await asking.Is(HttpStatusCode.Accepted)).GetProperty("id").GetString()}";
        var number = call[3].GetProperty("requestId").GetInt32();
        await station.Call("LogStatusNotification", new { status = "Uploading", requestId = number });
        await Becomes(request, "uploading");
        using var stranger = open.Host.Stranger();
        (await stranger.PostAsync(call[3].GetProperty("log").GetProperty("remoteLocation").GetString(), new ByteArrayContent(Image))).StatusCode.ShouldBe(HttpStatusCode.Created);
        await station.Call("LogStatusNotification", new { status = "Uploaded", requestId = number });
        (await Becomes(request, "uploaded")).GetProperty("file").GetProperty("name").GetString().ShouldBe("log.txt");
    }

    [Fact]
    public async Task TC_080_A_signed_image_is_verified_installed_and_proven()
    {
        await using var station = await Boot("1.0");
        var (update, call) = await Update(station, await NewFirmware("2.0", signed: true), """{"status":"Accepted"}""");
        call[2].GetString().ShouldBe("SignedUpdateFirmware");
        call[3].GetProperty("firmware").GetProperty("signature").GetString().ShouldBe("c2lnbmVk");
        call[3].GetProperty("firmware").GetProperty("signingCertificate").GetString()!.ShouldStartWith("-----BEGIN CERTIFICATE-----");
        var number = call[3].GetProperty("requestId").GetInt32();
        number.ShouldBe((await open.Api.Json(update)).GetProperty("number").GetInt32());
        await ReportSigned(station, number, "Downloading", "Downloaded", "SignatureVerified");
        await Becomes(update, "verified");
        await ReportSigned(station, number, "Installing", "InstallRebooting");
        await Becomes(update, "installing");
        await Introduce(station, "2.0");
        await ReportSigned(station, number, "Installed");
        await Becomes(update, "installed");
    }

    [Fact]
    public async Task TC_081_An_invalid_signature_ends_the_update()
    {
        await using var station = await Boot("1.0");
        var (update, call) = await Update(station, await NewFirmware("2.0", signed: true), """{"status":"Accepted"}""");
        var number = call[3].GetProperty("requestId").GetInt32();
        await ReportSigned(station, number + 1, "InvalidSignature"); // of another request: not ours
        await ReportSigned(station, number, "Downloading", "Downloaded", "InvalidSignature");
        var ended = await Becomes(update, "failed");
        ended.GetProperty("reason").GetString().ShouldBe("invalidSignature");
        ended.GetProperty("log").GetArrayLength().ShouldBe(3);
    }

    [Theory]
    [InlineData("""{"status":"Rejected"}""", "refused")]
    [InlineData("""{"status":"InvalidCertificate"}""", "invalidCertificate")]
    public async Task A_station_that_refuses_a_signed_update_ends_it(string answer, string reason)
    {
        await using var station = await Boot("1.0");
        var (update, _) = await Update(station, await NewFirmware("2.0", signed: true), answer);
        (await open.Api.Json(update)).GetProperty("reason").GetString().ShouldBe(reason);
    }

    [Fact]
    public async Task The_image_is_served_in_ranges_and_only_by_its_link()
    {
        await using var station = await Boot("1.0");
        var firmware = await NewFirmware("2.0");
        var (_, call) = await Update(station, firmware);
        var location = call[3].GetProperty("location").GetString()!;
        using var stranger = open.Host.Stranger();
        using var request = new HttpRequestMessage(HttpMethod.Get, location) { Headers = { Range = new RangeHeaderValue(990, null) } };
        using var part = await stranger.SendAsync(request);
        part.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        (await part.Content.ReadAsStringAsync()).ShouldBe("0123456789");
        part.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");
        part.Headers.ETag!.Tag.ShouldBe($"\"{(await open.Api.Json($"/api/v1/firmware/{firmware}")).GetProperty("sha256").GetString()}\"");

        await stranger.GetAsync("/firmware/" + new string('x', 43) + "/a.bin").IsProblem(HttpStatusCode.NotFound, "not-found");
        (await stranger.GetAsync($"/api/v1/firmware/{firmware}/image")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        // The secret of a link stands nowhere but in the station.
        var token = location.Split('/')[^2];
        (await open.Api.GetStringAsync($"/api/v1/stations/{id}/messages")).ShouldNotContain(token);
        (await open.Api.GetStringAsync($"/api/v1/stations/{id}/commands")).ShouldNotContain(token);
        (await open.Api.GetStringAsync($"/api/v1/stations/{id}/commands")).ShouldContain("(hidden)");
    }

    [Fact]
    public async Task A_known_bad_version_is_never_offered_and_shown_where_it_runs()
    {
        await using var station = await Boot("1.0");
        var firmware = await NewFirmware("6.6");
        var bad = await open.Api.Post("/api/v1/firmware-bad-versions", new { vendor = "acme-" + id, version = "V6.6", reason = "loses its clock" }).Is(HttpStatusCode.Created);
        bad.GetProperty("stations").GetArrayLength().ShouldBe(0);
        await open.Api.Post($"/api/v1/stations/{id}/firmware-updates", new { firmwareId = firmware }).IsProblem(HttpStatusCode.Conflict, "firmware-known-bad");

        await Introduce(station, "6.6");
        var listed = (await open.Api.Json("/api/v1/firmware-bad-versions")).GetProperty("items").EnumerateArray().Single(b => b.GetProperty("id").GetString() == bad.GetProperty("id").GetString());
        listed.GetProperty("stations").EnumerateArray().Select(s => s.GetString()).ShouldBe([id]);
        (await open.Api.DeleteAsync($"/api/v1/firmware-bad-versions/{bad.GetProperty("id").GetString()}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task An_update_must_fit_and_there_is_one_at_a_time()
    {
        await using var station = await Boot("1.0");
        var firmware = await NewFirmware("2.0");
        var foreign = (await open.Api.Post("/api/v1/firmware", new { vendor = "Other " + id, version = "2", url = "ftp://example.org/x.bin" }).Is(HttpStatusCode.Created)).GetProperty("id").GetString();
        await open.Api.Post($"/api/v1/stations/{id}/firmware-updates", new { firmwareId = foreign }).IsProblem(HttpStatusCode.Conflict, "firmware-does-not-fit");
        await open.Api.Post($"/api/v1/stations/{id}/firmware-updates", new { firmwareId = firmware, signed = true }).IsProblem(HttpStatusCode.Conflict, "firmware-not-signed");
        var (update, _) = await Update(station, firmware);
        await open.Api.Post($"/api/v1/stations/{id}/firmware-updates", new { firmwareId = firmware }).IsProblem(HttpStatusCode.Conflict, "update-runs");
        (await open.Api.PostAsync(update + "/cancel", null).Is(HttpStatusCode.OK)).GetProperty("state").GetString().ShouldBe("cancelled");
        await Update(station, firmware);
    }

    private static async Task Report(TestStation station, string status) =>
        (await station.Call("FirmwareStatusNotification", new { status })).EnumerateObject().ShouldBeEmpty();

    private static async Task ReportSigned(TestStation station, int number, params string[] statuses)
    {
        foreach (var status in statuses)
        {
            (await station.Call("SignedFirmwareStatusNotification", new { status, requestId = number })).EnumerateObject().ShouldBeEmpty();
        }
    }

    private async Task Fetch(string location)
    {
        using var stranger = open.Host.Stranger();
        (await stranger.GetByteArrayAsync(location)).ShouldBe(Image);
    }

    private async Task<JsonElement> Becomes(string path, string state)
    {
        JsonElement last = default;
        try
        {
            await FilesTests.Until(async () => (last = await open.Api.Json(path)).GetProperty("state").GetString() == state);
        }
        catch (TimeoutException)
        {
            last.GetProperty("state").GetString().ShouldBe(state, last.ToString());
        }

        return last;
    }

    private async Task<TestStation> Boot(string version)
    {
        var station = await open.Connect(id);
        await Introduce(station, version);
        return station;
    }

    private Task<JsonElement> Introduce(TestStation station, string version) =>
        station.Call("BootNotification", new { chargePointVendor = "Acme-" + id, chargePointModel = "Box 22", firmwareVersion = version });

    private async Task<string> NewFirmware(string version, bool signed = false)
    {
        var made = await open.Api.Post("/api/v1/firmware", new
        {
            vendor = "Acme-" + id, modelPattern = "Box*", version, signature = signed ? "c2lnbmVk" : null, signingCertificate = signed ? Certificate() : null,
        }).Is(HttpStatusCode.Created);
        var firmware = made.GetProperty("id").GetString()!;
        var uploaded = await open.Api.PutAsync($"/api/v1/firmware/{firmware}/image?name=image-{version}.bin", new ByteArrayContent(Image)).Is(HttpStatusCode.OK);
        uploaded.GetProperty("sizeBytes").GetInt64().ShouldBe(Image.Length);
        return firmware;
    }

    private async Task<(string Update, JsonElement Call)> Update(TestStation station, string firmware, string answer = "{}")
    {
        var starting = open.Api.Post($"/api/v1/stations/{id}/firmware-updates", new { firmwareId = firmware });
        var call = await station.Receive();
        await station.Send($$"""[3,"{{call[1].GetString()}}",{{answer}}]""");
        return ($"/api/v1/firmware-updates/{(await starting.Is(HttpStatusCode.Accepted)).GetProperty("id").GetString()}", call);
    }

    private static string Certificate()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=Acme", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        return certificate.ExportCertificatePem();
    }
}
