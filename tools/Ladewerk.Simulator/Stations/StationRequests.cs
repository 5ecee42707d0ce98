using Ladewerk.Ocpp;
using Ladewerk.Ocpp.V16;

namespace Ladewerk.Simulator.Stations;

/// <summary>Answers what the back end asks of a station: one entry for each action.</summary>
internal sealed class StationRequests
{
    private static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(1);
    private readonly Dictionary<string, Func<ReadOnlyMemory<byte>, byte[]>> table = [];
    private readonly StationModel station;

    public StationRequests(StationModel station)
    {
        this.station = station;
        var (firmware, logs) = (new FirmwareFlow(station), new LogFlow(station));
        On<CancelReservationRequest, CancelReservationResponse>(r => new() { Status = station.Reservations.Cancel(r.ReservationId) ? CancelReservationStatus.Accepted : CancelReservationStatus.Rejected });
        On<ChangeAvailabilityRequest, ChangeAvailabilityResponse>(ChangeAvailability);
        On<ChangeConfigurationRequest, ChangeConfigurationResponse>(r => new() { Status = station.Security.Change(r.Key, r.Value) ?? station.Configuration.Change(r.Key, r.Value) });
        On<CertificateSignedRequest, CertificateSignedResponse>(r => new() { Status = station.Security.Take(r) });
        On<ClearCacheRequest, ClearCacheResponse>(ClearCache);
        On<ClearChargingProfileRequest, ClearChargingProfileResponse>(r => new() { Status = station.Profiles.Clear(r) ? ClearChargingProfileStatus.Accepted : ClearChargingProfileStatus.Unknown });
        On<DataTransferRequest, DataTransferResponse>(_ => new() { Status = DataTransferStatus.UnknownVendorId });
        On<DeleteCertificateRequest, DeleteCertificateResponse>(r => new() { Status = station.Security.Delete(r.CertificateHashData) });
        On<ExtendedTriggerMessageRequest, ExtendedTriggerMessageResponse>(ExtendedTrigger);
        On<GetInstalledCertificateIdsRequest, GetInstalledCertificateIdsResponse>(Installed);
        On<InstallCertificateRequest, InstallCertificateResponse>(r => new() { Status = station.Security.Install(r) });
        On<GetCompositeScheduleRequest, GetCompositeScheduleResponse>(GetCompositeSchedule);
        On<GetConfigurationRequest, GetConfigurationResponse>(r => station.Configuration.Read(r.Key));
        On<GetDiagnosticsRequest, GetDiagnosticsResponse>(logs.Diagnostics);
        On<GetLogRequest, GetLogResponse>(logs.Log);
        On<GetLocalListVersionRequest, GetLocalListVersionResponse>(_ => new() { ListVersion = station.Authorization.IsListOn ? station.Authorization.ListVersion : -1 });
        On<RemoteStartTransactionRequest, RemoteStartTransactionResponse>(r => new() { Status = RemoteStart(r) ? RemoteStartStopStatus.Accepted : RemoteStartStopStatus.Rejected });
        On<RemoteStopTransactionRequest, RemoteStopTransactionResponse>(RemoteStop);
        On<ReserveNowRequest, ReserveNowResponse>(r => new() { Status = station.Reservations.Reserve(r) });
        On<ResetRequest, ResetResponse>(Reset);
        On<SendLocalListRequest, SendLocalListResponse>(r => new() { Status = station.Authorization.Update(r) });
        On<SetChargingProfileRequest, SetChargingProfileResponse>(r => new() { Status = SetProfile(r.ConnectorId, r.CsChargingProfiles) ? ChargingProfileStatus.Accepted : ChargingProfileStatus.Rejected });
        On<SignedUpdateFirmwareRequest, SignedUpdateFirmwareResponse>(firmware.Signed);
        On<TriggerMessageRequest, TriggerMessageResponse>(r => new() { Status = Trigger(r) });
        On<UnlockConnectorRequest, UnlockConnectorResponse>(Unlock);
        On<UpdateFirmwareRequest, UpdateFirmwareResponse>(firmware.Plain);
    }

    /// <summary>The payload of the answer.</summary>
    /// <exception cref="OcppException">The answer is a CALLERROR.</exception>
    public byte[] Answer(string action, ReadOnlyMemory<byte> payload)
    {
        station.Advance();
        var answer = table.TryGetValue(action, out var handle) ? handle(payload)
            : throw new OcppException(V16Actions.All.Contains(action) ? OcppErrorCode.NotSupported : OcppErrorCode.NotImplemented, $"{action} is not supported.");
        station.Settle();
        return answer;
    }

