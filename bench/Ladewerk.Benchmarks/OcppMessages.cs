using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using Ladewerk.Ocpp;
using Ladewerk.Ocpp.V16;

namespace Ladewerk.Benchmarks;

/// <summary>The way of a MeterValues message of some 400 bytes through the codec, and of its answer.</summary>
[MemoryDiagnoser]
public class OcppMessages
{
    private static readonly byte[] Frame = Encoding.UTF8.GetBytes(
        """[2,"8c4f3a52-6f0e-4b57-9a7c-0d5be37f8a11","MeterValues",{"connectorId":1,"transactionId":170141,"meterValue":[{"timestamp":"2026-03-01T12:30:00.000Z","sampledValue":[{"value":"1234567","context":"Sample.Periodic","measurand":"Energy.Active.Import.Register","unit":"Wh"},{"value":"11040","measurand":"Power.Active.Import","unit":"W"},{"value":"16.0","measurand":"Current.Import","phase":"L1","unit":"A"}]}]}]""");

    // The same with one number that should be text: the price of the lenient way.
    private static readonly byte[] OddFrame = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Frame).Replace("\"11040\"", "11040", StringComparison.Ordinal));

    private readonly ArrayBufferWriter<byte> output = new(1024);
    private ReadOnlyMemory<byte> payload;
    private ReadOnlyMemory<byte> oddPayload;

    [GlobalSetup]
    public void Setup()
    {
        payload = FrameReader.Read(Frame).Frame.Payload;
        oddPayload = FrameReader.Read(OddFrame).Frame.Payload;
    }

    [Benchmark(Description = "read frame")]
    public FrameResult ReadFrame() => FrameReader.Read(Frame);

    [Benchmark(Description = "read MeterValues record")]
    public ReadOutcome<MeterValuesRequest> ReadRecord() => WireReader.Read<MeterValuesRequest>(payload);

    [Benchmark(Description = "read MeterValues record, leniently")]
    public ReadOutcome<MeterValuesRequest> ReadOddRecord() => WireReader.Read<MeterValuesRequest>(oddPayload);

    [Benchmark(Description = "write CALLRESULT")]
    public int WriteResult()
    {
        output.ResetWrittenCount();
        FrameWriter.WriteCallResult(output, "8c4f3a52-6f0e-4b57-9a7c-0d5be37f8a11", Answer, MeterValuesResponse.JsonType);
        return output.WrittenCount;
    }

    private static readonly MeterValuesResponse Answer = new();
}
