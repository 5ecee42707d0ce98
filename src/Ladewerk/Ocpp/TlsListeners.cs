using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Ladewerk.Ocpp;

/// <summary>TLS by the server itself, without a proxy: OCPP security profiles 2 and 3, and pages and API where that is wished.</summary>
internal static class TlsListeners
{
    private static readonly TimeSpan SlowModem = TimeSpan.FromSeconds(30);

    /// <summary>Listens on every <c>Tls:{name}:Url</c>, beside the plain addresses.</summary>
    /// <exception cref="InvalidOperationException">A setting is wrong; the message says which.</exception>
    public static void UseTls(this WebApplicationBuilder builder)
    {
        var listeners = builder.Configuration.GetSection("Tls").Get<Dictionary<string, TlsListener>>() ?? [];
        if (listeners.Count == 0)
        {
            return;
        }

        foreach (var (name, listener) in listeners)
        {
            Check(name, listener);
        }

        // Listeners in code take the place of "urls": those are then entered in code as well.
        var plain = builder.Configuration[WebHostDefaults.ServerUrlsKey] is { Length: > 0 } urls ? urls : "http://localhost:5000";
        builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, "");
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            foreach (var url in plain.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                Listen(kestrel, BindingAddress.Parse(url), _ => { });
            }

            var time = kestrel.ApplicationServices.GetRequiredService<TimeProvider>();
            var logger = kestrel.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(TlsListeners));
            foreach (var listener in listeners.Values)
            {
                Listen(kestrel, BindingAddress.Parse(listener.Url), options => Secure(options, listener, new TlsCertificate(listener, time, logger)));
            }
        });
    }

    private static void Check(string name, TlsListener listener)
    {
        var fault = !listener.Url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? "Url must begin with https://"
            : !File.Exists(listener.Certificate) ? $"Certificate: there is no file {listener.Certificate}"
            : listener.Key is { } key && !File.Exists(key) ? $"Key: there is no file {key}"
            : Versions(listener.OldestVersion) == SslProtocols.None ? "OldestVersion is 1.0, 1.1, 1.2 or 1.3" : null;
        if (fault is not null)
        {
            throw new InvalidOperationException($"Tls:{name}: {fault}.");
        }
    }

    private static void Listen(KestrelServerOptions kestrel, BindingAddress address, Action<ListenOptions> configure)
    {
        if (address.IsUnixPipe)
        {
            kestrel.ListenUnixSocket(address.UnixPipePath, configure);
        }
        else if (address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            kestrel.ListenLocalhost(address.Port, configure);
        }
        else if (IPAddress.TryParse(address.Host, out var ip))
        {
            kestrel.Listen(ip, address.Port, configure);
        }
        else
        {
            kestrel.ListenAnyIP(address.Port, configure);
        }
    }

    private static void Secure(ListenOptions options, TlsListener listener, TlsCertificate certificate)
    {
        certificate.Current(); // what cannot be read stops the start, not the first station
        options.Protocols = listener.StationsOnly || listener.Asks == AskForCertificate.Later ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
        options.Use(next => connection =>
        {
            connection.Items[TlsConnection.ListenerItem] = listener;
            return next(connection);
        });
        options.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = SlowModem,
            OnConnection = context =>
            {
                context.AllowDelayedClientCertificateNegotation = listener.Asks == AskForCertificate.Later;
                return ValueTask.FromResult(Handshake(listener, certificate, context.Connection));
            },
        });
    }

    /// <summary>.NET's own choice has none that TLS 1.0 and 1.1 know; the first ones here are for whoever speaks more.</summary>
    private static readonly Lazy<CipherSuitesPolicy?> OldStations = new(() => OperatingSystem.IsWindows() ? null : new CipherSuitesPolicy(
    [
        TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256, TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
        TlsCipherSuite.TLS_RSA_WITH_AES_256_CBC_SHA, TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA,
    ]));

    private static SslServerAuthenticationOptions Handshake(TlsListener listener, TlsCertificate certificate, BaseConnectionContext connection) => new()
    {
        ServerCertificateContext = certificate.Current(),
        EnabledSslProtocols = Versions(listener.OldestVersion),
        CipherSuitesPolicy = listener.OldestVersion is "1.0" or "1.1" ? OldStations.Value : null,
        ClientCertificateRequired = listener.Asks == AskForCertificate.AtOnce,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,

        // The admission judges the certificate, because it knows whose station it is; so a precise reason can be kept.
        CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true,
            VerificationFlags = X509VerificationFlags.AllFlags,
        },
        RemoteCertificateValidationCallback = (_, _, chain, _) => TlsConnection.Keep(connection.Items, chain),
    };

#pragma warning disable SYSLIB0039, CA5397 // Old versions only where the operator asks for them, for stations that speak nothing else.
    private static SslProtocols Versions(string oldest) => oldest switch
    {
        "1.0" => SslProtocols.Tls | SslProtocols.Tls11 | SslProtocols.Tls12 | SslProtocols.Tls13,
        "1.1" => SslProtocols.Tls11 | SslProtocols.Tls12 | SslProtocols.Tls13,
        "1.2" => SslProtocols.Tls12 | SslProtocols.Tls13,
        "1.3" => SslProtocols.Tls13,
        _ => SslProtocols.None,
    };
#pragma warning restore SYSLIB0039, CA5397
}

/// <summary>What is known of a TLS connection beyond what ASP.NET Core keeps.</summary>
internal static class TlsConnection
{
    /// <summary>Key of the listener among a connection's items.</summary>
    public const string ListenerItem = "ladewerk.listener";

    private const string ChainItem = "ladewerk.chain";

    /// <summary>Remembers what the client sent besides its certificate; most send nothing. Lets the handshake go on.</summary>
    public static bool Keep(IDictionary<object, object?> items, X509Chain? chain)
    {
        if (chain?.ChainPolicy.ExtraStore is { Count: > 0 } sent)
        {
            items[ChainItem] = new X509Certificate2Collection(sent.Select(c => X509CertificateLoader.LoadCertificate(c.RawData)).ToArray());
        }

        return true;
    }

    public static X509Certificate2Collection Intermediates(HttpContext http) => Items(http)?.TryGetValue(ChainItem, out var chain) == true ? (X509Certificate2Collection)chain! : [];

    public static bool MayAskLater(HttpContext http) => Listener(http)?.Asks == AskForCertificate.Later;

    /// <summary>Whether the connection came to an address for stations alone.</summary>
    public static bool IsForStationsOnly(HttpContext http) => Listener(http)?.StationsOnly == true;

    private static TlsListener? Listener(HttpContext http) => Items(http)?.TryGetValue(ListenerItem, out var listener) == true ? (TlsListener)listener! : null;

    private static IDictionary<object, object?>? Items(HttpContext http) => http.Features.Get<IConnectionItemsFeature>()?.Items;
}
