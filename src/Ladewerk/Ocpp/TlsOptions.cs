namespace Ladewerk.Ocpp;

/// <summary>When a listener asks a client for its certificate.</summary>
public enum AskForCertificate
{
    /// <summary>Never: profile 3 is not possible here.</summary>
    Never,

    /// <summary>In the handshake: what stations expect. A browser would ask its user.</summary>
    AtOnce,

    /// <summary>Only once a station that needs one has named itself (TLS renegotiation, or post-handshake authentication: few stations can).</summary>
    Later,
}

/// <summary>One address on which TLS is spoken: settings under <c>Tls:{name}</c>, the name is free.</summary>
public sealed class TlsListener
{
    /// <summary><c>https://0.0.0.0:8443</c></summary>
    public string Url { get; set; } = "";

    /// <summary>File: PEM with the certificate and what leads to its root, or PKCS#12 (<c>.p12</c>, <c>.pfx</c>). Read anew when it changes.</summary>
    public string Certificate { get; set; } = "";

    /// <summary>File: the private key in PEM; absent where the certificate's file holds it.</summary>
    public string? Key { get; set; }

    /// <summary>Of the PKCS#12 file or the encrypted key.</summary>
    public string? Password { get; set; }

    /// <summary>Only stations: pages and API answer 404 here.</summary>
    public bool StationsOnly { get; set; }

    /// <summary>When to ask for a certificate; absent: at once where only stations come, else never.</summary>
    public AskForCertificate? ClientCertificate { get; set; }

    /// <summary>Oldest version that is spoken: 1.0, 1.1, 1.2 (default) or 1.3. Below 1.2 OpenSSL must be told as well (docs/operators.md).</summary>
    public string OldestVersion { get; set; } = "1.2";

    /// <summary>See <see cref="ClientCertificate"/>.</summary>
    internal AskForCertificate Asks => ClientCertificate ?? (StationsOnly ? AskForCertificate.AtOnce : AskForCertificate.Never);
}
