using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ladewerk.Ocpp.V16;

namespace Ladewerk.Simulator.Stations;

/// <summary>A meter that signs what it reads: OCMF 1.0 with ECDSA and SHA-256, one record at the beginning of a transaction and one at its end.</summary>
internal sealed class SigningMeter : IDisposable
{
    /// <summary>The curves of OCMF 1.4.</summary>
    public static readonly IReadOnlyDictionary<string, string> Curves = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["secp192k1"] = "1.3.132.0.31",
        ["secp192r1"] = "1.2.840.10045.3.1.1",
        ["secp256k1"] = "1.3.132.0.10",
        ["secp256r1"] = "1.2.840.10045.3.1.7",
        ["secp384r1"] = "1.3.132.0.34",
        ["brainpool256r1"] = "1.3.36.3.3.2.8.1.1.7",
        ["brainpool384r1"] = "1.3.36.3.3.2.8.1.1.11",
    };

    private readonly ECDsa key;
    private readonly string curve;
    private readonly string serial;
    private long page;

    private SigningMeter(ECDsa signer, string curve, string serial, long page) => (key, this.curve, this.serial, this.page) = (signer, curve, serial, page);

    /// <summary>The public key as it stands on the housing: SPKI in hex.</summary>
    public string PublicKey => Convert.ToHexString(key.ExportSubjectPublicKeyInfo());

    /// <summary>Whether a value brings its key along, in the JSON envelope of OCPP 2.</summary>
    public bool InEnvelope { get; init; }

    /// <summary>A meter with a new key.</summary>
    /// <param name="curve">One of <see cref="Curves"/>.</param>
    /// <param name="serial">The meter's number.</param>
    /// <param name="page">Number of its last record.</param>
    public static SigningMeter Create(string curve, string serial, long page = 0) => new(ECDsa.Create(ECCurve.CreateFromValue(Curves[curve])), curve, serial, page);

    /// <summary>A meter whose private key is known.</summary>
    /// <param name="pkcs8">PKCS #8 in base64.</param>
    /// <inheritdoc cref="Create"/>
    public static SigningMeter From(string pkcs8, string curve, string serial, long page)
    {
        var known = ECDsa.Create();
        known.ImportPkcs8PrivateKey(Convert.FromBase64String(pkcs8), out _);
        return new SigningMeter(known, curve, serial, page);
    }

    /// <summary>A signed record of one reading.</summary>
    /// <param name="kind">B or E.</param>
    /// <param name="wattHours">The register.</param>
    public string Sign(char kind, string idTag, double wattHours, DateTimeOffset at)
    {
        var kWh = Math.Round((decimal)wattHours / 1000, 4).ToString("0.0000", CultureInfo.InvariantCulture);
        var time = at.ToString("yyyy-MM-dd'T'HH:mm:ss','fff", CultureInfo.InvariantCulture) + at.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal);
        var payload = $$"""{"FV":"1.0","GI":"Ladewerk Simulator","GS":"{{serial}}","GV":"1.0","PG":"T{{++page}}","MV":"Ladewerk","MM":"Simulator","MS":"{{serial}}","MF":"1.0","IS":true,"IL":"HEARSAY","IF":["RFID_PLAIN","OCPP_RS"],"IT":"ISO14443","ID":"{{idTag}}","RD":[{"TM":"{{time}} S","TX":"{{kind}}","RV":{{kWh}},"RI":"1-0:1.8.0","RU":"kWh","RT":"AC","EF":"","ST":"G"}]}""";
        var signature = key.SignData(Encoding.UTF8.GetBytes(payload), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return $$"""OCMF|{{payload}}|{"SA":"ECDSA-{{curve}}-SHA256","SD":"{{Convert.ToHexString(signature)}}"}""";
    }

    /// <summary>How a record travels in OCPP 1.6.</summary>
    public MeterValue Sampled(string record, bool isBegin, DateTimeOffset at) => new()
    {
        Timestamp = at,
        SampledValue =
        [
            new SampledValue
            {
                Value = InEnvelope ? $$"""{"signedMeterData":"{{Convert.ToBase64String(Encoding.UTF8.GetBytes(record))}}","signingMethod":"","encodingMethod":"OCMF","publicKey":"{{PublicKey}}"}""" : record,
                Format = ValueFormat.SignedData,
                Context = isBegin ? ReadingContext.TransactionBegin : ReadingContext.TransactionEnd,
                Measurand = Measurand.EnergyActiveImportRegister,
                Unit = UnitOfMeasure.Wh,
            },
        ],
    };

    public void Dispose() => key.Dispose();
}
