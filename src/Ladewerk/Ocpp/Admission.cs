using Ladewerk.Kernel;
using Ladewerk.Stations;
using Microsoft.Extensions.Options;

namespace Ladewerk.Ocpp;

/// <summary>The answer to a station that wants to connect.</summary>
internal abstract record Admitted
{
    /// <summary>Let in, with the subprotocol to speak; <paramref name="Offered"/> is false where the station offered none.</summary>
    public sealed record In(KnownStation Station, string Protocol, bool Offered, StationTransport Transport) : Admitted
    {
        /// <summary>The subprotocol as the handshake names it.</summary>
        public string? Said { get; init; } = Protocol;
    }

    /// <summary>Refused with an HTTP status and a reason that the operator sees.</summary>
    public sealed record Refused(int Status, string Reason, string Explanation) : Admitted;
}

/// <summary>Decides who may connect: 404 unknown, 401 bad credentials, 400 no common protocol, 429 too many failures (design of OCPP-J §3 and the security whitepaper, profiles 0 to 3).</summary>
internal sealed partial class Admission(
    StationDirectory stations, Credentials credentials, FailedAttempts failures, IOptions<OcppOptions> options, IOptions<ProxyOptions> proxy, TimeProvider time, ILogger<Admission> logger)
{
    private static readonly string[] Spoken = ["ocpp1.6"];
    private static readonly Admitted.Refused Flood = new(StatusCodes.Status429TooManyRequests, "tooManyAttempts", "Too many failed attempts; wait a minute.");

    public async Task<Admitted> Decide(HttpContext http, StationAddress address, CancellationToken ct)
    {
        var transport = StationTransport.Of(http, proxy.Value);
        if (failures.IsFlood(transport.RemoteAddress, options.Value.FailuresPerMinuteAndAddress))
        {
            return Flood;
        }

        var slug = address.Tenant ?? options.Value.Tenant;
        if (await stations.Tenant(slug, ct) is not { } tenant)
        {
            return new Admitted.Refused(StatusCodes.Status404NotFound, "unknownTenant", "No such operator.");
        }

        var decision = await Decide(http, transport, slug, tenant, address.Identity, ct);
        if (decision is Admitted.Refused refused)
        {
            LogRefused(address.Identity, transport.RemoteAddress, refused.Status, refused.Reason);
            await stations.Refused(tenant, Shown(address.Identity), refused.Reason, transport.RemoteAddress, time.GetUtcNow(), ct);
        }

        return decision;
    }

    private async Task<Admitted> Decide(HttpContext http, StationTransport transport, string slug, TenantId tenant, string identity, CancellationToken ct)
    {
        var (key, remote) = (StationIdentity.Key(identity), transport.RemoteAddress);
        if (failures.IsTooMany(key, remote, options.Value.FailuresPerMinute))
        {
            return Flood;
        }

        if (!StationIdentity.IsValid(identity))
        {
            failures.Add(key, remote);
            return new Admitted.Refused(StatusCodes.Status404NotFound, "invalidIdentity", "Not a station identity.");
        }

        var (station, isFull) = await stations.Find(slug, identity, ct) is { } known ? (known, false) : await Onboard(slug, tenant, identity, ct);
        if (station is null)
        {
            failures.Add("", remote);
            return isFull ? new Admitted.Refused(StatusCodes.Status403Forbidden, "planLimit", "The operator's plan allows no more charge points.") : new Admitted.Refused(StatusCodes.Status404NotFound, "unknownStation", "This station is not registered.");
        }

        transport = station.Credentials.MayUseCertificate ? await transport.WithCertificate(http, ct) : transport;
        if (await credentials.Fault(station, transport, http.Request.Headers.Authorization.ToString(), ct) is { } fault)
        {
            failures.Add(key, remote);
            return new Admitted.Refused(StatusCodes.Status401Unauthorized, fault.Reason, fault.Explanation);
        }

        return Protocol(http, station, transport);
    }

    private async Task<(KnownStation? Station, bool IsFull)> Onboard(string slug, TenantId tenant, string identity, CancellationToken ct)
    {
        if (options.Value.Onboarding == Onboarding.Registered)
        {
            return (null, false);
        }

        var status = options.Value.Onboarding == Onboarding.Open ? RegistrationStatus.Accepted : RegistrationStatus.Pending;
        return await stations.Register(tenant, identity, status, ct) ? (await stations.Find(slug, identity, ct), false) : (null, true);
    }

    private Admitted Protocol(HttpContext http, KnownStation station, StationTransport transport)
    {
        var offered = http.WebSockets.WebSocketRequestedProtocols;
        if (station.Quirks.Said.PinnedProtocol is { } pinned && Spoken.Contains(pinned, StringComparer.OrdinalIgnoreCase))
        {
            // Q4: what it offers is not what it speaks. Its own word is repeated, because stations hang up on one they did not offer.
            return new Admitted.In(station, pinned, Offered: offered.Count > 0, transport) { Said = offered.FirstOrDefault(o => o.Equals(pinned, StringComparison.OrdinalIgnoreCase)) ?? offered.FirstOrDefault() };
        }

        foreach (var protocol in Spoken)
        {
            if (offered.Contains(protocol, StringComparer.OrdinalIgnoreCase))
            {
                return new Admitted.In(station, protocol, Offered: true, transport);
            }
        }

        return offered.Count == 0 && (station.Quirks.Said.DefaultProtocol ?? options.Value.DefaultProtocol) is { } assumed
            ? new Admitted.In(station, assumed, Offered: false, transport)
            : new Admitted.Refused(StatusCodes.Status400BadRequest, "noCommonProtocol", $"Offer one of: {string.Join(", ", Spoken)}.");
    }

    private static string Shown(string identity) => identity.Length <= StationIdentity.MaxLength ? identity : identity[..StationIdentity.MaxLength];

    [LoggerMessage(LogLevel.Information, "Refused station {Identity} from {Address}: {Status} {Reason}")]
    private partial void LogRefused(string identity, string address, int status, string reason);
}
