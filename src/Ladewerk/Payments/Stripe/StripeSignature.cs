using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Ladewerk.Payments.Stripe;

/// <summary>Checks the header <c>Stripe-Signature</c>: <c>t=...,v1=...</c>, where v1 is the HMAC-SHA256 of "t.body" in hex.</summary>
internal static class StripeSignature
{
    /// <param name="secrets">One of them must have made it; while they are changed there are two.</param>
    public static bool IsValid(string? header, ReadOnlySpan<byte> body, IReadOnlyList<string> secrets, DateTimeOffset now, TimeSpan tolerance)
    {
        if (header is not { Length: > 0 and <= 2000 } || Read(header) is not ({ } stamp, { Count: > 0 } signatures)
            || !long.TryParse(stamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || Math.Abs(now.ToUnixTimeSeconds() - (double)seconds) > tolerance.TotalSeconds)
        {
            return false;
        }

        var signed = new byte[Encoding.ASCII.GetByteCount(stamp) + 1 + body.Length];
        var head = Encoding.ASCII.GetBytes(stamp, signed);
        signed[head] = (byte)'.';
        body.CopyTo(signed.AsSpan(head + 1));
        var isValid = false;
        foreach (var secret in secrets)
        {
            var wanted = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed);
            foreach (var signature in signatures)
            {
                isValid |= CryptographicOperations.FixedTimeEquals(wanted, signature);
            }
        }

        return isValid;
    }

    private static (string? Stamp, List<byte[]> Signatures) Read(string header)
    {
        string? stamp = null;
        var signatures = new List<byte[]>();
        foreach (var part in header.Split(','))
        {
            if (part.Split('=', 2) is not [var name, var value])
            {
                continue;
            }

            if (name.Trim() == "t")
            {
                stamp = value.Trim();
            }
            else if (name.Trim() == "v1" && value.Trim() is { Length: 64 } hex && hex.All(char.IsAsciiHexDigit))
            {
                signatures.Add(Convert.FromHexString(hex));
            }
        }

        return (stamp, signatures);
    }
}
