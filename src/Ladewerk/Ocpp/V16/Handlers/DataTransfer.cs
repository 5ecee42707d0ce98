namespace Ladewerk.Ocpp.V16.Handlers;

/// <summary>A vendor's own message: kept in the message log; no vendor's extension is known yet. OCPP 1.6 §4.3.</summary>
internal sealed class DataTransfer : ICallHandler<DataTransferRequest, DataTransferResponse>
{
    public ValueTask<Handled<DataTransferResponse>> Handle(DataTransferRequest request, IncomingCall call, CancellationToken ct) =>
        new(new Handled<DataTransferResponse>(new DataTransferResponse { Status = DataTransferStatus.UnknownVendorId }));
}
