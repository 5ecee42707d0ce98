using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ladewerk.Stations;

/// <summary>
/// A remote operation in the words of no protocol version; each version translates it (OCPP 1.6 §5, 2.0.1 blocks B, E, F, G, K, L).
/// Connector numbers are the station's own, as its protocol counts them.
/// </summary>
public abstract record Command
{
    /// <summary>The name in addresses and in the log: remote-start, reset ...</summary>
    public abstract string Name { get; }
}

/// <summary>Start charging for a token, by a charging profile where one is given.</summary>
public sealed record RemoteStart(string IdToken, int? EvseNumber = null, int? ConnectorNumber = null, SetChargingProfile? Profile = null) : Command
{
    public override string Name => "remote-start";
}

/// <summary>Stop a running transaction.</summary>
public sealed record RemoteStop(long TransactionId) : Command
{
    public override string Name => "remote-stop";
}

/// <summary>Restart the station; soft ends transactions in order, hard is the power switch.</summary>
public sealed record Reset(bool Hard) : Command
{
    public override string Name => "reset";
}

/// <summary>Release a cable.</summary>
public sealed record Unlock(int ConnectorNumber) : Command
{
    public override string Name => "unlock";
}

/// <summary>Put a connector, or the station (null or 0), in or out of service.</summary>
public sealed record ChangeAvailability(int? ConnectorNumber, bool Operative) : Command
{
    public override string Name => "change-availability";
}

/// <summary>Forget remembered authorisations.</summary>
public sealed record ClearCache : Command
{
    public override string Name => "clear-cache";
}

/// <summary>Read configuration keys; null or empty reads all.</summary>
public sealed record GetConfiguration(IReadOnlyList<string>? Keys = null) : Command
{
    public override string Name => "get-configuration";
}

/// <summary>Write one configuration key.</summary>
public sealed record ChangeConfiguration(string Key, string Value) : Command
{
    public override string Name => "change-configuration";
}

/// <summary>Give the station a new password for HTTP Basic authentication. Until it has shown the new one, the old one is good as well.</summary>
/// <param name="AsHex">Its bytes in hex, as the security whitepaper wants; else as text, for stations that take what they are given.</param>
public sealed record ChangePassword(string Password, bool AsHex = true) : Command
{
    public override string Name => "rotate-password";
}

/// <summary>Have the station connect by a higher security profile (1 to 3) from now on.</summary>
public sealed record RaiseSecurityProfile(int Profile) : Command
{
    public override string Name => "raise-security-profile";
}

/// <summary>
/// Ask for a message now: BootNotification, StatusNotification, MeterValues, Heartbeat, DiagnosticsStatusNotification, FirmwareStatusNotification,
/// LogStatusNotification, SignCertificate.
/// </summary>
/// <param name="Extended">By the message of the security extension also where the plain one would do.</param>
public sealed record TriggerMessage(string Message, int? ConnectorNumber = null, bool Extended = false) : Command
{
    public override string Name => "trigger-message";
}

/// <summary>Static energy management: the most a connector (null: the station) may draw, in A per phase or W in total; both null lifts the limit.</summary>
public sealed record Limit(int? ConnectorNumber, decimal? MaxA, decimal? MaxW) : Command
{
    public override string Name => "limit";

    /// <summary>The station takes limits for connectors only: that of the whole is parted among them.</summary>
    [JsonIgnore]
    public bool Parted { get; init; }
}

/// <summary>The proof that a firmware is its manufacturer's: the signer's certificate in PEM and the signature in base64.</summary>
/// <param name="RequestId">The station repeats it when it tells how far it is.</param>
public sealed record FirmwareSignature(int RequestId, string SigningCertificate, string Signature, DateTimeOffset? InstallAt = null);

/// <summary>Load and install a firmware image; signed where <paramref name="Signature"/> is given.</summary>
public sealed record UpdateFirmware(
    string Location, DateTimeOffset RetrieveAt, int? Retries = null, int? RetryIntervalSeconds = null, FirmwareSignature? Signature = null) : Command
{
    public override string Name => "update-firmware";
}

/// <summary>Upload diagnostics to a place.</summary>
public sealed record GetDiagnostics(string Location, DateTimeOffset? From = null, DateTimeOffset? To = null, int? Retries = null, int? RetryIntervalSeconds = null) : Command
{
    public override string Name => "get-diagnostics";
}

/// <summary>Upload the security log or the diagnostics log to a place.</summary>
/// <param name="RequestId">The station repeats it when it tells how far it is.</param>
/// <param name="Security">The security log; else the diagnostics log.</param>
public sealed record GetLog(
    int RequestId, bool Security, string Location, DateTimeOffset? From = null, DateTimeOffset? To = null, int? Retries = null, int? RetryIntervalSeconds = null) : Command
{
    public override string Name => "get-log";
}

/// <summary>What a root certificate in a station vouches for.</summary>
public enum RootUse
{
    /// <summary>Our server's certificate.</summary>
    CentralSystem,

    /// <summary>Signatures of firmware.</summary>
    Manufacturer,
}

