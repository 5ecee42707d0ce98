using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Ocpp;

/// <summary>
/// Compression of messages (permessage-deflate, RFC 7692), the heart of Q7: agreed on only where the operator wants it, the station offers it
/// well-formed and no quirk forbids it; a compressed frame that was not agreed on, or cannot be unpacked, ends its connection and nothing else.
/// </summary>
public sealed class CompressionTests(Database database)
{
    private const string Heartbeat = """[2,"h-1","Heartbeat",{}]""";

    [Fact]
    public async Task An_offer_is_agreed_to_only_where_it_is_sound_and_the_station_is_understood_either_way()
    {
        await using var host = await LadewerkHost.Start(database, options: Options(compression: true));
        (string Offer, bool Agreed)[] cases =
        [
            ("permessage-deflate", true),
            ("permessage-deflate; client_max_window_bits", true),
            ("permessage-deflate; client_no_context_takeover; server_no_context_takeover", true),
            ("permessage-deflate; server_max_window_bits=10", true),
            ("permessage-deflate; server_max_window_bits=7, permessage-deflate", true), // the second offer is sound
            ("x-webkit-deflate-frame, permessage-deflate", true),
            ("permessage-deflate; server_max_window_bits=99", false),
            ("permessage-deflate; client_max_window_bits=abc", false),
            ("permessage-deflate; server_no_context_takeover; server_no_context_takeover", false),
            ("permessage-deflate; level=9", false),
            ("permessage-deflate; level=9, permessage-deflate; client_no_context_takeover", true),
            ("permessage-deflate; server_no_context_takeover=1", false),
            ("permessage-deflate; server_max_window_bits", false),
            ("permessage-deflate; client_max_window_bits=015", false),
            ("x-permessage-deflate", false),
            ("", false),
        ];
        foreach (var (offer, agreed) in cases)
        {
            await using var station = await RawStation.Connect(host, "Z-1", offer);
            station.Status.ShouldBe(101, offer);
            (station.Extensions is not null).ShouldBe(agreed, $"{offer} => {station.Extensions}");
            if (agreed)
            {
                station.Extensions!.ShouldStartWith("permessage-deflate");
                station.Extensions.ShouldContain("server_no_context_takeover"); // no memory is kept between messages
                (await station.Exchange(Heartbeat, compressed: true))[2].TryGetProperty("currentTime", out _).ShouldBeTrue(offer);
            }

            // What is not compressed is understood in any case (RFC 7692 §6: compression is by message).
            (await station.Exchange(Heartbeat.Replace("h-1", "h-2", StringComparison.Ordinal), compressed: false))[1].GetString().ShouldBe("h-2", offer);
        }
    }

