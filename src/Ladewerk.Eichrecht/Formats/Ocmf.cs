using System.Text.Json;

namespace Ladewerk.Eichrecht.Formats;

/// <summary>Open Charge Metering Format 1.4.1: reading and checking.</summary>
internal static class Ocmf
{
    public static VerifiedValue Verify(string text, SignedValue source, MeterKey? key)
    {
        if (OcmfText.Split(text) is not { } parts || OcmfPayload.Read(parts.Payload, source) is not { } value)
        {
            return Verifier.Failed(source, "OCMF", Reason.Malformed);
        }

        if (OcmfSignature.Read(parts.Signature) is not { } signature)
        {
            return value.Refused(Reason.SignatureForm);
        }

        var contained = key is null && parts.Key is { Length: > 0 } given ? MeterKey.Read(given) : null;
        key ??= contained;
        if (signature.Curve is null)
        {
            return value.Refused(Reason.Algorithm);
        }

        if (key is null)
        {
            return value with { Signature = SignatureState.UnknownKey, Reasons = [Reason.NoKey] };
        }

        value = value with { Key = key, KeyFromValue = contained is not null, Remarks = contained is null ? value.Remarks : [.. value.Remarks, Remark.KeyFromValue] };
        if (signature.Curve != key.Curve)
        {
            return value.Refused(Reason.CurveMismatch);
        }

        if (SignatureBytes.FromDer(signature.Der, key.Curve) is not { } both)
        {
            return value.Refused(Reason.SignatureForm);
        }

        return key.Verify(parts.SignedBytes(), both) ? value with { Signature = SignatureState.Valid } : value.Refused(Reason.Signature);
    }

    /// <summary>The signature section.</summary>
    /// <param name="Curve">Null where the algorithm is none that we know.</param>
    /// <param name="Der">SD.</param>
    private sealed record OcmfSignature(MeterCurve? Curve, byte[] Der)
    {
        // OCMF 1.4, "signature section": SA, SE, SM, SD and nothing else; without SA it is secp256r1.
        public static OcmfSignature? Read(string json)
        {
            try
            {
                using var document = JsonDocument.Parse(json);
                var fields = document.RootElement.EnumerateObject().ToList();
                if (fields.Exists(f => f.Value.ValueKind != JsonValueKind.String || f.Name is not ("SA" or "SE" or "SM" or "SD")) || fields.DistinctBy(f => f.Name).Count() != fields.Count)
                {
                    return null;
                }

                var given = fields.ToDictionary(f => f.Name, f => f.Value.GetString()!, StringComparer.Ordinal);
                var encoding = given.GetValueOrDefault("SE", "hex");
                var data = given.GetValueOrDefault("SD", "");
                var der = encoding switch { "hex" => TextBytes.Hex(data), "base64" => TextBytes.FromBase64(data), _ => null };
                return der is null || given.GetValueOrDefault("SM", "application/x-der") != "application/x-der" ? null : new OcmfSignature(Algorithm(given.GetValueOrDefault("SA")), der);
            }
            catch (JsonException)
            {
                return null;
            }
        }

        private static MeterCurve? Algorithm(string? name)
        {
            if (name is null)
            {
                return MeterCurve.Secp256r1;
            }

            var parts = name.Split('-');
            return parts is ["ECDSA", .. var curve, "SHA256"] && curve.Length > 0 ? MeterCurve.Named(string.Join('-', curve)) : null;
        }
    }
}
