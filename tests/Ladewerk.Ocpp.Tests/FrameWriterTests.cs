using System.Buffers;
using System.Text;
using Ladewerk.Ocpp.V16;

namespace Ladewerk.Ocpp.Tests;

public sealed class FrameWriterTests
{
    private static string Written(Action<IBufferWriter<byte>> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    [Fact]
    public void Times_leave_in_utc_with_z_and_milliseconds()
    {
        var answer = new HeartbeatResponse { CurrentTime = new DateTimeOffset(2026, 3, 1, 14, 30, 0, 7, TimeSpan.FromHours(2)) };

        Written(o => FrameWriter.WriteCallResult(o, "id", answer, HeartbeatResponse.JsonType))
            .ShouldBe("""[3,"id",{"currentTime":"2026-03-01T12:30:00.007Z"}]""");
    }

    [Fact]
    public void Urls_leave_unescaped_and_absent_fields_do_not_leave()
    {
        var call = new GetDiagnosticsRequest { Location = "ftp://a/b?c=1&d='ü'" };

        Written(o => FrameWriter.WriteCall(o, "id", GetDiagnosticsRequest.Action, call, GetDiagnosticsRequest.JsonType))
            .ShouldBe("""[2,"id","GetDiagnostics",{"location":"ftp://a/b?c=1&d='ü'"}]""");
    }

    [Fact]
    public void Raw_payloads_and_errors_are_framed()
    {
        Written(o => FrameWriter.WriteCall(o, "1", "ClearCache", "{}"u8)).ShouldBe("""[2,"1","ClearCache",{}]""");
        Written(o => FrameWriter.WriteCallResult(o, "1", "{\"a\":1}"u8)).ShouldBe("""[3,"1",{"a":1}]""");
        Written(o => FrameWriter.WriteSend(o, "1", "X", "{}"u8)).ShouldBe("""[6,"1","X",{}]""");
        Written(o => FrameWriter.WriteCallError(o, "1", OcppErrorCode.NotSupported, "no \"x\"")).ShouldBe("""[4,"1","NotSupported","no \"x\"",{}]""");
        Written(o => FrameWriter.WriteCallResultError(o, "1", OcppErrorCode.FormatViolation, "", "{\"a\":1}"u8))
            .ShouldBe("""[5,"1","FormatViolation","",{"a":1}]""");
    }

    [Fact]
    public void A_long_description_is_cut_between_characters()
    {
        var text = Written(o => FrameWriter.WriteCallError(o, "1", OcppErrorCode.GenericError, new string('x', 254) + "😀 and more"));

        FrameReader.Read(Encoding.UTF8.GetBytes(text)).Frame.ErrorDescription.ShouldBe(new string('x', 254));
    }

    [Fact]
    public void Enums_carry_their_exact_names()
    {
        var text = Written(o => FrameWriter.WriteCall(o, "1", "X", new MeterValuesRequest
        {
            ConnectorId = 1,
            MeterValue =
            [
                new MeterValue
                {
                    Timestamp = DateTimeOffset.UnixEpoch,
                    SampledValue = [new SampledValue { Value = "1", Phase = Phase.L1N, Unit = UnitOfMeasure.KWh, Measurand = Measurand.EnergyActiveImportRegister }],
                },
            ],
        }, MeterValuesRequest.JsonType));

        text.ShouldContain("""{"value":"1","measurand":"Energy.Active.Import.Register","phase":"L1-N","unit":"kWh"}""");
    }
}