    [Theory]
    [InlineData(false, "permessage-deflate")] // the operator wants none: the default
    [InlineData(true, "")] // the station offered none
    public async Task A_compressed_frame_that_was_not_agreed_on_ends_the_connection_and_the_next_one_is_fine(bool compression, string offer)
    {
        await using var host = await LadewerkHost.Start(database, options: Options(compression));
        await using (var station = await RawStation.Connect(host, "Z-2", offer))
        {
            station.Extensions.ShouldBeNull();
            await station.Exchange("""[2,"b","BootNotification",{"chargePointVendor":"A","chargePointModel":"B"}]""", compressed: false);
            await station.Send(Heartbeat, compressed: true); // RSV1 without an agreement: RFC 6455 §5.2
            (await station.IsClosed()).ShouldBeTrue();
        }

        await using var again = await RawStation.Connect(host, "Z-2", offer);
        (await again.Exchange(Heartbeat, compressed: false))[1].GetString().ShouldBe("h-1");
        (await host.Api.Json("/api/v1/stations/Z-2")).GetProperty("online").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task A_frame_that_cannot_be_unpacked_ends_the_connection_and_a_session_goes_on_in_the_next()
    {
        await using var host = await LadewerkHost.Start(database, options: Options(compression: true));
        await host.Api.Post("/api/v1/id-tokens", new { uid = "04A22F1B90" }).Is(HttpStatusCode.Created);
        long transaction;
        await using (var station = await RawStation.Connect(host, "Z-3", "permessage-deflate"))
        {
            var start = JsonSerializer.Serialize<object[]>([2, "s", "StartTransaction", new { connectorId = 1, idTag = "04A22F1B90", meterStart = 1000, timestamp = TestClock.Now.AddHours(-1).UtcDateTime }]);
            transaction = (await station.Exchange(start, compressed: true))[2].GetProperty("transactionId").GetInt64();
            await station.Frame([0xFF, 0xFE, 0xFD, 0x00, 0x12, 0x34], compressed: true);
            (await station.IsClosed()).ShouldBeTrue();
        }

        await using var again = await RawStation.Connect(host, "Z-3", "permessage-deflate");
        var stop = JsonSerializer.Serialize<object[]>([2, "e", "StopTransaction", new { transactionId = transaction, meterStop = 6000, timestamp = TestClock.Now.UtcDateTime }]);
        (await again.Exchange(stop, compressed: true))[0].GetInt32().ShouldBe(3);
        var session = (await host.Api.Json("/api/v1/sessions?stationId=Z-3")).GetProperty("items").EnumerateArray().ShouldHaveSingleItem();
        (session.Energy(), session.State(), session.NeedsReview()).ShouldBe((5000, "ended", false));
    }

    [Fact]
    public async Task Of_a_message_that_unpacks_beyond_all_measure_the_rest_is_dropped()
    {
        await using var host = await LadewerkHost.Start(database, options: Options(compression: true));
        await using var station = await RawStation.Connect(host, "Z-4", "permessage-deflate");
        await station.Send(new string(' ', 32 * 1024 * 1024), compressed: true); // 32 KiB on the wire
        await station.Send(Heartbeat, compressed: true);
        while ((await station.Receive())[1].GetString() != "h-1")
        {
            // the complaint about the first
        }
    }

    [Fact]
    public async Task Q7_a_station_whose_profile_says_so_is_never_agreed_with_and_that_is_counted()
    {
        await using var host = await LadewerkHost.Start(database, options: Options(compression: true));
        await host.Api.Post("/api/v1/stations", new { id = "Z-5" }).Is(HttpStatusCode.Created);
        (await host.Api.Put("/api/v1/stations/Z-5/quirks", new { profile = "broken-deflate" })).IsSuccessStatusCode.ShouldBeTrue();
        await using (var station = await RawStation.Connect(host, "Z-5", "permessage-deflate"))
        {
            (station.Status, station.Extensions).ShouldBe((101, null));
            await station.Exchange(Heartbeat, compressed: false);
        }

        var counted = "";
        for (var i = 0; i < 100 && !counted.Contains("noCompression", StringComparison.Ordinal); i++)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
            counted = await host.Api.GetStringAsync("/api/v1/stations/Z-5/quirks");
        }

        counted.ShouldContain("noCompression");
    }

    private static Dictionary<string, string?> Options(bool compression) => new() { ["Ocpp:Onboarding"] = "Open", ["Ocpp:Compression"] = compression ? "true" : "false" };

    /// <summary>A station that writes its frames itself, so that it can offer and send what no library would.</summary>
    private sealed class RawStation : IAsyncDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
        private readonly TcpClient tcp = new();
        private NetworkStream stream = null!;

        public int Status { get; private set; }

        /// <summary>What was agreed on; null: nothing.</summary>
        public string? Extensions { get; private set; }