/// <summary>By which a station names a certificate: hashes of its issuer (hex) and its serial number (hex).</summary>
/// <param name="HashAlgorithm">SHA256, SHA384 or SHA512.</param>
public sealed record CertificateHash(string HashAlgorithm, string IssuerNameHash, string IssuerKeyHash, string SerialNumber);

/// <summary>Trust a root certificate (PEM).</summary>
public sealed record InstallCertificate(RootUse Use, string Certificate) : Command
{
    public override string Name => "install-certificate";
}

/// <summary>Trust a root certificate no longer.</summary>
public sealed record DeleteCertificate(CertificateHash Certificate) : Command
{
    public override string Name => "delete-certificate";
}

/// <summary>Ask which root certificates are installed. The answer's value is a list of <see cref="CertificateHash"/>.</summary>
public sealed record GetInstalledCertificates(RootUse Use) : Command
{
    public override string Name => "get-installed-certificates";
}

/// <summary>Bring the certificate that was signed for the station's request, with what leads to its root (PEM).</summary>
public sealed record CertificateSigned(string Chain) : Command
{
    public override string Name => "certificate-signed";
}

/// <summary>An entry of a local authorisation list; no status removes the token (differential).</summary>
public sealed record LocalListEntry(string IdToken, string? Status, DateTimeOffset? ExpiresAt = null, string? GroupId = null);

/// <summary>Replace or amend the list by which a station authorises on its own.</summary>
public sealed record SendLocalList(int Version, bool Full, IReadOnlyList<LocalListEntry> Entries) : Command
{
    public override string Name => "send-local-list";
}

/// <summary>Ask for the version of the local authorisation list. The answer's word is the number; 0: empty, NotSupported: the station keeps none.</summary>
public sealed record GetLocalListVersion : Command
{
    public override string Name => "get-local-list-version";
}

/// <summary>Hold a connector (0: any) for a token.</summary>
public sealed record Reserve(int ReservationId, int ConnectorNumber, string IdToken, DateTimeOffset ExpiresAt, string? GroupId = null) : Command
{
    public override string Name => "reserve";
}

/// <summary>Give a reservation up.</summary>
public sealed record CancelReservation(int ReservationId) : Command
{
    public override string Name => "cancel-reservation";
}

/// <summary>What a charging profile is for.</summary>
public enum ProfilePurpose
{
    StationMaximum,
    TransactionDefault,
    Transaction,
}

/// <summary>One step of a schedule: from so many seconds after its start, at most so many A per phase or W.</summary>
public sealed record SchedulePeriod(int StartSeconds, decimal Limit, int? Phases = null);

/// <summary>A charging profile. Absolute where <paramref name="Start"/> is set, else relative to the start of charging; recurring where said.</summary>
public sealed record SetChargingProfile(
    int ConnectorNumber,
    int ProfileId,
    int StackLevel,
    ProfilePurpose Purpose,
    bool InWatts,
    IReadOnlyList<SchedulePeriod> Periods,
    DateTimeOffset? Start = null,
    int? DurationSeconds = null,
    decimal? MinimumRate = null,
    string? Recurrence = null,
    DateTimeOffset? ValidFrom = null,
    DateTimeOffset? ValidTo = null,
    long? TransactionId = null) : Command
{
    public override string Name => "set-charging-profile";
}

/// <summary>Remove the profiles that match; all null removes all.</summary>
public sealed record ClearChargingProfile(int? ProfileId = null, int? ConnectorNumber = null, ProfilePurpose? Purpose = null, int? StackLevel = null) : Command
{
    public override string Name => "clear-charging-profile";
}

/// <summary>Ask what limit results from all profiles.</summary>
public sealed record GetCompositeSchedule(int ConnectorNumber, int DurationSeconds, bool? InWatts = null) : Command
{
    public override string Name => "get-composite-schedule";
}

/// <summary>What came of a command.</summary>
public abstract record CommandResult
{
    /// <summary>The station answered.</summary>
    /// <param name="Status">Its word (Accepted, Rejected, Scheduled, UnlockFailed ...); "Accepted" where the answer has no status.</param>
    /// <param name="Response">The answer as it stands.</param>
    public sealed record Answered(string Status, JsonElement Response) : CommandResult
    {
        /// <summary>What a question was answered with, in the words of no protocol; see the command.</summary>
        public object? Value { get; init; }
    }

    /// <summary>No socket, or it broke before the answer.</summary>
    /// <param name="WasSent">It had left when the socket broke: the station may still have acted.</param>
    public sealed record Offline(bool WasSent = false) : CommandResult;

    /// <summary>Sent, and no answer in time; it may still have acted.</summary>
    public sealed record TimedOut : CommandResult;

    /// <summary>The station answered with an error (CALLERROR), or its protocol version has no such operation (NotSupported).</summary>
    public sealed record Refused(string Code, string Description) : CommandResult;

    /// <summary>The request does not fit the message's shape: nothing was sent.</summary>
    public sealed record Invalid(IReadOnlyDictionary<string, string[]> Errors) : CommandResult;
}
