using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ladewerk.Ocpp.V16;

namespace Ladewerk.Simulator.Stations;

/// <summary>
/// What a station keeps to prove itself and to know its back end (security whitepaper): password, key, certificates, security profile.
/// Kept in a folder where one is given, so that it outlives the process.
/// </summary>
internal sealed class StationSecurity
{
    private const string PasswordFile = "password", CertificateFile = "station.pem", ProfileFile = "profile";
    private static readonly TimeSpan ReconnectDelay = TimeSpan.FromSeconds(1);
    private readonly List<(CertificateUse Use, X509Certificate2 Certificate)> roots = [];
    private readonly StationModel station;
    private string? folder;
    private ECDsa? newKey;

    public StationSecurity(StationModel station)
    {
        this.station = station;
    }

    /// <summary>For HTTP Basic, as bytes; null: none.</summary>
    public byte[]? Password { get; private set; }

    /// <summary>With its key; null: none.</summary>
    public X509Certificate2? Certificate { get; private set; }

    /// <summary>The profile by which it connects.</summary>
    public int Profile { get; private set; }

    /// <summary>A higher one that it was asked to take: tried at the next connection, given up when that fails.</summary>
    public int? WantedProfile { get; private set; }

    /// <summary>Whether it can speak TLS at all: it knows an address for it.</summary>
    public bool HasSecureAddress { get; set; }

    /// <summary>Set when new credentials want a new connection.</summary>
    public bool WantsReconnect { get; private set; }

    /// <summary>Roots that vouch for the back end; empty: those of the machine.</summary>
    public X509Certificate2Collection ServerRoots => [.. roots.Where(r => r.Use == CertificateUse.CentralSystemRootCertificate).Select(r => r.Certificate)];

    /// <summary>What it begins with; what its folder holds already wins.</summary>
    public void Begin(string? stateFolder, string? password, int profile, X509Certificate2Collection serverRoots, X509Certificate2? certificate)
    {
        folder = stateFolder;
        (Profile, Certificate) = (Kept(ProfileFile) is { } kept ? int.Parse(kept, CultureInfo.InvariantCulture) : profile, certificate);
        Password = Kept(PasswordFile) is { } hex ? Convert.FromHexString(hex) : password is null ? null : Encoding.UTF8.GetBytes(password);
        roots.AddRange(serverRoots.Select(r => (CertificateUse.CentralSystemRootCertificate, r)));
        if (Kept(CertificateFile) is { } pem)
        {
            Certificate = X509Certificate2.CreateFromPem(pem, pem);
        }
    }

