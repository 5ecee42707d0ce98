using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ladewerk.Stations;
using Ladewerk.Stations.Files;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Stations;

/// <summary>Diagnostics brought to the server itself: the one-time link, what it takes and what it refuses.</summary>
public sealed class FilesTests(Database database) : OnOpenHost(database)
{
    private readonly Database hosts = database;
    private static readonly byte[] Diagnostics = Encoding.UTF8.GetBytes("all is well\n");

    public static TheoryData<string, string, string> Ways => new()
    {
        { "PUT", "", "told.log" },
        { "PUT", "their-own.zip", "their-own.zip" },
        { "PUT", "/their-own.zip", "their-own.zip" },
        { "POST", "", "told.log" },
        { "POST", "..%2f..%2fetc%2fpasswd", "passwd" },
        { "POST", "a<b>\"c.html", "a_b__c.html" },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_station_brings_its_file_raw(string method, string path, string name)
    {
        await using var station = await open.Connect(id);
        var (request, link) = await Ask(station);
        using var stranger = open.Host.Stranger();
        using var message = new HttpRequestMessage(new HttpMethod(method), link + path) { Content = new ByteArrayContent(Diagnostics) };
        (await stranger.SendAsync(message)).StatusCode.ShouldBe(HttpStatusCode.Created);

        var file = (await open.Api.Json(request)).GetProperty("file");
        file.GetProperty("name").GetString().ShouldBe(name);
        file.GetProperty("sizeBytes").GetInt64().ShouldBe(Diagnostics.Length);
        file.GetProperty("sha256").GetString().ShouldBe(Convert.ToHexStringLower(SHA256.HashData(Diagnostics)));
    }

    [Fact]
    public async Task A_form_is_taken_and_the_file_is_only_ever_an_attachment()
    {
        await using var station = await open.Connect(id);
        var (request, link) = await Ask(station);
        using var stranger = open.Host.Stranger();
        using var form = new MultipartFormDataContent { { new StringContent("x"), "comment" }, { new ByteArrayContent("<script>1</script>"u8.ToArray()), "file", "..\\..\\evil.html" } };
        (await stranger.PostAsync(link, form)).StatusCode.ShouldBe(HttpStatusCode.Created);

        var file = (await open.Api.Json(request)).GetProperty("file");
        file.GetProperty("name").GetString().ShouldBe("evil.html");
        using var content = await open.Api.GetAsync($"/api/v1/stations/{id}/files/{file.GetProperty("id").GetString()}/content");
        (await content.Content.ReadAsStringAsync()).ShouldBe("<script>1</script>");
        content.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");
        content.Content.Headers.ContentType!.MediaType.ShouldBe("application/octet-stream");
        content.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);

        (await open.Api.DeleteAsync($"/api/v1/stations/{id}/files/{file.GetProperty("id").GetString()}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await open.Api.Json($"/api/v1/stations/{id}/files")).GetProperty("items").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task A_link_works_once_and_an_unknown_one_never()
    {
        await using var station = await open.Connect(id);
        var (_, link) = await Ask(station);
        using var stranger = open.Host.Stranger();
        (await stranger.PutAsync(link, new ByteArrayContent([]))).StatusCode.ShouldBe(HttpStatusCode.BadRequest); // an empty file uses nothing up
        (await stranger.PutAsync(link, new ByteArrayContent(Diagnostics))).StatusCode.ShouldBe(HttpStatusCode.Created);
        await stranger.PutAsync(link, new ByteArrayContent(Diagnostics)).IsProblem(HttpStatusCode.Gone, "link-used");
        await stranger.PutAsync("/upload/" + LinkToken.New().Text, new ByteArrayContent(Diagnostics)).IsProblem(HttpStatusCode.NotFound, "not-found");
        (await stranger.GetAsync(link)).IsSuccessStatusCode.ShouldBeFalse();
        (await open.Api.Json($"/api/v1/stations/{id}/files")).GetProperty("items").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Too_large_and_too_late_are_refused_and_leave_nothing()
    {
        var time = new ManualTime();
        var directory = Directory.CreateTempSubdirectory("ladewerk-files-");
        await using (var host = await LadewerkHost.Start(hosts, time, new Dictionary<string, string?>
        {
            ["Ocpp:Onboarding"] = "Open", ["Files:Directory"] = directory.FullName, ["Files:MaxUploadBytes"] = "1000", ["Files:UploadWithin"] = "01:00:00", ["Ladewerk:PublicUrl"] = "https://charge.example.org/lw/",
        }))
        {
            await using var station = await TestStation.Connect(host, "F-1");
            var (request, location) = await Ask(host.Api, station, "F-1");
            location.ShouldStartWith("https://charge.example.org/lw/upload/");
            var link = location["https://charge.example.org/lw".Length..];
            using var stranger = host.Stranger();
            await stranger.PutAsync(link, new ByteArrayContent(new byte[1001])).IsProblem(HttpStatusCode.RequestEntityTooLarge, "file-too-large");
            using var unknownLength = new HttpRequestMessage(HttpMethod.Put, link) { Content = new StreamContent(new Unsized(200_000)) };
            unknownLength.Headers.TransferEncodingChunked = true;
            (await stranger.SendAsync(unknownLength)).StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
            directory.GetFiles("*", SearchOption.AllDirectories).ShouldBeEmpty();

            time.Advance(TimeSpan.FromHours(2));
            await stranger.PutAsync(link, new ByteArrayContent(Diagnostics)).IsProblem(HttpStatusCode.Gone, "link-used");
            await Until(async () => (await host.Api.Json(request)).GetProperty("state").GetString() == "timedOut");
        }

        directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Old_files_leave_the_list_and_the_disk()
    {
        var time = new ManualTime();
        var directory = Directory.CreateTempSubdirectory("ladewerk-files-");
        await using (var host = await LadewerkHost.Start(hosts, time, new Dictionary<string, string?> { ["Ocpp:Onboarding"] = "Open", ["Files:Directory"] = directory.FullName, ["Files:Retention"] = "30.00:00:00" }))
        {
            await using var station = await TestStation.Connect(host, "F-2");
            var (_, link) = await Ask(host.Api, station, "F-2");
            using var stranger = host.Stranger();
            (await stranger.PutAsync(link, new ByteArrayContent(Diagnostics))).StatusCode.ShouldBe(HttpStatusCode.Created);
            directory.GetFiles("*", SearchOption.AllDirectories).ShouldHaveSingleItem();
            time.Advance(TimeSpan.FromDays(31));
            await Until(async () => (await host.Api.Json("/api/v1/stations/F-2/files")).GetProperty("items").GetArrayLength() == 0);
            directory.GetFiles("*", SearchOption.AllDirectories).ShouldBeEmpty();
        }

        directory.Delete(recursive: true);
    }

    [Fact]
    public async Task A_station_that_is_away_or_has_nothing_says_so()
    {
        await using (var station = await open.Connect(id))
        {
            var asking = open.Api.Post($"/api/v1/stations/{id}/file-requests", new { });
            var call = await station.Receive();
            await station.Send($$"""[3,"{{call[1].GetString()}}",{}]""");
            var request = await asking.Is(HttpStatusCode.Accepted);
            (request.GetProperty("state").GetString(), request.GetProperty("reason").GetString()).ShouldBe(("failed", "nothing"));
        }

        await Until(async () => !(await open.Api.Json($"/api/v1/stations/{id}")).GetProperty("online").GetBoolean());
        await open.Api.Post($"/api/v1/stations/{id}/file-requests", new { }).IsProblem(HttpStatusCode.Conflict, "station-offline");
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("C:\\logs\\a b.txt", "a_b.txt")]
    [InlineData("...", null)]
    [InlineData(".htaccess", "htaccess")]
    [InlineData("a\r\nb: c", "a__b__c")]
    public void A_name_is_made_harmless(string? name, string? safe) => SafeName.Of(name).ShouldBe(safe);

    [Fact]
    public void The_file_counts_and_not_the_word()
    {
        var at = new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
        FileStep Of(DateTimeOffset now, bool file, params string[] words) =>
            FileProgress.Of(new(at, at.AddHours(1), file, [.. words.Select((w, i) => new StationReport(at.AddSeconds(i), null, w))]), now);

        Of(at, false).State.ShouldBe(FileRequestState.Requested);
        Of(at, false, "Idle").State.ShouldBe(FileRequestState.Requested);
        Of(at, false, "Uploading").State.ShouldBe(FileRequestState.Uploading);
        Of(at.AddMinutes(1), false, "Uploading", "Uploaded").IsEnd.ShouldBeFalse();
        Of(at.AddMinutes(3), false, "Uploading", "Uploaded").Reason.ShouldBe("noFile");
        Of(at, false, "Uploading", "UploadFailed").State.ShouldBe(FileRequestState.Failed);
        Of(at.AddHours(1), false, "Uploading").State.ShouldBe(FileRequestState.TimedOut);
        Of(at.AddHours(2), true, "UploadFailed").State.ShouldBe(FileRequestState.Uploaded);
    }

    internal static async Task Until(Func<Task<bool>> holds)
    {
        for (var i = 0; i < 150; i++)
        {
            if (await holds())
            {
                return;
            }

            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException("It did not come to hold.");
    }

    private Task<(string Request, string Link)> Ask(TestStation station) => Ask(open.Api, station, id);

    /// <summary>Asks for diagnostics; gives the request's address and the link that the station got.</summary>
    internal static async Task<(string Request, string Link)> Ask(HttpClient api, TestStation station, string id)
    {
        var asking = api.Post($"/api/v1/stations/{id}/file-requests", new { kind = "diagnostics" });
        var call = await station.Receive();
        call[2].GetString().ShouldBe("GetDiagnostics");
        await station.Send($$"""[3,"{{call[1].GetString()}}",{"fileName":"told.log"}]""");
        var request = await asking.Is(HttpStatusCode.Accepted);
        request.GetProperty("state").GetString().ShouldBe("requested");
        return ($"/api/v1/stations/{id}/file-requests/{request.GetProperty("id").GetString()}", call[3].GetProperty("location").GetString()!);
    }

    /// <summary>Zeros without a length.</summary>
    private sealed class Unsized(long length) : Stream
    {
        private long left = length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, left);
            left -= read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
