using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using Ladewerk.Ocpp.V16;

namespace Ladewerk.Simulator.Stations;

/// <summary>How an update goes wrong.</summary>
internal enum FirmwareFault
{
    None,

    /// <summary>The image cannot be fetched.</summary>
    Download,

    /// <summary>The signature is found to be wrong (of an image without one: the installation fails).</summary>
    Signature,

    /// <summary>The installation fails; the old firmware goes on.</summary>
    Install,

    /// <summary>The station restarts and is never seen again.</summary>
    Brick,
}

/// <summary>
/// A firmware update: fetches the image, checks its signature, installs it when nobody charges, restarts with the new version. An image
/// that begins with a line such as <c>LADEWERK-FIRMWARE version=2.1.0 fault=install</c> says what becomes of the station; of any other
/// the version is what its file name tells.
/// </summary>
internal sealed partial class FirmwareFlow(StationModel station)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private int run;

    public UpdateFirmwareResponse Plain(UpdateFirmwareRequest request)
    {
        Begin(request.Location, request.RetrieveDate, new Report(station, null), null);
        return new();
    }

    public SignedUpdateFirmwareResponse Signed(SignedUpdateFirmwareRequest request)
    {
        if (Certificate(request.Firmware.SigningCertificate) is null)
        {
            return new() { Status = UpdateFirmwareStatus.InvalidCertificate };
        }

        var isAnother = run > 0 && station.IsUpdating;
        Begin(request.Firmware.Location, request.Firmware.RetrieveDateTime, new Report(station, request.RequestId), request.Firmware);
        return new() { Status = isAnother ? UpdateFirmwareStatus.AcceptedCanceled : UpdateFirmwareStatus.Accepted };
    }

    private void Begin(string location, DateTimeOffset at, Report report, SignedFirmware? signed)
    {
        var mine = ++run; // a newer update takes the place of this one
        station.IsUpdating = true;
        station.After((at > station.Now ? at - station.Now : TimeSpan.Zero) + (2 * Second), () => Unless(mine, () =>
        {
            report.Send(SignedFirmwareStatus.Downloading);
            if (station.Spec.FirmwareFault == FirmwareFault.Download)
            {
                station.After(4 * Second, () => Unless(mine, () => End(report, SignedFirmwareStatus.DownloadFailed)));
            }
            else
            {
                station.Transfers.Enqueue(new Transfer.Fetch(location, image => Unless(mine, () => Fetched(mine, location, image, report, signed))));
            }
        }));
    }

    private void Fetched(int mine, string location, byte[]? image, Report report, SignedFirmware? signed)
    {
        var (version, fault) = image is null ? (null, FirmwareFault.None) : Read(location, image);
        if (image is null || fault == FirmwareFault.Download)
        {
            End(report, SignedFirmwareStatus.DownloadFailed);
            return;
        }

        fault = station.Spec.FirmwareFault == FirmwareFault.None ? fault : station.Spec.FirmwareFault;
        report.Send(SignedFirmwareStatus.Downloaded);
        if (signed is not null && (fault == FirmwareFault.Signature || !IsGenuine(image, signed)))
        {
            station.After(2 * Second, () => Unless(mine, () => End(report, SignedFirmwareStatus.InvalidSignature)));
            return;
        }

        if (signed is not null)
        {
            station.After(Second, () => Unless(mine, () => report.Send(SignedFirmwareStatus.SignatureVerified)));
        }

        station.After(3 * Second, () => Unless(mine, () => Install(mine, version!, fault, report)));
    }

    // OCPP 1.6 §5.19: not while somebody charges.
    private void Install(int mine, string version, FirmwareFault fault, Report report)
    {
        if (station.Connectors.Any(c => c.Transaction is not null))
        {
            station.After(5 * Second, () => Unless(mine, () => Install(mine, version, fault, report)));
            return;
        }

        report.Send(SignedFirmwareStatus.Installing);
        station.After(8 * Second, () => Unless(mine, () =>
        {
            station.IsUpdating = false;
            switch (fault)
            {
                case FirmwareFault.Install or FirmwareFault.Signature:
                    report.Send(SignedFirmwareStatus.InstallationFailed);
                    break;
                case FirmwareFault.Brick:
                    station.IsDead = true;
                    station.Reboot();
                    break;
                default:
                    station.FirmwareVersion = version;
                    report.Send(SignedFirmwareStatus.Installed);
                    station.After(Second, station.Reboot);
                    break;
            }
        }));
    }

    private void End(Report report, SignedFirmwareStatus status)
    {
        station.IsUpdating = false;
        report.Send(status);
    }

    private void Unless(int mine, Action act)
    {
        if (mine == run)
        {
            act();
        }
    }

    private static (string Version, FirmwareFault Fault) Read(string location, byte[] image)
    {
        var head = Encoding.ASCII.GetString(image.AsSpan(0, Math.Min(image.Length, 200)));
        if (Header().Match(head) is { Success: true } header)
        {
            return (header.Groups["version"].Value, Enum.TryParse<FirmwareFault>(header.Groups["fault"].Value, ignoreCase: true, out var fault) ? fault : FirmwareFault.None);
        }

        var name = Path.GetFileNameWithoutExtension(Uri.TryCreate(location, UriKind.Absolute, out var address) ? address.AbsolutePath : location);
        var version = Number().Match(name) is { Success: true } number ? number.Value : name;
        return (version.Length is > 0 and <= 50 ? version : "unknown", FirmwareFault.None);
    }

    private static bool IsGenuine(byte[] image, SignedFirmware signed)
    {
        using var certificate = Certificate(signed.SigningCertificate);
        var signature = new byte[signed.Signature.Length];
        if (certificate is null || !Convert.TryFromBase64String(signed.Signature, signature, out var length))
        {
            return false;
        }

        using var rsa = certificate.GetRSAPublicKey();
        using var ecdsa = certificate.GetECDsaPublicKey();
        var bytes = signature.AsSpan(0, length);
        return rsa is not null
            ? rsa.VerifyData(image, bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pss) || rsa.VerifyData(image, bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : ecdsa?.VerifyData(image, bytes, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence) == true;
    }

    private static X509Certificate2? Certificate(string pem)
    {
        try
        {
            return X509Certificate2.CreateFromPem(pem);
        }
        catch (CryptographicException)
        {
            return null; // not a certificate: the station says so
        }
    }

    [GeneratedRegex(@"^LADEWERK-FIRMWARE version=(?<version>\S{1,50})( fault=(?<fault>[a-z]+))?", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Header();

    [GeneratedRegex(@"[0-9]+(\.[0-9]+)+[A-Za-z0-9.+-]*", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Number();

    /// <summary>Tells how far it is, in the message that the request calls for.</summary>
    private sealed class Report(StationModel station, int? requestId)
    {
        public void Send(SignedFirmwareStatus status)
        {
            if (requestId is { } id)
            {
                station.Send<SignedFirmwareStatusNotificationRequest, SignedFirmwareStatusNotificationResponse>(() => new() { Status = status, RequestId = id });
            }
            else
            {
                var word = Enum.Parse<FirmwareStatus>(status.ToString());
                station.Send<FirmwareStatusNotificationRequest, FirmwareStatusNotificationResponse>(() => new() { Status = word });
            }
        }
    }
}
