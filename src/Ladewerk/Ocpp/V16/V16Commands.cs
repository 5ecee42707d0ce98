using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Ladewerk.Stations.Files;
using Ladewerk.Stations.Profiles;
using Ladewerk.Stations.Quirks;

namespace Ladewerk.Ocpp.V16;

/// <summary>Says commands in the words of OCPP 1.6 (§5) and gives the station's answer back as it stands.</summary>
internal sealed partial class V16Commands(GroupCommit commits, TimeProvider time)
{
    public Task<CommandResult> Send(StationSocket socket, Command command, CancellationToken ct) => command switch
    {
        RemoteStart c => Call<RemoteStartTransactionRequest, RemoteStartTransactionResponse>(
            socket, new() { IdTag = c.IdToken, ConnectorId = c.ConnectorNumber ?? ConnectorOf(socket, c.EvseNumber), ChargingProfile = c.Profile is { } profile ? Profiles.Of(profile) : null }, r => r.Status, ct),
        RemoteStop c => Call<RemoteStopTransactionRequest, RemoteStopTransactionResponse>(socket, new() { TransactionId = checked((int)c.TransactionId) }, r => r.Status, ct),
        Stations.Reset c => Call<ResetRequest, ResetResponse>(socket, new() { Type = c.Hard ? ResetType.Hard : ResetType.Soft }, r => r.Status, ct),
        Unlock c => Call<UnlockConnectorRequest, UnlockConnectorResponse>(socket, new() { ConnectorId = c.ConnectorNumber }, r => r.Status, ct),
        Stations.ChangeAvailability c => Call<ChangeAvailabilityRequest, ChangeAvailabilityResponse>(
            socket, new() { ConnectorId = c.ConnectorNumber ?? 0, Type = c.Operative ? AvailabilityType.Operative : AvailabilityType.Inoperative }, r => r.Status, ct),
        Stations.ClearCache => Call<ClearCacheRequest, ClearCacheResponse>(socket, new(), r => r.Status, ct),
        Stations.GetConfiguration c => Call<GetConfigurationRequest, GetConfigurationResponse>(socket, new() { Key = c.Keys is { Count: > 0 } ? c.Keys : null }, _ => null, ct),
        Stations.ChangeConfiguration c => Call<ChangeConfigurationRequest, ChangeConfigurationResponse>(socket, new() { Key = c.Key, Value = c.Value }, r => r.Status, ct),
        ChangePassword c => Call<ChangeConfigurationRequest, ChangeConfigurationResponse>(
            socket, new() { Key = "AuthorizationKey", Value = c.AsHex ? Convert.ToHexString(Encoding.UTF8.GetBytes(c.Password)) : c.Password }, r => r.Status, ct),
        RaiseSecurityProfile c => Call<ChangeConfigurationRequest, ChangeConfigurationResponse>(
            socket, new() { Key = "SecurityProfile", Value = c.Profile.ToString(CultureInfo.InvariantCulture) }, r => r.Status, ct),
        Stations.TriggerMessage c => Trigger(socket, c, ct),
        Limit c => SetLimit(socket, c, ct),
        Stations.UpdateFirmware { Signature: { } signature } c => Call<SignedUpdateFirmwareRequest, SignedUpdateFirmwareResponse>(socket, Signed(c, signature), r => r.Status, ct),
        Stations.UpdateFirmware c => Call<UpdateFirmwareRequest, UpdateFirmwareResponse>(
            socket, new() { Location = c.Location, RetrieveDate = c.RetrieveAt, Retries = c.Retries, RetryInterval = c.RetryIntervalSeconds }, _ => null, ct),
        Stations.GetDiagnostics c => Call<GetDiagnosticsRequest, GetDiagnosticsResponse>(
            socket, new() { Location = c.Location, StartTime = c.From, StopTime = c.To, Retries = c.Retries, RetryInterval = c.RetryIntervalSeconds }, _ => null, ct),
        Stations.GetLog c => Call<GetLogRequest, GetLogResponse>(socket, LogOf(c), r => r.Status, ct),
        Stations.InstallCertificate c => Call<InstallCertificateRequest, InstallCertificateResponse>(
            socket, new() { CertificateType = Use(c.Use), Certificate = c.Certificate }, r => r.Status, ct),
        Stations.DeleteCertificate c => Call<DeleteCertificateRequest, DeleteCertificateResponse>(socket, new() { CertificateHashData = Hash(c.Certificate) }, r => r.Status, ct),
        GetInstalledCertificates c => Installed(socket, c, ct),
        Stations.CertificateSigned c => Call<CertificateSignedRequest, CertificateSignedResponse>(socket, new() { CertificateChain = c.Chain }, r => r.Status, ct),
        Stations.SendLocalList c => SendList(socket, c, ct),
        Stations.GetLocalListVersion => ListVersion(socket, ct),
        Reserve c => Call<ReserveNowRequest, ReserveNowResponse>(
            socket, new() { ConnectorId = c.ConnectorNumber, ExpiryDate = c.ExpiresAt, IdTag = c.IdToken, ParentIdTag = c.GroupId, ReservationId = c.ReservationId }, r => r.Status, ct),
        Stations.CancelReservation c => Call<CancelReservationRequest, CancelReservationResponse>(socket, new() { ReservationId = c.ReservationId }, r => r.Status, ct),
        Stations.SetChargingProfile c => Call<SetChargingProfileRequest, SetChargingProfileResponse>(
            socket, new() { ConnectorId = c.ConnectorNumber, CsChargingProfiles = Profiles.Of(c) }, r => r.Status, ct),
        Stations.ClearChargingProfile c => Call<ClearChargingProfileRequest, ClearChargingProfileResponse>(
            socket, new() { Id = c.ProfileId, ConnectorId = c.ConnectorNumber, ChargingProfilePurpose = Profiles.Purpose(c.Purpose), StackLevel = c.StackLevel }, r => r.Status, ct),
        Stations.GetCompositeSchedule c => Call<GetCompositeScheduleRequest, GetCompositeScheduleResponse>(
            socket,
            new() { ConnectorId = c.ConnectorNumber, Duration = c.DurationSeconds, ChargingRateUnit = c.InWatts is { } watts ? watts ? ChargingRateUnit.W : ChargingRateUnit.A : null },
            r => r.Status,
            ct),
        _ => Task.FromResult<CommandResult>(new CommandResult.Refused(OcppErrorCode.NotSupported, $"OCPP 1.6 has no {command.Name}.")),
    };

