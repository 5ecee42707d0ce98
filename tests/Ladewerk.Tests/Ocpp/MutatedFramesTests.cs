using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Ladewerk.Ocpp;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Ocpp;

/// <summary>Alone on the machine, because it holds the heap before against the heap after.</summary>
[CollectionDefinition(nameof(MutatedFrames), DisableParallelization = true)]
public sealed class MutatedFrames;

/// <summary>
/// Real frames of every action of a station, mutated at random: none brings the host down, each call with a readable id is answered, no session
/// is touched. <c>LADEWERK_FUZZ_FRAMES</c> and <c>LADEWERK_FUZZ_SEED</c> set how many and which; bench/fuzz.sh runs the long form.
/// </summary>
[Collection(nameof(MutatedFrames))]
public sealed class MutatedFramesTests(Database database, ITestOutputHelper output) : OnOpenHost(database)
{
    private const int Stations = 8, Batch = 40;
    private const long MostGrowthBytes = 64 << 20;
    private static readonly int Frames = Setting("LADEWERK_FUZZ_FRAMES", 20_000);
    private static readonly int Seed = Setting("LADEWERK_FUZZ_SEED", 20_261_121);

    [Fact]
    public async Task Mutated_frames_are_all_answered_and_corrupt_no_session()
    {
        output.WriteLine($"{Frames} frames, seed {Seed}");
        await using var neighbour = await Victim.Start(open, open.NewStation(), connector: 1, meterStart: 1000);
        var fuzzed = await Task.WhenAll(Enumerable.Range(0, Stations).Select(_ => Victim.Start(open, open.NewStation(), connector: 77, meterStart: 2_000_000_000)));
        await Fuzz(fuzzed, Frames / 10, Seed - 1);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await Fuzz(fuzzed, Frames, Seed);
        var growth = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine($"heap grew by {growth / 1024} KiB");
        growth.ShouldBeLessThan(MostGrowthBytes);

        foreach (var victim in fuzzed.Append(neighbour))
        {
            await victim.EndsRight(open);
            await victim.DisposeAsync();
        }
    }

    private static async Task Fuzz(Victim[] victims, int frames, int seed) =>
        await Task.WhenAll(victims.Select((victim, i) => Fuzz(victim.Station, frames / victims.Length, new FrameMutator(seed + (i * 1000)))));

    private static async Task Fuzz(TestStation station, int frames, FrameMutator mutator)
    {
        for (var sent = 0; sent < frames; sent += Batch)
        {
            var expected = new List<string>();
            for (var i = 0; i < Batch; i++)
            {
                var frame = mutator.Next();
                var read = FrameReader.Read(frame);
                var answerTo = !read.Ok ? read.Fault!.AnswerTo : read.Frame.Type == MessageType.Call ? read.Frame.MessageId : null;
                if (answerTo is { } wanted)
                {
                    expected.Add(wanted);
                }

                await station.Send(frame, binary: !Utf8.IsValid(frame));
            }

            await station.Send(Encoding.UTF8.GetBytes($"[2,\"sync {sent}\",\"Heartbeat\",{{}}]"), binary: false);
            var answered = await Answers(station, $"sync {sent}");
            answered.Order(StringComparer.Ordinal).ShouldBe(expected.Order(StringComparer.Ordinal));
        }
    }

    private static async Task<List<string>> Answers(TestStation station, string last)
    {
        var ids = new List<string>();
        while (true)
        {
            var answer = await station.Receive();
            answer[0].GetInt32().ShouldBeInRange(3, 4);
            var answered = answer[1].GetString()!;
            if (answered == last)
            {
                return ids;
            }

            ids.Add(answered);
        }
    }

