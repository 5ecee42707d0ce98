using System.Text;

namespace Ladewerk.Ocpp.Tests;

public sealed class FrameReaderTests
{
    private static FrameResult Read(string text) => FrameReader.Read(Encoding.UTF8.GetBytes(text));

    private static string Payload(FrameResult result) => Encoding.UTF8.GetString(result.Frame.Payload.Span);

    [Fact]
    public void A_call_is_read_without_leniency_and_its_payload_is_a_slice_of_the_buffer()
    {
        byte[] buffer = [.. """[2,"19223201","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}]"""u8];

        var result = FrameReader.Read(buffer);

        result.Ok.ShouldBeTrue();
        result.Leniency.ShouldBe(Leniency.None);
        result.Frame.Type.ShouldBe(MessageType.Call);
        result.Frame.MessageId.ShouldBe("19223201");
        result.Frame.Action.ShouldBeSameAs(V16.BootNotificationRequest.Action);
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(result.Frame.Payload, out var segment).ShouldBeTrue();
        segment.Array.ShouldBeSameAs(buffer);
        Payload(result).ShouldBe("""{"chargePointVendor":"V","chargePointModel":"M"}""");
    }

    [Fact]
    public void An_answer_and_an_error_are_read()
    {
        Payload(Read("""[3,"7",{"currentTime":"2026-01-01T00:00:00Z"}]""")).ShouldContain("currentTime");
        var error = Read("""[4,"7","NotImplemented","no such thing",{"a":[1]}]""").Frame;
        (error.Type, error.ErrorCode, error.ErrorDescription).ShouldBe((MessageType.CallError, "NotImplemented", "no such thing"));
        Encoding.UTF8.GetString(error.Payload.Span).ShouldBe("""{"a":[1]}""");
    }

    [Theory]
    [InlineData("[2,\"a\",\"Heartbeat\",{}]\0\0", "{}", Leniency.NulBytes)]
    [InlineData("\uFEFF[2,\"a\",\"Heartbeat\",{}]", "{}", Leniency.ByteOrderMark)]
    [InlineData("[2,\"a\",\"Heartbeat\",{\"x\":\"one\ntwo\"}]", "{\"x\":\"one\\ntwo\"}", Leniency.ControlCharacters)]
    [InlineData("[2,\"a\",\"Heartbeat\",{\"x\":\"A\\u0000\\u0000\"}]", "{\"x\":\"A\"}", Leniency.NulBytes)]
    [InlineData("[2,\"a\",\"Heartbeat\",{\"x\":\"\\ud83d\"}]", "{\"x\":\"\\ufffd\"}", Leniency.BadText)]
    [InlineData("[2,\"a\",\"Heartbeat\",{\"x\":\"C:\\dir\"}]", "{\"x\":\"C:\\\\dir\"}", Leniency.BadText)]
    [InlineData("[2,\"a\",\"Heartbeat\",{\"x\":1,},]", "{\"x\":1}", Leniency.TrailingComma)]
    [InlineData("[2,\"a\",\"Heartbeat\",{}]]}garbage", "{}", Leniency.TrailingData)]
    [InlineData("[2,\"a\",\"Heartbeat\",{},\"more\",{\"b\":[1]}]", "{}", Leniency.TrailingData)]
    [InlineData("[2,\"a\",\"Heartbeat\",null]", "{}", Leniency.EmptyPayload)]
    [InlineData("[2,\"a\",\"Heartbeat\",\"\"]", "{}", Leniency.EmptyPayload)]
    [InlineData("[2,\"a\",\"Heartbeat\",[]]", "{}", Leniency.EmptyPayload)]
    [InlineData("[2,\"a\",\"Heartbeat\"]", "{}", Leniency.EmptyPayload)]
    [InlineData("[\"2\",\"a\",\"Heartbeat\",{}]", "{}", Leniency.FrameFieldType)]
    public void A_known_habit_is_forgiven_and_named(string text, string payload, Leniency used)
    {
        var result = Read(text);

        result.Fault.ShouldBeNull();
        result.Frame.MessageId.ShouldBe("a");
        result.Frame.Action.ShouldBe("Heartbeat");
        Payload(result).ShouldBe(payload);
        result.Leniency.ShouldBe(used);
        FrameReader.Read(Encoding.UTF8.GetBytes(text), Leniency.None).Ok.ShouldBeFalse();
        FrameReader.Read(Encoding.UTF8.GetBytes(text), Leniency.All & ~used).Ok.ShouldBeFalse();
    }

