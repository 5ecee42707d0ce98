using System.Buffers.Text;
using System.Security.Claims;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Ladewerk.Notifications.Push;

/// <summary>A browser that wants messages, as <c>PushSubscription.toJSON()</c> gives it.</summary>
public sealed record NewPushSubscription(string Endpoint, PushSubscriptionKeys Keys)
{
    /// <summary>What the person sees in the list of browsers.</summary>
    public string? Label { get; init; }
}

/// <summary>Keys of a browser, base64url.</summary>
public sealed record PushSubscriptionKeys(string P256dh, string Auth);

/// <summary>A browser of one's own that gets messages.</summary>
public sealed record PushSubscriptionView(Guid Id, string? Label, string Service, DateTimeOffset CreatedAt, DateTimeOffset? LastSentAt);

/// <summary>The key with which a browser subscribes.</summary>
public sealed record PushKeyView(string PublicKey);

/// <summary><c>/push</c>: the browsers of the signed-in person.</summary>
internal static class PushApi
{
    /// <summary>Browsers that one person may have.</summary>
    private const int Most = 20;

    public static void MapPush(this RouteGroupBuilder api)
    {
        var push = api.MapGroup("/push").WithTags("Push");
        push.MapGet("/key", async (PushKeys keys, TenantContext tenant, CancellationToken ct) => TypedResults.Ok(new PushKeyView(await keys.Public(tenant.Current, ct)))).WithSummary("The key with which a browser subscribes");
        push.MapGet("/subscriptions", List).WithSummary("One's own browsers");
        push.MapPost("/subscriptions", Add).WithSummary("Send messages to this browser");
        push.MapDelete("/subscriptions/{id:guid}", Remove).WithSummary("No more messages to that browser");
    }

    private static async Task<Results<Ok<Page<PushSubscriptionView>>, ProblemHttpResult>> List(ClaimsPrincipal user, NpgsqlDataSource data, TenantContext tenant, CancellationToken ct)
    {
        if (FeedReader.Person(user) is not { } me)
        {
            return NoPerson();
        }

        var rows = await data.Rows(
            "select id, label, endpoint, created_at, last_sent_at from push_subscription where tenant_id = $1 and account_id = $2 order by created_at",
            r => new PushSubscriptionView(r.GetGuid(0), r.Get<string>(1), new Uri(r.GetString(2)).Host, r.GetFieldValue<DateTimeOffset>(3), r.MaybeTime(4)), ct, tenant.Current.Value, me);
        return TypedResults.Ok(new Page<PushSubscriptionView>(rows, null));
    }

    private static async Task<Results<Created<PushSubscriptionView>, ValidationProblem, ProblemHttpResult>> Add(
        NewPushSubscription body, ClaimsPrincipal user, NpgsqlDataSource data, TenantContext tenant, IOptions<OutgoingOptions> outgoing, TimeProvider time, CancellationToken ct)
    {
        if (FeedReader.Person(user) is not { } me)
        {
            return NoPerson();
        }

        var faults = new Faults().Short("label", body.Label, 100).Unless(SafeHttp.IsAllowed(body.Endpoint, outgoing.Value), "endpoint", "Not a public https address.");
        var (key, secret) = (Bytes(body.Keys.P256dh), Bytes(body.Keys.Auth));
        faults.Unless(key is not null && PushCrypto.IsKey(key), "keys.p256dh", "Not a point of P-256.").Unless(secret is { Length: 16 }, "keys.auth", "Not 16 bytes.");
        if (faults.Any)
        {
            return Problems.Invalid(faults.Errors);
        }

        // A browser that another person used before now belongs to whoever is signed in. The oldest beyond the limit go.
        var made = await data.Rows(
            """
            insert into push_subscription (id, tenant_id, account_id, endpoint, public_key, secret, label, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
            on conflict (tenant_id, endpoint) do update set account_id = excluded.account_id, public_key = excluded.public_key, secret = excluded.secret, label = excluded.label
            returning id, created_at
            """,
            r => (Id: r.GetGuid(0), At: r.GetFieldValue<DateTimeOffset>(1)), ct, Guid.CreateVersion7(), tenant.Current.Value, me, body.Endpoint, key, secret, body.Label, time.GetUtcNow());
        await data.Run(
            "delete from push_subscription where tenant_id = $1 and account_id = $2 and id not in (select id from push_subscription where tenant_id = $1 and account_id = $2 order by created_at desc limit $3)",
            ct, tenant.Current.Value, me, Most);
        return TypedResults.Created($"/api/v1/push/subscriptions/{made[0].Id}", new PushSubscriptionView(made[0].Id, body.Label, new Uri(body.Endpoint).Host, made[0].At, null));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(Guid id, ClaimsPrincipal user, NpgsqlDataSource data, TenantContext tenant, CancellationToken ct) =>
        FeedReader.Person(user) is { } me && await data.Run("delete from push_subscription where tenant_id = $1 and account_id = $2 and id = $3", ct, tenant.Current.Value, me, id) > 0
            ? TypedResults.NoContent()
            : Problems.NotFound("subscription");

    private static byte[]? Bytes(string? text) => text is { Length: < 200 } && Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;

    private static ProblemHttpResult NoPerson() => Problems.Of(StatusCodes.Status409Conflict, "no-person", "An API key has no browser: sign in as a person.");
}
