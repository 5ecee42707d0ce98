namespace Ladewerk.Ocpp.V16;

/// <summary>What the central system may ask a 1.6 station, and the check of each request's shape: strict, because it is ours.</summary>
internal static class RawRequests
{
    /// <summary>By action: null where the payload fits, else what is wrong.</summary>
    public static readonly IReadOnlyDictionary<string, Func<ReadOnlyMemory<byte>, ReadFault?>> Readers = new Dictionary<string, Func<ReadOnlyMemory<byte>, ReadFault?>>(StringComparer.Ordinal)
    {
        [CancelReservationRequest.Action] = Check<CancelReservationRequest>,
        [ChangeAvailabilityRequest.Action] = Check<ChangeAvailabilityRequest>,
        [ChangeConfigurationRequest.Action] = Check<ChangeConfigurationRequest>,
        [ClearCacheRequest.Action] = Check<ClearCacheRequest>,
        [ClearChargingProfileRequest.Action] = Check<ClearChargingProfileRequest>,
        [DataTransferRequest.Action] = Check<DataTransferRequest>,
        [GetCompositeScheduleRequest.Action] = Check<GetCompositeScheduleRequest>,
        [GetConfigurationRequest.Action] = Check<GetConfigurationRequest>,
        [GetDiagnosticsRequest.Action] = Check<GetDiagnosticsRequest>,
        [GetLocalListVersionRequest.Action] = Check<GetLocalListVersionRequest>,
        [RemoteStartTransactionRequest.Action] = Check<RemoteStartTransactionRequest>,
        [RemoteStopTransactionRequest.Action] = Check<RemoteStopTransactionRequest>,
        [ReserveNowRequest.Action] = Check<ReserveNowRequest>,
        [ResetRequest.Action] = Check<ResetRequest>,
        [SendLocalListRequest.Action] = Check<SendLocalListRequest>,
        [SetChargingProfileRequest.Action] = Check<SetChargingProfileRequest>,
        [TriggerMessageRequest.Action] = Check<TriggerMessageRequest>,
        [UnlockConnectorRequest.Action] = Check<UnlockConnectorRequest>,
        [CertificateSignedRequest.Action] = Check<CertificateSignedRequest>,
        [DeleteCertificateRequest.Action] = Check<DeleteCertificateRequest>,
        [ExtendedTriggerMessageRequest.Action] = Check<ExtendedTriggerMessageRequest>,
        [GetInstalledCertificateIdsRequest.Action] = Check<GetInstalledCertificateIdsRequest>,
        [GetLogRequest.Action] = Check<GetLogRequest>,
        [InstallCertificateRequest.Action] = Check<InstallCertificateRequest>,
        [SignedUpdateFirmwareRequest.Action] = Check<SignedUpdateFirmwareRequest>,
        [UpdateFirmwareRequest.Action] = Check<UpdateFirmwareRequest>,
    };

    private static ReadFault? Check<T>(ReadOnlyMemory<byte> payload)
        where T : class, IWireMessage<T> => WireReader.Read<T>(payload, Leniency.None).Fault;
}
