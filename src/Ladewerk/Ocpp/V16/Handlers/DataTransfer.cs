using System.Text.Json;
using Ladewerk.Receipts;

namespace Ladewerk.Ocpp.V16.Handlers;

/// <summary>
/// A vendor's own message: kept in the message log. One extension is known: <c>generalConfiguration</c> / <c>setMeterConfiguration</c>, by which
/// stations of several makers tell the public keys of their meters after boot. OCPP 1.6 §4.3.
/// </summary>
internal sealed class DataTransfer : ICallHandler<DataTransferRequest, DataTransferResponse>
{
    public ValueTask<Handled<DataTransferResponse>> Handle(DataTransferRequest request, IncomingCall call, CancellationToken ct)
    {
        if (request.VendorId != "generalConfiguration")
        {
            return Answer(DataTransferStatus.UnknownVendorId);
        }

        return request.MessageId != "setMeterConfiguration" ? Answer(DataTransferStatus.UnknownMessageId) : Answer(TakeKeys(request.Data, call) ? DataTransferStatus.Accepted : DataTransferStatus.Rejected);
    }

    private static ValueTask<Handled<DataTransferResponse>> Answer(DataTransferStatus status) => new(new Handled<DataTransferResponse>(new DataTransferResponse { Status = status }));

    private static bool TakeKeys(string? text, IncomingCall call)
    {
        try
        {
            using var data = JsonDocument.Parse(text ?? "");
            if (data.RootElement.ValueKind != JsonValueKind.Object || !data.RootElement.TryGetProperty("meters", out var meters) || meters.ValueKind != JsonValueKind.Array)
            {
                return false;
            }

            foreach (var meter in meters.EnumerateArray().Where(m => m.ValueKind == JsonValueKind.Object))
            {
                if (meter.TryGetProperty("publicKey", out var key) && key.ValueKind == JsonValueKind.String && meter.TryGetProperty("connectorId", out var id) && id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out var connector))
                {
                    var serial = meter.TryGetProperty("meterSerial", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString() : null;
                    call.Change.AddKey(call.Sessions.Place, connector, key.GetString()!, serial);
                }
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
