using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;

namespace Ladewerk.Notifications.Webhooks;

/// <summary>Shows a receiver that a message is ours and not an old one sent again.</summary>
public static class WebhookSignature
{
    public const string Header = "Ladewerk-Signature";

    /// <summary><c>t=UNIX_SECONDS,v1=HEX</c>, the latter being HMAC-SHA256 with the secret over <c>t.body</c>.</summary>
    public static string Of(string secret, DateTimeOffset at, string body)
    {
        var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{time}.{body}"));
        return $"t={time},v1={Convert.ToHexStringLower(mac)}";
    }

    /// <summary>A new secret of 256 random bits.</summary>
    internal static string NewSecret() => "whsec_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}

/// <summary>Keeps the secrets of webhooks encrypted.</summary>
internal sealed class WebhookSecrets(IDataProtectionProvider protection)
{
    private readonly IDataProtector protector = protection.CreateProtector("Ladewerk.Notifications.Webhooks");

    public string Close(string secret) => protector.Protect(secret);

    public string Open(string closed) => protector.Unprotect(closed);
}
