using System.Net;
using System.Net.Sockets;

namespace Ladewerk.Kernel.Http;

/// <summary>What addresses that users type in may lead to (configuration section <c>Outgoing</c>).</summary>
public sealed class OutgoingOptions
{
    /// <summary>Whether addresses of private networks and of this machine may be called, and http without TLS: only where the operator runs such services there.</summary>
    public bool AllowPrivate { get; set; }
}

/// <summary>
/// Makes clients for addresses that users type in. They follow no redirect and refuse this machine and private networks: the address is checked when the
/// connection is made, after the name was resolved, so that a name cannot lead somewhere else the second time.
/// </summary>
public static class SafeHttp
{
    private static readonly IPNetwork[] Inner =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "::/128", "::1/128", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/10", "ff00::/8",
        }.Select(n => IPNetwork.Parse(n)),
    ];

    /// <summary>Whether an address may be stored: https, or http where the operator allows inner addresses.</summary>
    public static bool IsAllowed(Uri address, OutgoingOptions options) =>
        address.IsAbsoluteUri && address.UserInfo.Length == 0 && (address.Scheme == Uri.UriSchemeHttps || (options.AllowPrivate && address.Scheme == Uri.UriSchemeHttp));

    /// <summary>Whether it is of a public network.</summary>
    public static bool IsPublic(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return !Array.Exists(Inner, n => n.Contains(plain));
    }

    /// <summary>A handler that connects to public addresses alone (to any where the operator allows it).</summary>
    public static SocketsHttpHandler Handler(OutgoingOptions options) => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        MaxResponseHeadersLength = 64,
        ConnectCallback = (context, ct) => Connect(context.DnsEndPoint, options, ct),
    };

    private static async ValueTask<Stream> Connect(DnsEndPoint to, OutgoingOptions options, CancellationToken ct)
    {
        var addresses = await Dns.GetHostAddressesAsync(to.Host, ct);
        IPAddress[] allowed = [.. addresses.Where(a => options.AllowPrivate || IsPublic(a))];
        if (allowed.Length == 0)
        {
            throw new HttpRequestException($"{to.Host} leads to no public address.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, to.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
