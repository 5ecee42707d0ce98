using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections.Features;

namespace Ladewerk.Ocpp;

/// <summary>Settings under <c>Proxy</c>: a proxy in front that ends TLS and says what it saw.</summary>
public sealed class ProxyOptions
{
    /// <summary>Addresses or networks (<c>10.0.0.0/8</c>) whose word is taken; what anybody else forwards is ignored.</summary>
    public IList<string> Trusted { get; } = [];

    /// <summary>Where the proxy writes the client's certificate: PEM (also percent-encoded), base64 of DER, RFC 9440, or Envoy's form.</summary>
    public string CertificateHeader { get; set; } = "X-Client-Certificate";

    /// <summary>Whether all of <see cref="Trusted"/> can be read.</summary>
    internal bool IsValid => Trusted.All(t => IPNetwork.TryParse(t, out _) || IPAddress.TryParse(t, out _));

    internal bool Trusts(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return Trusted.Any(t => IPNetwork.TryParse(t, out var network) ? network.Contains(plain) : IPAddress.TryParse(t, out var one) && one.Equals(plain));
    }
}

/// <summary>How a station reached us: by its own connection, or as a trusted proxy tells.</summary>
internal sealed record StationTransport(string RemoteAddress, bool IsTls, X509Certificate2? Certificate, X509Certificate2Collection Intermediates)
{
    private const int LongestHeader = 32 * 1024;

    public static StationTransport Of(HttpContext http, ProxyOptions proxy)
    {
        // The other end of the socket itself: ASP.NET Core's own reading of forwarded headers may have put the client in its place.
        var peer = (http.Features.Get<IConnectionEndPointFeature>()?.RemoteEndPoint as IPEndPoint)?.Address ?? http.Connection.RemoteIpAddress;
        var remote = http.Connection.RemoteIpAddress?.ToString() ?? "unknown";
        if (peer is null || !proxy.Trusts(peer))
        {
            var certificate = http.Connection.ClientCertificate;
            return new StationTransport(remote, http.Request.IsHttps, certificate, certificate is null ? [] : TlsConnection.Intermediates(http));
        }

        var headers = http.Request.Headers;
        var forwarded = Read(headers[proxy.CertificateHeader].ToString());
        return new StationTransport(
            Client(headers["X-Forwarded-For"].ToString(), proxy) ?? remote,
            headers["X-Forwarded-Proto"].ToString().Split(',')[^1].Trim() is "https" or "wss" || (http.Request.IsHttps && !headers.ContainsKey("X-Forwarded-Proto")),
            forwarded.Count > 0 ? forwarded[0] : null,
            [.. forwarded.Skip(1)]);
    }

    /// <summary>Negotiates the client's certificate now, where the listener waits with it.</summary>
    public async ValueTask<StationTransport> WithCertificate(HttpContext http, CancellationToken ct) =>
        Certificate is null && TlsConnection.MayAskLater(http) && await http.Connection.GetClientCertificateAsync(ct) is { } late
            ? this with { Certificate = late, Intermediates = TlsConnection.Intermediates(http) } : this;

    /// <summary>The certificates in a forwarded header, the client's first; empty where it cannot be read.</summary>
    internal static X509Certificate2Collection Read(string header)
    {
        var found = new X509Certificate2Collection();
        if (header.Length is 0 or > LongestHeader)
        {
            return found;
        }

        var text = header.Contains("Cert=\"", StringComparison.Ordinal) ? header.Split("Cert=\"")[1].Split('"')[0] : header;
        text = text.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(text) : text;
        text = text.Replace("-----BEGIN CERTIFICATE-----", "", StringComparison.Ordinal).Replace("-----END CERTIFICATE-----", ",", StringComparison.Ordinal);
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var base64 = string.Concat(part.Where(c => !char.IsWhiteSpace(c) && c != ':'));
            var der = new byte[base64.Length];
            if (base64.Length == 0)
            {
                continue;
            }

            try
            {
                found.Add(Convert.TryFromBase64String(base64, der, out var length) ? X509CertificateLoader.LoadCertificate(der.AsSpan(0, length)) : throw new CryptographicException());
            }
            catch (CryptographicException)
            {
                return []; // half a chain proves nothing
            }
        }

        return found;
    }

    /// <summary>The last address that none of our own proxies wrote of another of them.</summary>
    private static string? Client(string forwardedFor, ProxyOptions proxy) => forwardedFor.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .LastOrDefault(a => IPAddress.TryParse(a, out var address) && !proxy.Trusts(address));
}