    public Task<CommandResult> SendRaw(StationSocket socket, string action, JsonElement payload, CancellationToken ct)
    {
        if (!RawRequests.Readers.TryGetValue(action, out var read))
        {
            return Task.FromResult<CommandResult>(Invalid("action", $"OCPP 1.6 has no request {action} to a station."));
        }

        var bytes = JsonSerializer.SerializeToUtf8Bytes(payload);
        return read(bytes) is { } fault
            ? Task.FromResult<CommandResult>(Invalid(fault.Path, fault.Description))
            : Exchange(socket, action, bytes, answer => answer.TryGetProperty("status", out var status) ? status.ToString() : null, ct);
    }

    private static CommandResult.Invalid Invalid(string field, string error) =>
        new(new Dictionary<string, string[]>(StringComparer.Ordinal) { [field] = [error] });

    private static int? ConnectorOf(StationSocket socket, int? evse) =>
        evse is { } number ? socket.Station.Sessions.Habits.Wire(socket.Station.Known.Connectors.FirstOrDefault(c => c.EvseNumber == number)?.WireNumber ?? number) : null;

    /// <summary>The plain trigger where it knows the message, the one of the security extension where only that does or where it is wished.</summary>
    private Task<CommandResult> Trigger(StationSocket socket, Stations.TriggerMessage c, CancellationToken ct)
    {
        var message = c.Message.Equals("SignCertificate", StringComparison.OrdinalIgnoreCase) ? nameof(ExtendedMessageTrigger.SignChargePointCertificate) : c.Message;
        if (!c.Extended && Enum.TryParse<MessageTrigger>(message, ignoreCase: true, out var plain))
        {
            return Call<TriggerMessageRequest, TriggerMessageResponse>(socket, new() { RequestedMessage = plain, ConnectorId = c.ConnectorNumber }, r => r.Status, ct);
        }

        return Enum.TryParse<ExtendedMessageTrigger>(message, ignoreCase: true, out var extended)
            ? Call<ExtendedTriggerMessageRequest, ExtendedTriggerMessageResponse>(socket, new() { RequestedMessage = extended, ConnectorId = c.ConnectorNumber }, r => r.Status, ct)
            : Task.FromResult<CommandResult>(Invalid(
                "message", $"One of: {string.Join(", ", Enum.GetNames<MessageTrigger>().Union(Enum.GetNames<ExtendedMessageTrigger>(), StringComparer.Ordinal))}."));
    }

    /// <summary>
    /// A static limit: for the station as a whole ChargePointMaxProfile on connector 0, for a connector TxDefaultProfile on it (§3.13.1). Both
    /// survive the end of a transaction, so the fuse is safe without us.
    /// </summary>
    private Task<CommandResult> SetLimit(StationSocket socket, Limit c, CancellationToken ct) =>
        Send(socket, InstalledProfiles.OfLimit(c, time.GetUtcNow()) is Stations.SetChargingProfile profile ? socket.Station.Sessions.Habits.Meant(profile) : InstalledProfiles.OfLimit(c, time.GetUtcNow()), ct); // cleared by its id: no connector is named

