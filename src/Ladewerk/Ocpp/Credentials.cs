using System.Text;
using Ladewerk.Stations;
using Ladewerk.Stations.Security;

namespace Ladewerk.Ocpp;

/// <summary>Why a station's credentials do not let it in.</summary>
/// <param name="Reason">As it is kept with the refused attempt.</param>
/// <param name="Explanation">What the station is told.</param>
internal sealed record CredentialFault(string Reason, string Explanation);

/// <summary>
/// Holds what a station brings against its security profile (security whitepaper §2): 0 nothing, 1 password, 2 password over TLS, 3 client
/// certificate. A profile that the station was asked to take counts from the moment it comes with it; from then on a lower one is refused.
/// </summary>
internal sealed class Credentials(ClientTrust trust, CredentialChanges changes)
{
    private static readonly CredentialFault NoTls = new("tlsRequired", "This station must connect over TLS (wss).");
    private static readonly CredentialFault NoCertificate = new("clientCertificateMissing", "A client certificate is required.");
    private static readonly CredentialFault NoPassword = new("missingPassword", "HTTP Basic authentication is required.");
    private static readonly CredentialFault NoPasswordSet = new("noPasswordSet", "No password is set for this station.");
    private static readonly CredentialFault WrongPassword = new("wrongPassword", "Wrong password.");

    /// <summary>Null: let in. What the station has proven by coming is stored first.</summary>
    public async Task<CredentialFault?> Fault(KnownStation station, StationTransport transport, string authorization, CancellationToken ct)
    {
        var set = station.Credentials;
        if (set.PendingProfile is { } wanted && wanted > set.SecurityProfile && wanted >= set.LowestProfile && await Fault(wanted, station, transport, authorization, ct) is null)
        {
            await changes.Raised(station.Id, wanted, ct);
            return null;
        }

        return await Fault(set.Required, station, transport, authorization, ct);
    }

    private async ValueTask<CredentialFault?> Fault(int profile, KnownStation station, StationTransport transport, string authorization, CancellationToken ct) => profile switch
    {
        0 => station.Credentials.HasPassword ? await PasswordFault(station, authorization, ct) : null,
        1 => await PasswordFault(station, authorization, ct),
        2 => transport.IsTls ? await PasswordFault(station, authorization, ct) : NoTls,
        3 => transport.IsTls ? await CertificateFault(station, transport, ct) : NoTls,
        _ => throw new ArgumentOutOfRangeException(nameof(profile), profile, "No such security profile."),
    };

    private async ValueTask<CredentialFault?> CertificateFault(KnownStation station, StationTransport transport, CancellationToken ct) =>
        transport.Certificate is not { } certificate ? NoCertificate
        : await trust.Fault(station.TenantId, station.Identity, certificate, transport.Intermediates, ct) is { } reason ? new CredentialFault(reason, "The client certificate is not accepted.")
        : null;

    private async ValueTask<CredentialFault?> PasswordFault(KnownStation station, string authorization, CancellationToken ct)
    {
        var set = station.Credentials;
        if (!set.HasPassword)
        {
            return NoPasswordSet;
        }

        if (Basic(authorization) is not { } shown)
        {
            return NoPassword;
        }

        if (StationIdentity.Key(shown.User) != StationIdentity.Key(station.Identity) || set.Shown(shown.Password) is not { } hash)
        {
            return WrongPassword;
        }

        if (hash != set.PasswordHash)
        {
            await changes.Proved(station.Id, hash, ct);
        }

        return null;
    }

    /// <summary>The user name ends at the first colon (RFC 7617); the password may be any bytes (security whitepaper A00).</summary>
    private static (string User, byte[] Password)? Basic(string header)
    {
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[6..].Trim(), bytes, out var length))
        {
            return null;
        }

        var text = bytes.AsSpan(0, length);
        var colon = text.IndexOf((byte)':');
        return colon < 0 ? null : (Encoding.UTF8.GetString(text[..colon]), text[(colon + 1)..].ToArray());
    }
}
