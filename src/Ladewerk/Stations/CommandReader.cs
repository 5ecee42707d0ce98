using System.Text.Json;
using Ladewerk.Kernel.Http;

namespace Ladewerk.Stations;

/// <summary>What a command's name and body mean.</summary>
internal abstract record ReadCommand
{
    /// <summary>No command of that name.</summary>
    public sealed record Unknown : ReadCommand;

    /// <summary>Wrong by field.</summary>
    public sealed record Faulty(IDictionary<string, string[]> Faults) : ReadCommand;

    /// <summary>Understood.</summary>
    public sealed record Read(Command Command) : ReadCommand;
}

/// <summary>Reads the bodies of <c>/stations/{id}/commands/{command}</c>: one entry of the table for each command.</summary>
internal sealed class CommandReader(IRunningTransactions transactions, Random random, TimeProvider time)
{
    private const int Longest = 1000;
    private const int LongestPem = 10_000;

    public async Task<ReadCommand> Read(string name, JsonElement? body, StationId station, CancellationToken ct)
    {
        var fields = new CommandFields(body);
        var command = name switch
        {
            "remote-start" => new RemoteStart(fields.Text("idToken", 255), fields.Number("evseId", 1), fields.Number("connectorId", 0), fields.Item("chargingProfile", ReadStartProfile)),
            "remote-stop" => new RemoteStop(await Transaction(fields, station, ct)),
            "reset" => new Reset(fields.Word("kind", "soft", "hard") == "hard"),
            "unlock" => new Unlock(fields.Number("connectorId", 1) ?? fields.Missing<int>("connectorId")),
            "change-availability" => new ChangeAvailability(fields.Number("connectorId", 0), fields.Flag("operative") ?? fields.Missing<bool>("operative")),
            "clear-cache" => new ClearCache(),
            "get-configuration" => new GetConfiguration(fields.Texts("keys")),
            "change-configuration" => new ChangeConfiguration(fields.Text("key", Longest), fields.Text("value", 10_000, mayBeEmpty: true)),
            "rotate-password" => new ChangePassword(StationPassword.Generate(), fields.Word("form", "hex", "text") == "hex"),
            "raise-security-profile" => new RaiseSecurityProfile(fields.Number("profile", 1) is { } profile and <= 3 ? profile : fields.Fault<int>("profile", "1, 2 or 3.")),
            "trigger-message" => new TriggerMessage(fields.Text("message", 100), fields.Number("connectorId", 0), fields.Flag("extended") ?? false),
            "limit" => ReadLimit(fields),
            "update-firmware" => new UpdateFirmware(
                fields.Uri("location"), fields.Time("retrieveAt") ?? time.GetUtcNow(), fields.Number("retries", 0), fields.Number("retryIntervalSeconds", 0), Signature(fields)),
            "get-log" => new GetLog(
                RequestId(fields), fields.Word("log", "diagnostics", "security") == "security", fields.Uri("location"), fields.Time("from"), fields.Time("to"),
                fields.Number("retries", 0), fields.Number("retryIntervalSeconds", 0)),
            "install-certificate" => new InstallCertificate(Use(fields), fields.Text("certificate", LongestPem)),
            "delete-certificate" => new DeleteCertificate(new CertificateHash(
                fields.Word("hashAlgorithm", "SHA256", "SHA384", "SHA512"), fields.Text("issuerNameHash", 128), fields.Text("issuerKeyHash", 128), fields.Text("serialNumber", 40))),
            "get-installed-certificates" => new GetInstalledCertificates(Use(fields)),
            "certificate-signed" => new CertificateSigned(fields.Text("chain", LongestPem)),
            "get-diagnostics" => new GetDiagnostics(fields.Uri("location"), fields.Time("from"), fields.Time("to"), fields.Number("retries", 0), fields.Number("retryIntervalSeconds", 0)),
            "send-local-list" => new SendLocalList(
                fields.Number("version", 1) ?? fields.Missing<int>("version"), fields.Flag("full") ?? true,
                fields.Items("entries", e => new LocalListEntry(e.Text("idToken", 255), e.OptionalText("status", 20), e.Time("expiresAt"), e.OptionalText("groupId", 255)))),
            "get-local-list-version" => new GetLocalListVersion(),
            "reserve" => new Reserve(
                fields.Number("reservationId", 1) ?? random.Next(1, int.MaxValue), fields.Number("connectorId", 0) ?? 0, fields.Text("idToken", 255),
                fields.Time("expiresAt") ?? fields.Missing<DateTimeOffset>("expiresAt"), fields.OptionalText("groupId", 255)),
            "cancel-reservation" => new CancelReservation(fields.Number("reservationId", 0) ?? fields.Missing<int>("reservationId")),
            "set-charging-profile" => ReadProfile(fields),
            "clear-charging-profile" => new ClearChargingProfile(fields.Number("profileId", 0), fields.Number("connectorId", 0), Purpose(fields, required: false), fields.Number("stackLevel", 0)),
            "get-composite-schedule" => new GetCompositeSchedule(
                fields.Number("connectorId", 0) ?? 0, fields.Number("durationSeconds", 1) ?? fields.Missing<int>("durationSeconds"), Unit(fields)),
            _ => (Command?)null,
        };
        return command is null ? new ReadCommand.Unknown() : fields.Faults.Any ? new ReadCommand.Faulty(fields.Faults.Errors) : new ReadCommand.Read(command);
    }

