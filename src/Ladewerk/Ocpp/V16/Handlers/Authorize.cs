using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Sessions.Limits;
using Ladewerk.Stations;

namespace Ladewerk.Ocpp.V16.Handlers;

/// <summary>A badge is held to the reader. OCPP 1.6 §4.1.</summary>
internal sealed class Authorize(Authorise authorise) : ICallHandler<AuthorizeRequest, AuthorizeResponse>
{
    public async ValueTask<Handled<AuthorizeResponse>> Handle(AuthorizeRequest request, IncomingCall call, CancellationToken ct)
    {
        var decision = await authorise.Decide(call.Sessions, request.IdTag, TokenUse.Ask, ct);
        Refusals.Note(call.Sessions, request.IdTag, decision, forStart: false, call.ReceivedAt, call.Change);
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
        ExpiryDate = decision.IsAccepted ? decision.Until : decision.Token?.ValidUntil, // a cache must not open what a window closes
        ParentIdTag = decision.Token?.GroupId is { Length: <= MaxIdTag } group ? group : null,
    };

    private static AuthorizationStatus Status(AuthorisationStatus status) => status switch
    {
        AuthorisationStatus.Accepted => AuthorizationStatus.Accepted,
        AuthorisationStatus.Unknown => AuthorizationStatus.Invalid,
        AuthorisationStatus.Blocked => AuthorizationStatus.Blocked,
        AuthorisationStatus.Expired => AuthorizationStatus.Expired,
        AuthorisationStatus.Concurrent => AuthorizationStatus.ConcurrentTx,
        // §7.2 has no words for these; Invalid would say that the tag is unknown
        AuthorisationStatus.Reserved or AuthorisationStatus.NotHere or AuthorisationStatus.NotNow or AuthorisationStatus.NoCredit => AuthorizationStatus.Blocked,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };
}
