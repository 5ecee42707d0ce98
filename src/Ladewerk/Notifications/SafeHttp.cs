using System.Net;
using System.Net.Sockets;

namespace Ladewerk.Notifications;

/// <summary>
/// Calls addresses that users have entered, and nothing within our own walls: the name is resolved once, and only a public address is
/// connected to (no server-side request forgery, not even by a name that changes its mind). No redirects, no proxy.
/// </summary>
internal static class SafeHttp
{
    public const string ClientName = "notifications";

    private static readonly IPNetwork[] Closed =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(n => IPNetwork.Parse(n)),
    ];

    private static readonly IPNetwork PublicV6 = IPNetwork.Parse("2000::/3");

    public static IServiceCollection AddSafeHttp(this IServiceCollection services)
    {
        services.AddHttpClient(ClientName, client => client.Timeout = Timeout.InfiniteTimeSpan).ConfigurePrimaryHttpMessageHandler(provider =>
        {
            var anywhere = provider.GetRequiredService<NotificationOptions>().AllowPrivateAddresses;
            return new SocketsHttpHandler
            {
                AllowAutoRedirect = false, UseProxy = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(2), ConnectTimeout = TimeSpan.FromSeconds(10),
                ConnectCallback = (context, ct) => Connect(context.DnsEndPoint, anywhere, ct),
            };
        });
        return services;
    }

    /// <summary>Why an address must not be called; null: it may.</summary>
    public static string? Refusal(string? text, bool anywhere)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || text!.Length > 1000 || url.UserInfo.Length > 0 || url.Scheme is not ("https" or "http"))
        {
            return "Not an https address.";
        }

        if (anywhere)
        {
            return null;
        }

        return url.Scheme != "https" ? "Not an https address."
            : url.IsLoopback || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var ip) && !IsPublic(ip)) || !url.Host.Contains('.', StringComparison.Ordinal) ? "Not a public address."
            : null;
    }

    /// <summary>Whether an address lies in the public internet.</summary>
    public static bool IsPublic(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return (plain.AddressFamily == AddressFamily.InterNetwork || PublicV6.Contains(plain)) && !Closed.Any(n => n.BaseAddress.AddressFamily == plain.AddressFamily && n.Contains(plain));
    }

    private static async ValueTask<Stream> Connect(DnsEndPoint to, bool anywhere, CancellationToken ct)
    {
        var addresses = await Dns.GetHostAddressesAsync(to.Host, ct);
        var open = anywhere ? addresses : [.. addresses.Where(IsPublic)];
        if (open.Length == 0)
        {
            throw new HttpRequestException("The name leads to no public address.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(open, to.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
