using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Ladewerk.Stations;
using Ladewerk.Stations.Quirks;

namespace Ladewerk.Ocpp.V16;

/// <summary>
/// What a raw request means in the words of no protocol, where something is remembered of it: a profile, a configuration key or a certificate
/// that came to the station by a raw request is there as much as one that came by a command.
/// </summary>
internal static class RawMeanings
{
    /// <summary>Null where nothing is remembered of the request, or where it does not fit its shape.</summary>
    public static Command? Of(string action, JsonElement payload, StationQuirks quirks) => action switch
    {
        "SetChargingProfile" => Read(payload, SetChargingProfileRequest.JsonType) is { } r ? Profiles.Read(r.CsChargingProfiles, Own(r.ConnectorId, quirks)) : null,
        "RemoteStartTransaction" => Read(payload, RemoteStartTransactionRequest.JsonType) is { ChargingProfile: { } profile } r
            ? new RemoteStart(r.IdTag, ConnectorNumber: Own(r.ConnectorId, quirks), Profile: Profiles.Read(profile, Own(r.ConnectorId, quirks) ?? 0)) : null,
        "ClearChargingProfile" => Read(payload, ClearChargingProfileRequest.JsonType) is { } r
            ? new Stations.ClearChargingProfile(r.Id, Own(r.ConnectorId, quirks), Profiles.Purpose(r.ChargingProfilePurpose), r.StackLevel) : null,
        "GetConfiguration" => Read(payload, GetConfigurationRequest.JsonType) is { } r ? new Stations.GetConfiguration(r.Key) : null,
        "ChangeConfiguration" => Read(payload, ChangeConfigurationRequest.JsonType) is { } r ? new Stations.ChangeConfiguration(r.Key, r.Value) : null,
        "InstallCertificate" => Read(payload, InstallCertificateRequest.JsonType) is { } r
            ? new Stations.InstallCertificate(r.CertificateType == CertificateUse.CentralSystemRootCertificate ? RootUse.CentralSystem : RootUse.Manufacturer, r.Certificate) : null,
        "DeleteCertificate" => Read(payload, DeleteCertificateRequest.JsonType) is { CertificateHashData: var h }
            ? new Stations.DeleteCertificate(new CertificateHash(h.HashAlgorithm.ToString(), h.IssuerNameHash, h.IssuerKeyHash, h.SerialNumber)) : null,
        _ => null,
    };

    private static T? Read<T>(JsonElement payload, JsonTypeInfo<T> type)
        where T : class => WireReader.Read(JsonSerializer.SerializeToUtf8Bytes(payload), type) is { Ok: true } read ? read.Value : null;

    /// <summary>The number that this side knows the connector by; 0 is the station itself and stays.</summary>
    private static int Own(int wire, StationQuirks quirks) => wire == 0 ? 0 : quirks.FromWire(wire);

    private static int? Own(int? wire, StationQuirks quirks) => wire is { } number ? Own(number, quirks) : null;
}
