using System.Buffers;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Ladewerk.Ocpp.V16;

namespace Ladewerk.Ocpp.Tests;

/// <summary>Whatever comes in, a reader gives a result.</summary>
public sealed class AnyInputTests
{
    private static readonly Config Thousands = Config.QuickThrowOnFailure.WithMaxTest(3000);

    private static readonly string[] Seeds =
    [
        """[2,"19223201","BootNotification",{"chargePointVendor":"V","chargePointModel":"M","iccid":"89","imsi":null}]""",
        """[2,"a","MeterValues",{"connectorId":1,"transactionId":7,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[{"value":"1.5","unit":"kWh","phase":"L1-N"},{"value":2,"context":"Other"}]}]}]""",
        """[2,"a","StopTransaction",{"transactionId":7,"idTag":"A","meterStop":604.213,"timestamp":"2026-01-01T00:00:00Z","reason":"Local","transactionData":[]}]""",
        """[2,"a","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available","info":"\u00e4\ud83d\ude00","timestamp":""}]""",
        """[3,"a",{"configurationKey":[{"key":"k","readonly":false,"value":"v"}],"unknownKey":["x"]}]""",
        """[4,"a","InternalError","why",{}]""",
    ];

    private static readonly byte[][] Pieces =
    [
        .. ((string[])["\0", "\n", "\"", "\\", "\\u0000", "\\ud800", "\\u12", ",", "[", "]", "{", "}", "null", "true", "-1", "0.5", "1e999", "99999999999999999999", "\"\"", ":", "\uFEFF", "[[[[", "\"2026\"", "//x\n", "/*"])
            .Select(Encoding.UTF8.GetBytes), [0xFF], [0xC3], [0xED, 0xA0, 0x80],
    ];

    // A real frame with up to six cuts, insertions and overwritten bytes.
    private static readonly Arbitrary<byte[]> Damaged = (
        from seed in Gen.Elements(Seeds)
        from count in Gen.Choose(0, 6)
        from changes in (from at in Gen.Choose(0, 400) from length in Gen.Choose(0, 6) from piece in Gen.Elements(Pieces) select (at, length, piece)).ListOf(count)
        select changes.Aggregate(Encoding.UTF8.GetBytes(seed), (bytes, change) => Change(bytes, change.at, change.length, change.piece))).ToArbitrary();

    private static readonly Arbitrary<byte[]> AnyBytes = Gen.Choose(0, 255).Select(i => (byte)i).ArrayOf().ToArbitrary();

    private static readonly Arbitrary<string> AnyText = Gen.Elements("a", "\"", "\\", "ü", "😀", "\n", "\u0001", "</script>", "-", "0", "{", "]")
        .ListOf().Select(parts => string.Concat(parts)).ToArbitrary();

    private static byte[] Change(byte[] bytes, int at, int length, byte[] piece)
    {
        at %= bytes.Length + 1;
        return [.. bytes[..at], .. piece, .. bytes[Math.Min(bytes.Length, at + length)..]];
    }

    private static bool GivesAResult(byte[] bytes)
    {
        foreach (var allowed in (Leniency[])[Leniency.All, Leniency.None])
        {
            var result = FrameReader.Read(bytes, allowed);
            if (!result.Ok)
            {
                continue;
            }

            result.Frame.MessageId.ShouldNotBeNull();
            result.Frame.MessageId.ShouldNotContain('\0');
            System.Text.Unicode.Utf8.IsValid(result.Frame.Payload.Span).ShouldBeTrue();
            using var payload = JsonDocument.Parse(result.Frame.Payload);
            payload.RootElement.ValueKind.ShouldBe(JsonValueKind.Object);
        }

        return true;
    }

    private static void ReadsAs<T>(ReadOnlyMemory<byte> payload)
        where T : class, IWireMessage<T>
    {
        WireReader.Read<T>(payload, Leniency.None).Notes.ShouldBeEmpty();
        var outcome = WireReader.Read<T>(payload);
        if (!outcome.Ok)
        {
            outcome.Fault.Description.ShouldStartWith(outcome.Fault.Path);
            return;
        }

        // What was read is a proper message now, but for what is kept on purpose.
        var written = FrameWriter.Payload(outcome.Value, T.JsonType);
        WireReader.Read<T>(written, Leniency.OverlongText | Leniency.EmptyEntryDropped).Ok.ShouldBeTrue(Encoding.UTF8.GetString(written));
    }

