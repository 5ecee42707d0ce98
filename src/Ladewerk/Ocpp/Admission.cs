using System.Text;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Microsoft.Extensions.Options;

namespace Ladewerk.Ocpp;

/// <summary>The answer to a station that wants to connect.</summary>
internal abstract record Admitted
{
    /// <summary>Let in, with the subprotocol to speak; <paramref name="Offered"/> is false where the station offered none.</summary>
    public sealed record In(KnownStation Station, string Protocol, bool Offered) : Admitted
    {
        /// <summary>The subprotocol as the handshake names it.</summary>
        public string? Said { get; init; } = Protocol;
    }

    /// <summary>Refused with an HTTP status and a reason that the operator sees.</summary>
    public sealed record Refused(int Status, string Reason, string Explanation) : Admitted;
}

/// <summary>Decides who may connect: 404 unknown, 401 bad credentials, 400 no common protocol, 429 too many failures (design of OCPP-J §3 and the security whitepaper, profiles 0 to 2).</summary>
internal sealed partial class Admission(StationDirectory stations, FailedAttempts failures, IOptions<OcppOptions> options, TimeProvider time, ILogger<Admission> logger)
{
    private static readonly string[] Spoken = ["ocpp1.6"];

    public async Task<Admitted> Decide(HttpContext http, StationAddress address, CancellationToken ct)
    {
        var remote = http.Connection.RemoteIpAddress?.ToString() ?? "unknown";
        var slug = address.Tenant ?? options.Value.Tenant;
        if (await stations.Tenant(slug, ct) is not { } tenant)
        {
            return new Admitted.Refused(StatusCodes.Status404NotFound, "unknownTenant", "No such operator.");
        }

        var decision = await Decide(http, slug, tenant, address.Identity, remote, ct);
        if (decision is Admitted.Refused refused)
        {
            LogRefused(address.Identity, remote, refused.Status, refused.Reason);
            await stations.Refused(tenant, Shown(address.Identity), refused.Reason, remote, time.GetUtcNow(), ct);
        }

        return decision;
    }

    private async Task<Admitted> Decide(HttpContext http, string slug, TenantId tenant, string identity, string remote, CancellationToken ct)
    {
        var key = StationIdentity.Key(identity);
        if (failures.IsTooMany(key, remote, options.Value.FailuresPerMinute))
        {
            return new Admitted.Refused(StatusCodes.Status429TooManyRequests, "tooManyAttempts", "Too many failed attempts; wait a minute.");
        }

        if (!StationIdentity.IsValid(identity))
        {
            return new Admitted.Refused(StatusCodes.Status404NotFound, "invalidIdentity", "Not a station identity.");
        }

        var station = await stations.Find(slug, identity, ct) ?? await Onboard(slug, tenant, identity, ct);
        if (station is null)
        {
            return new Admitted.Refused(StatusCodes.Status404NotFound, "unknownStation", "This station is not registered.");
        }

        if (PasswordFault(http, station) is { } fault)
        {
            failures.Add(key, remote);
            return fault;
        }

        return Protocol(http, station);
    }

    private async Task<KnownStation?> Onboard(string slug, TenantId tenant, string identity, CancellationToken ct)
    {
        if (options.Value.Onboarding == Onboarding.Registered)
        {
            return null;
        }

        var status = options.Value.Onboarding == Onboarding.Open ? RegistrationStatus.Accepted : RegistrationStatus.Pending;
        await stations.Register(tenant, identity, status, ct);
        return await stations.Find(slug, identity, ct);
    }

    private static Admitted.Refused? PasswordFault(HttpContext http, KnownStation station)
    {
        if (station.PasswordHash is not { } hash)
        {
            return null;
        }

        if (Basic(http.Request.Headers.Authorization.ToString()) is not { } credentials)
        {
            return new Admitted.Refused(StatusCodes.Status401Unauthorized, "missingPassword", "HTTP Basic authentication is required.");
        }

        return StationIdentity.Key(credentials.User) == StationIdentity.Key(station.Identity) && StationPassword.Verify(hash, credentials.Password)
            ? null
            : new Admitted.Refused(StatusCodes.Status401Unauthorized, "wrongPassword", "Wrong password.");
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

    private Admitted Protocol(HttpContext http, KnownStation station)
    {
        var offered = http.WebSockets.WebSocketRequestedProtocols;
        if (station.Quirks.Said.PinnedProtocol is { } pinned && Spoken.Contains(pinned, StringComparer.OrdinalIgnoreCase))
        {
            // Q4: what it offers is not what it speaks. Its own word is repeated, because stations hang up on one they did not offer.
            return new Admitted.In(station, pinned, Offered: offered.Count > 0) { Said = offered.FirstOrDefault(o => o.Equals(pinned, StringComparison.OrdinalIgnoreCase)) ?? offered.FirstOrDefault() };
        }

        foreach (var protocol in Spoken)
        {
            if (offered.Contains(protocol, StringComparer.OrdinalIgnoreCase))
            {
                return new Admitted.In(station, protocol, Offered: true);
            }
        }

        return offered.Count == 0 && (station.Quirks.Said.DefaultProtocol ?? options.Value.DefaultProtocol) is { } assumed
            ? new Admitted.In(station, assumed, Offered: false)
            : new Admitted.Refused(StatusCodes.Status400BadRequest, "noCommonProtocol", $"Offer one of: {string.Join(", ", Spoken)}.");
    }

    private static string Shown(string identity) => identity.Length <= StationIdentity.MaxLength ? identity : identity[..StationIdentity.MaxLength];

    [LoggerMessage(LogLevel.Information, "Refused station {Identity} from {Address}: {Status} {Reason}")]
    private partial void LogRefused(string identity, string address, int status, string reason);
}