    private void On<TRequest, TResponse>(Func<TRequest, TResponse> handle)
        where TRequest : class, ICall<TResponse>, IWireMessage<TRequest>
        where TResponse : class, IWireMessage<TResponse> =>
        table.Add(TRequest.Action, payload =>
        {
            var request = WireReader.Read<TRequest>(payload, Leniency.None);
            return request.Ok ? FrameWriter.Payload(handle(request.Value), TResponse.JsonType) : throw request.Fault.ToException();
        });

    private ConnectorModel? Find(int? number) => number is > 0 && number <= station.Connectors.Count ? station.Connector(number.Value) : null;

    private ChangeAvailabilityResponse ChangeAvailability(ChangeAvailabilityRequest request)
    {
        var targets = request.ConnectorId == 0 ? station.Connectors : Find(request.ConnectorId) is { } one ? [one] : [];
        var isInoperative = request.Type == AvailabilityType.Inoperative;
        var status = targets.Count == 0 ? AvailabilityStatus.Rejected : AvailabilityStatus.Accepted;
        foreach (var connector in targets)
        {
            if (connector.Transaction is not null && isInoperative)
            {
                connector.ScheduledInoperative = true;
                status = AvailabilityStatus.Scheduled;
            }
            else
            {
                (connector.IsInoperative, connector.ScheduledInoperative) = (isInoperative, null);
            }
        }

        return new() { Status = status };
    }

    private ClearCacheResponse ClearCache(ClearCacheRequest request)
    {
        station.Authorization.ClearCache();
        return new() { Status = ClearCacheStatus.Accepted };
    }

    private GetCompositeScheduleResponse GetCompositeSchedule(GetCompositeScheduleRequest request)
    {
        if (request.ConnectorId != 0 && Find(request.ConnectorId) is null)
        {
            return new() { Status = GetCompositeScheduleStatus.Rejected };
        }

        var schedule = station.Profiles.Composite(
            request.ConnectorId, station.Now, request.Duration, request.ChargingRateUnit ?? ChargingRateUnit.A, Find(request.ConnectorId)?.Transaction?.Running);
        return new() { Status = GetCompositeScheduleStatus.Accepted, ConnectorId = request.ConnectorId, ScheduleStart = schedule is null ? null : station.Now, ChargingSchedule = schedule };
    }

    private void Report(DiagnosticsStatus status) =>
        station.Send<DiagnosticsStatusNotificationRequest, DiagnosticsStatusNotificationResponse>(() => new() { Status = status });

    private void Report(FirmwareStatus status) =>
        station.Send<FirmwareStatusNotificationRequest, FirmwareStatusNotificationResponse>(() => new() { Status = status });

    private bool RemoteStart(RemoteStartTransactionRequest request)
    {
        var connector = request.ConnectorId is null
            ? station.Connectors.FirstOrDefault(c => c.CanStart) ?? station.Connectors.FirstOrDefault(c => c.IsUsable && c.Transaction is null && !c.IsFinished)
            : Find(request.ConnectorId);
        var profile = request.ChargingProfile;
        if (connector is null || connector.Transaction is not null || !connector.IsUsable || connector.IsFinished
            || !station.Reservations.IsFreeFor(connector, request.IdTag, station.Authorization.Find(request.IdTag, station.Now)?.ParentIdTag)
            || profile is { ChargingProfilePurpose: not ChargingProfilePurpose.TxProfile })
        {
            return false;
        }

        if (profile is not null)
        {
            station.Profiles.Set(connector.Number, profile, station.Now);
        }

        if (station.Configuration.IsOn("AuthorizeRemoteTxRequests"))
        {
            station.Authorize(request.IdTag, info => station.Grant(connector, request.IdTag, info?.ParentIdTag));
        }
        else
        {
            station.Grant(connector, request.IdTag, group: null);
        }

        return true;
    }

    private RemoteStopTransactionResponse RemoteStop(RemoteStopTransactionRequest request)
    {
        if (station.Connectors.FirstOrDefault(c => c.Transaction?.Id == request.TransactionId) is not { } connector)
        {
            return new() { Status = RemoteStartStopStatus.Rejected };
        }

        station.Stop(connector, Reason.Remote, null);
        return new() { Status = RemoteStartStopStatus.Accepted };
    }

