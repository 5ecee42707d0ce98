using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Stations;

namespace Ladewerk.Ocpp.V16.Handlers;

/// <summary>A badge is held to the reader. OCPP 1.6 §4.1.</summary>
internal sealed class Authorize(Authorise authorise) : ICallHandler<AuthorizeRequest, AuthorizeResponse>
{
    public async ValueTask<Handled<AuthorizeResponse>> Handle(AuthorizeRequest request, IncomingCall call, CancellationToken ct)
    {
        var decision = await authorise.Decide(call.Sessions, request.IdTag, toStart: false, ct);
        if (TokenRefused.Of(decision, request.IdTag, call.Known.Id, call.ReceivedAt) is { } refused)
        {
            call.Change.Publish(call.Known.TenantId, refused);
        }

        return new(new AuthorizeResponse { IdTagInfo = TagInfo.Of(decision, call.Station) });
    }
}

/// <summary>A decision in the words of OCPP 1.6.</summary>
internal static class TagInfo
{
    private const int MaxIdTag = 20;

    /// <summary>While a station waits for its approval nothing may start there (OCPP 1.6 §4.2.1).</summary>
    public static IdTagInfo Of(Authorisation decision, StationContext station) => new()
    {
        Status = station.Registration == Stations.RegistrationStatus.Accepted ? Status(decision.Status) : AuthorizationStatus.Invalid,
        ExpiryDate = decision.Token?.ValidUntil,
        ParentIdTag = decision.Token?.GroupId is { Length: <= MaxIdTag } group ? group : null,
    };

    private static AuthorizationStatus Status(AuthorisationStatus status) => status switch
    {
        AuthorisationStatus.Accepted => AuthorizationStatus.Accepted,
        AuthorisationStatus.Unknown => AuthorizationStatus.Invalid,
        AuthorisationStatus.Blocked => AuthorizationStatus.Blocked,
        AuthorisationStatus.Expired => AuthorizationStatus.Expired,
        AuthorisationStatus.Concurrent => AuthorizationStatus.ConcurrentTx,
        AuthorisationStatus.Reserved => AuthorizationStatus.Blocked, // §7.2 has no word for it; Invalid would say that the tag is unknown
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };
}