    /// <summary>-1 says that the station keeps no list (§6.24).</summary>
    private async Task<CommandResult> ListVersion(StationSocket socket, CancellationToken ct)
    {
        var result = await Call<GetLocalListVersionRequest, GetLocalListVersionResponse>(socket, new(), _ => null, ct);
        return result is CommandResult.Answered { Response: { ValueKind: JsonValueKind.Object } answer } && answer.TryGetProperty("listVersion", out var version) && version.TryGetInt32(out var number)
            ? new CommandResult.Answered(number < 0 ? "NotSupported" : number.ToString(System.Globalization.CultureInfo.InvariantCulture), answer)
            : result;
    }

    private Task<CommandResult> SendList(StationSocket socket, Stations.SendLocalList c, CancellationToken ct) => Call<SendLocalListRequest, SendLocalListResponse>(
        socket,
        new()
        {
            ListVersion = c.Version,
            UpdateType = c.Full ? UpdateType.Full : UpdateType.Differential,
            LocalAuthorizationList =
            [
                .. c.Entries.Select(e => new AuthorizationData
                {
                    IdTag = e.IdToken,
                    IdTagInfo = e.Status is { } status
                        ? new IdTagInfo { Status = Enum.Parse<AuthorizationStatus>(status, ignoreCase: true), ExpiryDate = e.ExpiresAt, ParentIdTag = e.GroupId }
                        : null,
                }),
            ],
        },
        r => r.Status,
        ct);

    private Task<CommandResult> Call<TRequest, TResponse>(StationSocket socket, TRequest request, Func<TResponse, Enum?> status, CancellationToken ct)
        where TRequest : ICall<TResponse>, IWireMessage<TRequest>
        where TResponse : class, IWireMessage<TResponse> =>
        Exchange(socket, TRequest.Action, FrameWriter.Payload(request, TRequest.JsonType), answer => Status(answer, status, TResponse.JsonType), ct);

    /// <summary>The station's word; where it cannot be read as its record, whatever stands under "status".</summary>
    private static string? Status<TResponse>(JsonElement answer, Func<TResponse, Enum?> status, JsonTypeInfo<TResponse> type)
        where TResponse : class
    {
        var read = WireReader.Read(JsonSerializer.SerializeToUtf8Bytes(answer), type);
        return read.Ok ? status(read.Value)?.ToString() : answer.TryGetProperty("status", out var word) ? word.ToString() : "Unreadable";
    }

    private async Task<CommandResult> Exchange(StationSocket socket, string action, ReadOnlyMemory<byte> payload, Func<JsonElement, string?> status, CancellationToken ct)
    {
        var sent = new Sent(time.GetUtcNow(), socket.Calls.NewMessageId(), action, payload);
        try
        {
            switch (await socket.Calls.Call(sent.MessageId, action, payload, ct))
            {
                case OcppReply.Result result:
                    await Log(socket, sent, "ok", result.Payload);
                    var answer = JsonSerializer.Deserialize<JsonElement>(result.Payload.Span);
                    return new CommandResult.Answered(status(answer) ?? "Accepted", answer);
                case OcppReply.Error error:
                    await Log(socket, sent, error.Code, error.Details);
                    return new CommandResult.Refused(error.Code, error.Description);
                default:
                    throw new InvalidOperationException("An answer is a result or an error.");
            }
        }
        catch (CallTimeoutException)
        {
            await Log(socket, sent, "timeout", default);
            return new CommandResult.TimedOut();
        }
        catch (DisconnectedException)
        {
            await Log(socket, sent, "disconnected", default);
            return new CommandResult.Offline(WasSent: true);
        }
        catch (QueueFullException)
        {
            return new CommandResult.Refused(OcppErrorCode.GenericError, "Too many commands wait for this station already.");
        }
    }

    private async Task Log(StationSocket socket, Sent sent, string verdict, ReadOnlyMemory<byte> answer)
    {
        var change = new Change();
        var row = change.Append(StationTables.Messages).Time(sent.At).Uuid(socket.Station.Known.TenantId.Value).Uuid(socket.Station.Known.Id.Value).Char('O')
            .Text(sent.MessageId).Text(sent.Action).Bytes(Secrets.Hidden(LinkToken.Hide(sent.Payload)).Span).Text(verdict);
        _ = answer.IsEmpty ? row.Null().Null() : row.Bytes(Secrets.Hidden(answer).Span).Time(time.GetUtcNow());
        await commits.Commit(change);
    }

    private readonly record struct Sent(DateTimeOffset At, string MessageId, string Action, ReadOnlyMemory<byte> Payload);
}