    [Fact]
    public void A_number_as_message_id_is_kept_as_its_text() =>
        Read("""[2,10042,"Heartbeat",{}]""").Frame.MessageId.ShouldBe("10042");

    [Fact]
    public void Bytes_that_are_not_utf8_are_replaced()
    {
        var result = FrameReader.Read(Encoding.Latin1.GetBytes("""[2,"a","Authorize",{"idTag":"Müller"}]"""));

        result.Leniency.ShouldBe(Leniency.BadText);
        Payload(result).ShouldBe("""{"idTag":"M�ller"}""");
    }

    [Theory]
    [InlineData("[4,\"a\"]", "GenericError", "")]
    [InlineData("[4,\"a\",\"InternalError\"]", "InternalError", "")]
    [InlineData("[4,\"a\",\"InternalError\",null,{}]", "InternalError", "")]
    [InlineData("[4,\"a\",\"InternalError\",\"why\"]", "InternalError", "why")]
    public void An_incomplete_error_is_still_an_error(string text, string code, string description)
    {
        var frame = Read(text).Frame;
        (frame.Type, frame.ErrorCode, frame.ErrorDescription).ShouldBe((MessageType.CallError, code, description));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \r\n")]
    [InlineData("\0\0\0")]
    public void An_empty_frame_is_ignored(string text)
    {
        var fault = Read(text).Fault.ShouldNotBeNull();
        fault.Kind.ShouldBe(FrameFaultKind.Empty);
        fault.AnswerTo.ShouldBeNull();
    }

    [Theory]
    [InlineData("hello", FrameFaultKind.NotJson, "-1")]
    [InlineData("{\"a\":1}", FrameFaultKind.NotAFrame, "-1")]
    [InlineData("[]", FrameFaultKind.NotAFrame, "-1")]
    [InlineData("[2]", FrameFaultKind.NotAFrame, "-1")]
    [InlineData("[2,{},\"Heartbeat\",{}]", FrameFaultKind.NotAFrame, "-1")]
    [InlineData("[2,\"id7\",\"Heartbeat\",{\"a\":}]", FrameFaultKind.NotJson, "id7")]
    [InlineData("[2,\"id7\",\"Heartbeat\",{\"a\":1", FrameFaultKind.NotJson, "id7")]
    [InlineData("[2,\"id7\",{}]", FrameFaultKind.BadContent, "id7")]
    [InlineData("[2,\"id7\",\"Heartbeat\",5]", FrameFaultKind.BadContent, "id7")]
    [InlineData("[3,\"id7\",5]", FrameFaultKind.BadContent, null)]
    [InlineData("[9,\"id7\",\"Heartbeat\",{}]", FrameFaultKind.UnknownMessageType, null)]
    public void A_malformed_frame_is_answered_with_its_id_where_that_can_be_read(string text, FrameFaultKind kind, string? answerTo)
    {
        var fault = Read(text).Fault.ShouldNotBeNull();
        fault.Kind.ShouldBe(kind);
        fault.Code.ShouldBe(OcppErrorCode.FormationViolation);
        fault.AnswerTo.ShouldBe(answerTo);
    }

    [Fact]
    public void Deep_nesting_is_refused_with_the_id()
    {
        var deep = $$"""[2,"id7","DataTransfer",{"data":{{new string('[', 100_000)}}{{new string(']', 100_000)}}}]""";

        var fault = Read(deep).Fault.ShouldNotBeNull();

        fault.Kind.ShouldBe(FrameFaultKind.NotJson);
        fault.AnswerTo.ShouldBe("id7");
    }

    [Fact]
    public void A_frame_of_one_mebibyte_is_read_and_a_larger_one_refused_with_its_id()
    {
        static string Frame(int bytes)
        {
            const string Head = """[2,"id7","DataTransfer",{"vendorId":"v","data":" """;
            return Head + new string('x', bytes - Head.Length - 3) + "\"}]";
        }

        Read(Frame(FrameReader.MaxFrameBytes)).Ok.ShouldBeTrue();
        var fault = Read(Frame(FrameReader.MaxFrameBytes + 1)).Fault.ShouldNotBeNull();
        (fault.Kind, fault.AnswerTo).ShouldBe((FrameFaultKind.TooLarge, "id7"));
    }

    [Fact]
    public void Messages_of_2_1_are_read()
    {
        Read("""[6,"a","NotifyPeriodicEventStream",{"id":1}]""").Frame.Type.ShouldBe(MessageType.Send);
        Read("""[5,"a","FormatViolation","no",{}]""").Frame.ErrorCode.ShouldBe("FormatViolation");
    }
}