        public static async Task<RawStation> Connect(LadewerkHost host, string id, string offer)
        {
            var station = new RawStation();
            await station.tcp.ConnectAsync(host.Address.Host, host.Address.Port, TestContext.Current.CancellationToken);
            station.stream = station.tcp.GetStream();
            var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
            var head = $"GET /ocpp/{id} HTTP/1.1\r\nHost: {host.Address.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: ocpp1.6\r\n"
                + (offer.Length > 0 ? $"Sec-WebSocket-Extensions: {offer}\r\n" : "") + "\r\n";
            await station.stream.WriteAsync(Encoding.ASCII.GetBytes(head));
            var answer = new StringBuilder();
            while (!answer.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                answer.Append((char)(await station.Take(1))[0]);
            }

            var lines = answer.ToString().Split("\r\n");
            station.Status = int.Parse(lines[0].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
            station.Extensions = lines.FirstOrDefault(l => l.StartsWith("Sec-WebSocket-Extensions:", StringComparison.OrdinalIgnoreCase))?.Split(':', 2)[1].Trim();
            return station;
        }

        public async Task<JsonElement> Exchange(string text, bool compressed)
        {
            await Send(text, compressed);
            return await Receive();
        }

        public Task Send(string text, bool compressed) => Frame(compressed ? Deflate(Encoding.UTF8.GetBytes(text)) : Encoding.UTF8.GetBytes(text), compressed);

        /// <summary>One frame of text with the payload as it stands.</summary>
        public async Task Frame(byte[] payload, bool compressed)
        {
            var mask = RandomNumberGenerator.GetBytes(4);
            var length = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(length, payload.Length);
            byte[] head = [(byte)(compressed ? 0xC1 : 0x81), .. payload.Length < 126 ? [(byte)(0x80 | payload.Length)] : (byte[])[0xFF, .. length], .. mask];
            await stream.WriteAsync((byte[])[.. head, .. payload.Select((b, i) => (byte)(b ^ mask[i % 4]))], TestContext.Current.CancellationToken);
        }

        /// <summary>Whether the server ends the connection, by a close frame or without one.</summary>
        public async Task<bool> IsClosed()
        {
            try
            {
                while (((await Take(1))[0] & 0x0F) != 0x08)
                {
                    await Payload();
                }

                return true;
            }
            catch (Exception gone) when (gone is IOException or EndOfStreamException)
            {
                return true;
            }
        }

        public ValueTask DisposeAsync()
        {
            tcp.Dispose();
            return ValueTask.CompletedTask;
        }

        public async Task<JsonElement> Receive()
        {
            while (true)
            {
                var first = (await Take(1))[0];
                var payload = await Payload();
                if ((first & 0x0F) == 0x01)
                {
                    var text = (first & 0x40) != 0 ? Inflate(payload) : payload;
                    return JsonSerializer.Deserialize<JsonElement>(text);
                }

                (first & 0x0F).ShouldNotBe(0x08, "the server closed");
            }
        }

        private async Task<byte[]> Payload()
        {
            var length = (long)(await Take(1))[0];
            length = length == 126 ? BinaryPrimitives.ReadUInt16BigEndian(await Take(2)) : length == 127 ? BinaryPrimitives.ReadInt64BigEndian(await Take(8)) : length;
            return await Take((int)length);
        }

        private async Task<byte[]> Take(int count)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            patience.CancelAfter(Patience);
            var buffer = new byte[count];
            await stream.ReadExactlyAsync(buffer, patience.Token);
            return buffer;
        }

        // RFC 7692 §7.2: raw deflate, flushed, without the last four bytes 00 00 FF FF.
        private static byte[] Deflate(byte[] plain)
        {
            using var packed = new MemoryStream();
            using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            {
                deflate.Write(plain);
                deflate.Flush();
                return packed.ToArray()[..^4];
            }
        }

        private static byte[] Inflate(byte[] packed)
        {
            using var source = new MemoryStream([.. packed, 0x00, 0x00, 0xFF, 0xFF, 0x01, 0x00, 0x00, 0xFF, 0xFF]);
            using var deflate = new DeflateStream(source, CompressionMode.Decompress);
            using var plain = new MemoryStream();
            deflate.CopyTo(plain);
            return plain.ToArray();
        }
    }
}