    private static int Setting(string name, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    /// <summary>A station with a session that must come out right whatever is thrown at it.</summary>
    private sealed class Victim : IAsyncDisposable
    {
        private static readonly DateTimeOffset Start0 = TestClock.Now.AddHours(-1);

        public required TestStation Station { get; init; }

        public required string Id { get; init; }

        public required string Badge { get; init; }

        public required int Connector { get; init; }

        public required long MeterStart { get; init; }

        public required long Transaction { get; init; }

        public static async Task<Victim> Start(OpenHost open, string id, int connector, long meterStart)
        {
            var station = await open.Connect(id);
            await station.Call("BootNotification", new { chargePointVendor = "V", chargePointModel = "M" }); // else it would be asked to introduce itself
            var badge = await open.NewBadge();
            return new Victim { Station = station, Id = id, Badge = badge, Connector = connector, MeterStart = meterStart, Transaction = await station.Start(connector, badge, meterStart, Start0) };
        }

        public async Task EndsRight(OpenHost open)
        {
            await Station.Energy(Connector, Transaction, MeterStart + 5000, Start0.AddMinutes(30));
            await Station.Stop(Transaction, MeterStart + 9000, Start0.AddMinutes(50));
            var session = (await open.Sessions(Id)).Single(s => s.GetProperty("transactionId").GetInt64() == Transaction);
            session.State().ShouldBe("ended");
            session.GetProperty("idToken").GetString().ShouldBe(Badge);
            session.Energy().ShouldBe(9000);
            session.Net().ShouldBe(OpenHost.NetOf(9000));
            session.Reasons().ShouldBeEmpty();
        }

        public ValueTask DisposeAsync() => Station.DisposeAsync();
    }
}

/// <summary>Mutates real frames: bytes flipped, cut, doubled, inserted; numbers and texts made extreme; parts nested or swapped.</summary>
internal sealed class FrameMutator(int seed)
{
    private static readonly string[] Real =
    [
        """[2,"%","Authorize",{"idTag":"04A22F1B5C6D80"}]""",
        """[2,"%","BootNotification",{"chargePointVendor":"Vendor","chargePointModel":"Model","chargePointSerialNumber":"CP-1","firmwareVersion":"1.4.2","iccid":"8949","imsi":"262","meterType":"M","meterSerialNumber":"S"}]""",
        """[2,"%","DataTransfer",{"vendorId":"com.vendor","messageId":"status","data":"{\"a\":1}"}]""",
        """[2,"%","DiagnosticsStatusNotification",{"status":"Uploading"}]""",
        """[2,"%","FirmwareStatusNotification",{"status":"Downloaded"}]""",
        """[2,"%","Heartbeat",{}]""",
        """[2,"%","LogStatusNotification",{"status":"Uploading","requestId":12}]""",
        """[2,"%","MeterValues",{"connectorId":2,"transactionId":999999,"meterValue":[{"timestamp":"2026-03-02T08:00:00.000Z","sampledValue":[{"value":"1234.5","measurand":"Energy.Active.Import.Register","unit":"Wh","context":"Sample.Periodic"},{"value":"11000","measurand":"Power.Active.Import","unit":"W","phase":"L1"}]}]}]""",
        """[2,"%","SecurityEventNotification",{"type":"StartupOfTheDevice","timestamp":"2026-03-02T08:00:00Z","techInfo":"boot"}]""",
        """[2,"%","SignedFirmwareStatusNotification",{"status":"Installing","requestId":4}]""",
        """[2,"%","StartTransaction",{"connectorId":3,"idTag":"UNKNOWN-TAG","meterStart":4000,"timestamp":"2026-03-02T08:00:00Z"}]""",
        """[2,"%","StatusNotification",{"connectorId":2,"status":"Charging","errorCode":"NoError","info":"","timestamp":"2026-03-02T08:00:00Z","vendorId":"v","vendorErrorCode":"0"}]""",
        """[2,"%","StopTransaction",{"transactionId":999999,"idTag":"UNKNOWN-TAG","meterStop":9000,"timestamp":"2026-03-02T09:00:00Z","reason":"EVDisconnected","transactionData":[{"timestamp":"2026-03-02T08:30:00Z","sampledValue":[{"value":"5000"}]}]}]""",
    ];

    private static readonly string[] Extremes =
    [
        "-1", "0", "1e400", "99999999999999999999999999", "-9223372036854775809", "0.0000001", "null", "true", "[]", "{}", "\"\"", "\"\\u0000\"", "\"\\uD800\"", "NaN", "1634030126", "\"9999-99-99T99:99:99Z\"",
        "\"0001-01-01T00:00:00Z\"", "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"",
    ];

    private readonly Random random = new(seed);
    private int count;

    /// <summary>The next frame, as it goes on the wire.</summary>
    public byte[] Next()
    {
        var frame = Encoding.UTF8.GetBytes(Real[random.Next(Real.Length)].Replace("%", $"f{seed.ToString(CultureInfo.InvariantCulture)}-{count++.ToString(CultureInfo.InvariantCulture)}", StringComparison.Ordinal));
        for (var i = random.Next(1, 4); i > 0 && frame.Length > 1; i--)
        {
            frame = Mutated(frame);
        }

        return frame;
    }

    private byte[] Mutated(byte[] frame)
    {
        var at = random.Next(frame.Length);
        var length = Math.Min(random.Next(1, 20), frame.Length - at);
        return random.Next(9) switch
        {
            0 => [.. frame[..at], (byte)(frame[at] ^ (1 << random.Next(8))), .. frame[(at + 1)..]],
            1 => [.. frame[..at], .. frame[(at + length)..]],
            2 => [.. frame[..at], .. frame[at..(at + length)], .. frame[at..]],
            3 => [.. frame[..at], (byte)random.Next(256), .. frame[at..]],
            4 => frame[..at],
            5 => Value(frame),
            6 => [.. frame[..at], .. "[[[[{\"a\":"u8, .. frame[at..]],
            7 => [.. frame[..at], .. Encoding.UTF8.GetBytes(char.ConvertFromUtf32(random.Next(0x20, 0xD000))), .. frame[at..]],
            _ => [.. frame, .. frame[at..]],
        };
    }

    /// <summary>Another value for one of the members.</summary>
    private byte[] Value(byte[] frame)
    {
        var text = Encoding.UTF8.GetString(frame);
        var colons = Enumerable.Range(0, text.Length).Where(i => text[i] == ':' && i > 0 && text[i - 1] == '"').ToList();
        if (colons.Count == 0)
        {
            return frame;
        }

        var from = colons[random.Next(colons.Count)] + 1;
        var to = text.IndexOfAny([',', '}', ']'], from);
        return Encoding.UTF8.GetBytes(text[..from] + Extremes[random.Next(Extremes.Length)] + (to < 0 ? "" : text[to..]));
    }
}