    private static bool ReadsAsEverything(byte[] bytes)
    {
        var frame = FrameReader.Read(bytes).Frame;
        var payload = frame.MessageId is null ? bytes : frame.Payload;
        ReadsAs<BootNotificationRequest>(payload);
        ReadsAs<MeterValuesRequest>(payload);
        ReadsAs<StopTransactionRequest>(payload);
        ReadsAs<StatusNotificationRequest>(payload);
        ReadsAs<GetConfigurationResponse>(payload);
        ReadsAs<DataTransferRequest>(payload);
        return true;
    }

    [Fact]
    public void Any_bytes_as_frame() => Check.One(Thousands, Prop.ForAll(AnyBytes, GivesAResult));

    [Fact]
    public void Any_damaged_frame() => Check.One(Thousands, Prop.ForAll(Damaged, GivesAResult));

    [Fact]
    public void Any_bytes_as_payload() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(AnyBytes, ReadsAsEverything));

    [Fact]
    public void Any_damaged_payload() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(800), Prop.ForAll(Damaged, ReadsAsEverything));

    [Fact]
    public void Any_text_survives_writing_and_reading() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(AnyText, AnyText, (id, text) =>
    {
        var buffer = new ArrayBufferWriter<byte>();
        FrameWriter.WriteCall(buffer, id, text, new DataTransferRequest { VendorId = id, Data = text }, DataTransferRequest.JsonType);

        var result = FrameReader.Read(buffer.WrittenMemory);

        result.Leniency.ShouldBe(Leniency.None);
        (result.Frame.MessageId, result.Frame.Action).ShouldBe((id, text));
        WireReader.Read<DataTransferRequest>(result.Frame.Payload).Value.ShouldBe(new DataTransferRequest { VendorId = id, Data = text });
        return true;
    }));

    [Fact]
    public void Any_number_of_watt_hours_survives() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        Gen.Choose(int.MinValue, int.MaxValue).Zip(Gen.Choose(0, 6)).Select(p => p.Item1 / (decimal)Math.Pow(10, p.Item2)).ToArbitrary(),
        meter =>
        {
            var stop = new StopTransactionRequest { TransactionId = 1, MeterStop = meter, Timestamp = DateTimeOffset.UnixEpoch };
            return WireReader.Read<StopTransactionRequest>(FrameWriter.Payload(stop, StopTransactionRequest.JsonType), Leniency.None).Value == stop;
        }));

    [Fact]
    public void Deep_and_huge_payloads_are_refused_or_read_but_never_thrown()
    {
        var deep = Encoding.UTF8.GetBytes($$"""{"vendorId":"v","data":{{new string('[', 500_000)}}{{new string(']', 500_000)}}}""");
        WireReader.Read<DataTransferRequest>(deep).Fault.ShouldNotBeNull().Code.ShouldBe(OcppErrorCode.FormationViolation);

        var huge = Encoding.UTF8.GetBytes($$"""{"vendorId":"v","data":"{{new string('x', 1_000_000)}}"}""");
        WireReader.Read<DataTransferRequest>(huge).Value.ShouldNotBeNull().Data!.Length.ShouldBe(1_000_000);
    }

    [Fact]
    public void A_message_full_of_oddities_gives_a_bounded_number_of_notes_of_every_kind()
    {
        var samples = string.Join(',', Enumerable.Repeat("""{"value":1,"unit":"C"}""", 20_000));
        var payload = Encoding.UTF8.GetBytes($$"""{"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[{{samples}}]}],"connectorId":"1"}""");

        var outcome = WireReader.Read<MeterValuesRequest>(payload);

        outcome.Value.ShouldNotBeNull().MeterValue[0].SampledValue.Count.ShouldBe(20_000);
        outcome.Notes.Count.ShouldBeLessThanOrEqualTo(101);
        outcome.Used.ShouldBe(Leniency.TextFromValue | Leniency.EnumAlias | Leniency.ValueFromText);
    }
}
