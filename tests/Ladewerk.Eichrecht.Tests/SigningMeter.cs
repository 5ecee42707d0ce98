using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;

namespace Ladewerk.Eichrecht.Tests;

/// <summary>A meter for tests: a fresh key on one curve, OCMF as real devices write it.</summary>
internal sealed class SigningMeter : IDisposable
{
    private readonly ECDsa key;

    public SigningMeter(MeterCurve curve)
    {
        Curve = curve;
        key = ECDsa.Create(ECCurve.CreateFromValue(curve.Oid));
        var q = key.ExportParameters(includePrivateParameters: false).Q;
        Key = MeterKey.OnCurve(curve, [.. q.X!, .. q.Y!])!;
    }

    public MeterCurve Curve { get; }

    public MeterKey Key { get; }

    public static string Payload(
        string version = "1.0", int page = 1, string readings = """{"TM":"2026-07-01T10:00:00,000+0200 S","TX":"B","RV":1234.567,"RI":"1-0:1.8.0","RU":"kWh","RT":"AC","EF":"","ST":"G"},{"TM":"2026-07-01T11:00:00,000+0200 S","TX":"E","RV":1250.001}""",
        string serial = "M1", string more = "") =>
        $$"""{"FV":"{{version}}","GI":"Gateway","GS":"G1","GV":"1","PG":"T{{page}}","MV":"Maker","MM":"Model","MS":"{{serial}}","MF":"1","IS":true,"IL":"VERIFIED","IF":[],"IT":"ISO14443","ID":"04AABBCC"{{more}},"RD":[{{readings}}]}""";

    public static string Reading(string kind, string value, string time = "10:00:00", string status = "G", string flags = "", string clock = "S", string obis = "1-0:1.8.0") =>
        $$"""{"TM":"2026-07-01T{{time}},000+0200 {{clock}}","TX":"{{kind}}","RV":{{value}},"RI":"{{obis}}","RU":"kWh","RT":"AC","EF":"{{flags}}","ST":"{{status}}"}""";

    public byte[] Raw(byte[] data) => key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    public byte[] Der(byte[] data) => key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    public string Ocmf(string payload, bool base64 = false, string? algorithm = null)
    {
        var der = Der(Encoding.UTF8.GetBytes(payload));
        var signature = base64 ? Convert.ToBase64String(der) : Convert.ToHexStringLower(der);
        return $$"""OCMF|{{payload}}|{"SA":"{{algorithm ?? $"ECDSA-{Curve.Name}-SHA256"}}","SE":"{{(base64 ? "base64" : "hex")}}","SD":"{{signature}}"}""";
    }

    public SignedValue Value(string payload) => new(Ocmf(payload), "OCMF", "plain");

    public void Dispose() => key.Dispose();

    /// <summary>A sequence of a DER signature with its halves side by side, as some stations send it wrongly.</summary>
    public static byte[] Concatenated(byte[] der)
    {
        var reader = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        return [.. reader.ReadIntegerBytes().Span, .. reader.ReadIntegerBytes().Span];
    }
}