    private ResetResponse Reset(ResetRequest request)
    {
        foreach (var connector in station.Connectors)
        {
            station.Stop(connector, request.Type == ResetType.Hard ? Reason.HardReset : Reason.SoftReset, null);
        }

        station.After(RestartDelay, station.Reboot);
        return new() { Status = ResetStatus.Accepted };
    }

    private bool SetProfile(int number, ChargingProfile profile)
    {
        var connector = Find(number);
        var fits = profile.ChargingProfilePurpose switch
        {
            ChargingProfilePurpose.ChargePointMaxProfile => number == 0,
            ChargingProfilePurpose.TxDefaultProfile => number == 0 || connector is not null,
            ChargingProfilePurpose.TxProfile => connector?.Transaction is { } t && (profile.TransactionId is null || profile.TransactionId == t.Id),
            _ => false,
        };
        if (!fits || profile.StackLevel < 0 || profile.StackLevel > station.Configuration.Number("ChargeProfileMaxStackLevel")
            || station.Profiles.Count >= station.Configuration.Number("MaxChargingProfilesInstalled")
            || profile.ChargingSchedule.ChargingSchedulePeriod is not [{ StartPeriod: 0 }, ..])
        {
            return false;
        }

        station.Profiles.Set(number, profile, station.Now);
        return true;
    }

    private GetInstalledCertificateIdsResponse Installed(GetInstalledCertificateIdsRequest request) =>
        station.Security.Installed(request.CertificateType) is { Count: > 0 } found
            ? new() { Status = GetInstalledCertificateStatus.Accepted, CertificateHashData = found } : new() { Status = GetInstalledCertificateStatus.NotFound };

    private ExtendedTriggerMessageResponse ExtendedTrigger(ExtendedTriggerMessageRequest request)
    {
        if (request.RequestedMessage == ExtendedMessageTrigger.SignChargePointCertificate)
        {
            station.Security.RequestCertificate();
            return new() { Status = ExtendedTriggerMessageStatus.Accepted };
        }

        return new()
        {
            Status = Enum.TryParse<MessageTrigger>(request.RequestedMessage.ToString(), out var plain)
                ? Enum.Parse<ExtendedTriggerMessageStatus>(Trigger(new() { RequestedMessage = plain, ConnectorId = request.ConnectorId }).ToString())
                : ExtendedTriggerMessageStatus.NotImplemented,
        };
    }

    private TriggerMessageStatus Trigger(TriggerMessageRequest request)
    {
        var connectors = request.ConnectorId is null ? station.Connectors : Find(request.ConnectorId) is { } one ? [one] : [];
        if (request.ConnectorId is > 0 && connectors.Count == 0)
        {
            return TriggerMessageStatus.Rejected;
        }

        switch (request.RequestedMessage)
        {
            case MessageTrigger.BootNotification:
                station.Send<BootNotificationRequest, BootNotificationResponse>(station.BootRequest);
                break;
            case MessageTrigger.Heartbeat:
                station.Send<HeartbeatRequest, HeartbeatResponse>(() => new());
                break;
            case MessageTrigger.StatusNotification:
                foreach (var connector in connectors)
                {
                    station.Notify(connector.Number, connector.Status, connector.Fault);
                }

                break;
            case MessageTrigger.MeterValues:
                foreach (var connector in connectors)
                {
                    station.SendMeterValues(connector, "MeterValuesSampledData", ReadingContext.Trigger);
                }

                break;
            case MessageTrigger.DiagnosticsStatusNotification:
                Report(DiagnosticsStatus.Idle);
                break;
            case MessageTrigger.FirmwareStatusNotification:
                Report(FirmwareStatus.Idle);
                break;
            default:
                return TriggerMessageStatus.NotImplemented;
        }

        return TriggerMessageStatus.Accepted;
    }

    private UnlockConnectorResponse Unlock(UnlockConnectorRequest request)
    {
        if (Find(request.ConnectorId) is not { } connector)
        {
            return new() { Status = UnlockStatus.NotSupported };
        }

        station.Stop(connector, Reason.UnlockCommand, null);
        return new() { Status = UnlockStatus.Unlocked };
    }
}