    private async Task<long> Transaction(CommandFields fields, StationId station, CancellationToken ct)
    {
        if (fields.Number("transactionId", int.MinValue) is { } transaction)
        {
            return transaction;
        }

        if (fields.Id("sessionId") is not { } session)
        {
            return fields.Missing<long>("sessionId");
        }

        if (await transactions.Find(station, session, ct) is { } running)
        {
            return running;
        }

        fields.Faults.Add("sessionId", "No such session runs at this station.");
        return 0;
    }

    private int RequestId(CommandFields fields) => fields.Number("requestId", 0) ?? random.Next(1, int.MaxValue);

    private FirmwareSignature? Signature(CommandFields fields)
    {
        var (certificate, signature) = (fields.OptionalText("signingCertificate", LongestPem), fields.OptionalText("signature", 800));
        fields.Faults.Unless(certificate is null == signature is null, "signature", "Needs signingCertificate, and the other way round.");
        return certificate is null || signature is null ? null : new FirmwareSignature(RequestId(fields), certificate, signature, fields.Time("installAt"));
    }

    private static RootUse Use(CommandFields fields) => fields.Text("use", 30) switch
    {
        "centralSystem" => RootUse.CentralSystem,
        "manufacturer" => RootUse.Manufacturer,
        "" => default,
        _ => fields.Fault<RootUse>("use", "centralSystem or manufacturer."),
    };

    private static Limit ReadLimit(CommandFields fields)
    {
        var (amperes, watts) = (fields.Decimal("maxA"), fields.Decimal("maxW"));
        fields.Faults.Unless(amperes is null || watts is null, "maxW", "Either maxA or maxW.");
        return new Limit(fields.Number("connectorId", 0), amperes, watts);
    }

    private static SetChargingProfile ReadProfile(CommandFields fields) => ReadSchedule(fields, Purpose(fields, required: true) ?? default);

    private static SetChargingProfile ReadSchedule(CommandFields fields, ProfilePurpose purpose)
    {
        var periods = fields.Items("periods", p => new SchedulePeriod(
            p.Number("startSeconds", 0) ?? p.Missing<int>("startSeconds"), p.Decimal("limit") ?? p.Missing<decimal>("limit"), p.Number("phases", 1)));
        fields.Faults.Unless(periods.Count > 0 && periods[0].StartSeconds == 0 && periods.Zip(periods.Skip(1)).All(p => p.First.StartSeconds < p.Second.StartSeconds), "periods", "At least one; the first at 0, then later and later.");
        return new SetChargingProfile(
            fields.Number("connectorId", 0) ?? 0, fields.Number("profileId", 0) ?? fields.Missing<int>("profileId"), fields.Number("stackLevel", 0) ?? 0,
            purpose, Unit(fields) ?? false, periods, fields.Time("start"), fields.Number("durationSeconds", 1), fields.Decimal("minimumRate"),
            fields.OptionalText("recurrence", 20), fields.Time("validFrom"), fields.Time("validTo"), fields.Number("transactionId", int.MinValue));
    }

    /// <summary>A profile that comes with a start is the transaction's, whose number nobody knows yet (OCPP 1.6 §5.11).</summary>
    private static SetChargingProfile ReadStartProfile(CommandFields fields)
    {
        fields.Faults.Unless(fields.OptionalText("purpose", 30) is null or "transaction", "chargingProfile.purpose", "transaction, or absent.");
        fields.Faults.Unless(fields.Number("transactionId", int.MinValue) is null, "chargingProfile.transactionId", "Not yet known.");
        return ReadSchedule(fields, ProfilePurpose.Transaction);
    }

    private static bool? Unit(CommandFields fields) => fields.OptionalText("unit", 1) switch
    {
        null => null,
        "A" => false,
        "W" => true,
        _ => fields.Fault<bool>("unit", "A or W."),
    };

    private static ProfilePurpose? Purpose(CommandFields fields, bool required) => fields.OptionalText("purpose", 30) switch
    {
        "stationMaximum" => ProfilePurpose.StationMaximum,
        "transactionDefault" => ProfilePurpose.TransactionDefault,
        "transaction" => ProfilePurpose.Transaction,
        null when !required => null,
        _ => fields.Fault<ProfilePurpose>("purpose", "stationMaximum, transactionDefault or transaction."),
    };
}
