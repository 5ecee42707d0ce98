using Ladewerk.Stations;

namespace Ladewerk.Ocpp.V16;

/// <content>The operations of the security extension (security whitepaper, edition 3).</content>
internal sealed partial class V16Commands
{
    private async Task<CommandResult> Installed(StationSocket socket, GetInstalledCertificates c, CancellationToken ct)
    {
        IReadOnlyList<CertificateHash> found = [];
        var result = await Call<GetInstalledCertificateIdsRequest, GetInstalledCertificateIdsResponse>(socket, new() { CertificateType = Use(c.Use) }, r =>
        {
            found = [.. (r.CertificateHashData ?? []).Select(h => new CertificateHash(h.HashAlgorithm.ToString(), h.IssuerNameHash, h.IssuerKeyHash, h.SerialNumber))];
            return r.Status;
        }, ct);
        return result is CommandResult.Answered answered ? answered with { Value = found } : result;
    }

    private static CertificateUse Use(RootUse use) => use switch
    {
        RootUse.CentralSystem => CertificateUse.CentralSystemRootCertificate,
        RootUse.Manufacturer => CertificateUse.ManufacturerRootCertificate,
        _ => throw new ArgumentOutOfRangeException(nameof(use), use, null),
    };

    private static CertificateHashData Hash(CertificateHash hash) => new()
    {
        HashAlgorithm = Enum.Parse<HashAlgorithm>(hash.HashAlgorithm), IssuerNameHash = hash.IssuerNameHash, IssuerKeyHash = hash.IssuerKeyHash, SerialNumber = hash.SerialNumber,
    };

    private static GetLogRequest LogOf(Stations.GetLog c) => new()
    {
        LogType = c.Security ? V16.Log.SecurityLog : V16.Log.DiagnosticsLog,
        RequestId = c.RequestId,
        Log = new LogParameters { RemoteLocation = c.Location, OldestTimestamp = c.From, LatestTimestamp = c.To },
        Retries = c.Retries,
        RetryInterval = c.RetryIntervalSeconds,
    };

    private static SignedUpdateFirmwareRequest Signed(Stations.UpdateFirmware c, FirmwareSignature signature) => new()
    {
        RequestId = signature.RequestId,
        Firmware = new SignedFirmware
        {
            Location = c.Location, RetrieveDateTime = c.RetrieveAt, SigningCertificate = signature.SigningCertificate, Signature = signature.Signature, InstallDateTime = signature.InstallAt,
        },
        Retries = c.Retries,
        RetryInterval = c.RetryIntervalSeconds,
    };
}
