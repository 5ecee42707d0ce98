using System.Security.Claims;
using Ladewerk.Access;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Notifications.Push;

/// <summary>A browser that wants messages, as <c>PushSubscription.toJSON()</c> gives it.</summary>
public sealed record NewPushSubscription(string Endpoint, PushSubscriptionKeys Keys)
{
    /// <summary>What the person sees in the list of browsers; absent: browser and system, as the request tells them.</summary>
    public string? Label { get; init; }
}

/// <summary>Keys of a browser, base64url.</summary>
public sealed record PushSubscriptionKeys(string P256dh, string Auth);

/// <summary>A browser of one's own that gets messages.</summary>
/// <param name="Service">Host of its push service.</param>
public sealed record PushSubscriptionView(Guid Id, string? Label, string Service, DateTimeOffset CreatedAt, DateTimeOffset? LastSentAt)
{
    /// <summary>SHA-256 of the endpoint, base64url: by it a browser finds itself in the list. The endpoint is as good as a key and is not shown.</summary>
    public string Fingerprint { get; init; } = "";
}

/// <summary>The key with which a browser subscribes.</summary>
public sealed record PushKeyView(string PublicKey);

/// <summary><c>/push</c>: the browsers of the signed-in person.</summary>
internal static class PushApi
{
    public static void MapPush(this RouteGroupBuilder api)
    {
        var push = api.MapGroup("/push").WithTags("Push");
        push.MapGet("/key", async (PushKeys keys, TenantContext tenant, CancellationToken ct) => TypedResults.Ok(new PushKeyView(await keys.Public(tenant.Current, ct)))).WithSummary("The key with which a browser subscribes");
        push.MapGet("/subscriptions", List).WithSummary("One's own browsers");
        push.MapPost("/subscriptions", Add).WithSummary("Send messages to this browser");
        push.MapDelete("/subscriptions/{id:guid}", Remove).WithSummary("No more messages to that browser");
    }

    private static async Task<Results<Ok<Page<PushSubscriptionView>>, ProblemHttpResult>> List(ClaimsPrincipal user, PushSubscriptions subscriptions, CancellationToken ct) =>
        FeedReader.Person(user) is { } me ? TypedResults.Ok(new Page<PushSubscriptionView>(await subscriptions.Of(me, ct), null)) : NoPerson();

    private static async Task<Results<Created<PushSubscriptionView>, ValidationProblem, ProblemHttpResult>> Add(NewPushSubscription body, HttpContext http, PushSubscriptions subscriptions, CancellationToken ct)
    {
        if (FeedReader.Person(http.User) is not { } me)
        {
            return NoPerson();
        }

        var (made, faults) = await subscriptions.Add(me, body, Device.Of(http.Request.Headers.UserAgent), ct);
        return made is null ? Problems.Invalid(faults.Errors) : TypedResults.Created($"/api/v1/push/subscriptions/{made.Id}", made);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(Guid id, ClaimsPrincipal user, PushSubscriptions subscriptions, CancellationToken ct) =>
        FeedReader.Person(user) is { } me && await subscriptions.Remove(me, id, ct) ? TypedResults.NoContent() : Problems.NotFound("subscription");

    private static ProblemHttpResult NoPerson() => Problems.Of(StatusCodes.Status409Conflict, "no-person", "An API key has no browser: sign in as a person.");
}
