using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

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
    /// <summary>The name of the <see cref="IHttpClientFactory"/>'s client that keeps to the rules.</summary>
    public const string ClientName = "outgoing";

    // Networks that are special within those that are public (IANA special-purpose registries).
    private static readonly IPNetwork[] Closed =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(n => IPNetwork.Parse(n)),
    ];

    private static readonly IPNetwork PublicV6 = IPNetwork.Parse("2000::/3");

    internal static IServiceCollection AddSafeHttp(this IServiceCollection services)
    {
        services.AddOptions<OutgoingOptions>().BindConfiguration("Outgoing");
        services.AddSingleton<SafePost>();
        services.AddHttpClient(ClientName, client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(provider => Handler(provider.GetRequiredService<IOptions<OutgoingOptions>>().Value));
        return services;
    }

    /// <summary>Whether an address that somebody entered may be called: https to a public name, or anything where the operator allows inner addresses.</summary>
    public static bool IsAllowed([NotNullWhen(true)] string? address, OutgoingOptions options) =>
        address?.Length <= 1000 && Uri.TryCreate(address, UriKind.Absolute, out var uri) && IsAllowed(uri, options);

    /// <inheritdoc cref="IsAllowed(string?, OutgoingOptions)"/>
    public static bool IsAllowed(Uri address, OutgoingOptions options) =>
        address.IsAbsoluteUri && address.UserInfo.Length == 0
        && (options.AllowPrivate ? address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp : address.Scheme == Uri.UriSchemeHttps && IsPublicName(address));

    /// <summary>Whether it is of a public network.</summary>
    public static bool IsPublic(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return (plain.AddressFamily == AddressFamily.InterNetwork || PublicV6.Contains(plain)) && !Array.Exists(Closed, n => n.BaseAddress.AddressFamily == plain.AddressFamily && n.Contains(plain));
    }

    // What can be said before the name is resolved; the connection itself is what counts.
    private static bool IsPublicName(Uri address) =>
        !address.IsLoopback && (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) ? IsPublic(ip) : address.Host.Contains('.', StringComparison.Ordinal));

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