    /// <summary>The connection by the wanted profile stands, or does not.</summary>
    public void Connected(bool succeeded)
    {
        WantsReconnect = false;
        if (WantedProfile is { } wanted)
        {
            Profile = succeeded ? wanted : Profile;
            WantedProfile = null;
            Keep(ProfileFile, Profile.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>AuthorizationKey and SecurityProfile; null: another key.</summary>
    public ConfigurationStatus? Change(string key, string value)
    {
        if (key.Equals("AuthorizationKey", StringComparison.OrdinalIgnoreCase))
        {
            if (value.Length is < 16 or > 40)
            {
                return ConfigurationStatus.Rejected;
            }

            Password = value.Length % 2 == 0 && value.All(char.IsAsciiHexDigit) ? Convert.FromHexString(value) : Encoding.UTF8.GetBytes(value);
            Keep(PasswordFile, Convert.ToHexString(Password));
            Reconnect();
            return ConfigurationStatus.Accepted;
        }

        if (!key.Equals("SecurityProfile", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        // Whitepaper A05: only upwards, and only with what the profile needs.
        if (!int.TryParse(value, CultureInfo.InvariantCulture, out var profile) || profile <= Profile || profile > 3
            || (profile >= 2 && !HasSecureAddress) || (profile < 3 && Password is null) || (profile == 3 && Certificate is null))
        {
            return ConfigurationStatus.Rejected;
        }

        WantedProfile = profile;
        Reconnect();
        return ConfigurationStatus.Accepted;
    }

    /// <summary>Makes a key and asks for a certificate for it.</summary>
    public void RequestCertificate()
    {
        newKey?.Dispose();
        newKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var csr = new CertificateRequest($"CN={station.Spec.Identity}, O={station.Spec.Vendor}", newKey, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        station.Send<SignCertificateRequest, SignCertificateResponse>(() => new() { Csr = csr });
    }

    public CertificateSignedStatus Take(CertificateSignedRequest request)
    {
        try
        {
            using var signed = X509Certificate2.CreateFromPem(request.CertificateChain);
            if (newKey is not null && signed.GetNameInfo(X509NameType.SimpleName, forIssuer: false) == station.Spec.Identity && new DateTimeOffset(signed.NotAfter) > station.Now)
            {
                Certificate = signed.CopyWithPrivateKey(newKey);
                Keep(CertificateFile, request.CertificateChain.TrimEnd() + "\n" + newKey.ExportPkcs8PrivateKeyPem() + "\n");
                return CertificateSignedStatus.Accepted;
            }
        }
        catch (Exception wrong) when (wrong is CryptographicException or ArgumentException)
        {
            Report("InvalidChargePointCertificate", wrong.Message);
            return CertificateSignedStatus.Rejected;
        }

        Report("InvalidChargePointCertificate", null);
        return CertificateSignedStatus.Rejected;
    }

    public InstallCertificateStatus Install(InstallCertificateRequest request)
    {
        try
        {
            roots.Add((request.CertificateType, X509Certificate2.CreateFromPem(request.Certificate)));
            return InstallCertificateStatus.Accepted;
        }
        catch (CryptographicException wrong)
        {
            Report("InvalidCentralSystemCertificate", wrong.Message);
            return InstallCertificateStatus.Rejected;
        }
    }

    public DeleteCertificateStatus Delete(CertificateHashData wanted) => roots.RemoveAll(r => IsSame(HashOf(r.Certificate), wanted)) > 0 ? DeleteCertificateStatus.Accepted : DeleteCertificateStatus.NotFound;

    public IReadOnlyList<CertificateHashData> Installed(CertificateUse use) => [.. roots.Where(r => r.Use == use).Select(r => HashOf(r.Certificate))];

    private static bool IsSame(CertificateHashData a, CertificateHashData b) =>
        a.HashAlgorithm == b.HashAlgorithm && string.Equals(a.IssuerKeyHash, b.IssuerKeyHash, StringComparison.OrdinalIgnoreCase) && string.Equals(a.SerialNumber, b.SerialNumber, StringComparison.OrdinalIgnoreCase);

    private static CertificateHashData HashOf(X509Certificate2 root) => new()
    {
        HashAlgorithm = Ocpp.V16.HashAlgorithm.SHA256,
        IssuerNameHash = Convert.ToHexStringLower(SHA256.HashData(root.IssuerName.RawData)),
        IssuerKeyHash = Convert.ToHexStringLower(SHA256.HashData(root.PublicKey.EncodedKeyValue.RawData)),
        SerialNumber = root.SerialNumber.TrimStart('0').ToLowerInvariant(),
    };

    private void Report(string type, string? techInfo)
    {
        var at = station.Now;
        station.Send<SecurityEventNotificationRequest, SecurityEventNotificationResponse>(() => new() { Type = type, Timestamp = at, TechInfo = techInfo is { Length: > 255 } ? techInfo[..255] : techInfo });
    }

    private void Reconnect() => station.After(ReconnectDelay, () => WantsReconnect = true); // the answer goes out first

    private string? Kept(string name) => folder is not null && Path.Combine(folder, name) is var path && File.Exists(path) ? File.ReadAllText(path) : null;

    private void Keep(string name, string text)
    {
        if (folder is not null)
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, name), text);
        }
    }
}
