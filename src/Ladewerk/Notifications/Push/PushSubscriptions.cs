using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Ladewerk.Notifications.Push;

/// <summary>The browsers to which a person's messages go.</summary>
internal sealed class PushSubscriptions(NpgsqlDataSource data, TenantContext tenant, IOptions<OutgoingOptions> outgoing, TimeProvider time)
{
    /// <summary>Browsers that one person may have.</summary>
    private const int Most = 20;

    /// <summary>A person's, the oldest first.</summary>
    public async Task<IReadOnlyList<PushSubscriptionView>> Of(Guid person, CancellationToken ct) => await data.Rows(
        "select id, label, endpoint, created_at, last_sent_at from push_subscription where tenant_id = $1 and account_id = $2 order by created_at, id",
        r => View(r.GetGuid(0), r.Get<string>(1), r.GetString(2), r.GetFieldValue<DateTimeOffset>(3), r.MaybeTime(4)), ct, tenant.Current.Value, person);

    /// <summary>Adds one; what is wrong by field.</summary>
    /// <param name="label">What the person sees where the browser names none.</param>
    public async Task<(PushSubscriptionView? Made, Faults Faults)> Add(Guid person, NewPushSubscription body, string label, CancellationToken ct)
    {
        var faults = new Faults().Short("label", body.Label, 100).Unless(SafeHttp.IsAllowed(body.Endpoint, outgoing.Value), "endpoint", "Not a public https address.");
        var (key, secret) = (Bytes(body.Keys.P256dh), Bytes(body.Keys.Auth));
        faults.Unless(key is not null && PushCrypto.IsKey(key), "keys.p256dh", "Not a point of P-256.").Unless(secret is { Length: 16 }, "keys.auth", "Not 16 bytes.");
        if (faults.Any)
        {
            return (null, faults);
        }

        // A browser that another person used before now belongs to whoever is signed in. The oldest beyond the limit go.
        var name = string.IsNullOrWhiteSpace(body.Label) ? label : body.Label;
        var made = await data.Rows(
            """
            insert into push_subscription (id, tenant_id, account_id, endpoint, public_key, secret, label, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
            on conflict (tenant_id, endpoint) do update set account_id = excluded.account_id, public_key = excluded.public_key, secret = excluded.secret, label = excluded.label
            returning id, created_at
            """,
            r => (Id: r.GetGuid(0), At: r.GetFieldValue<DateTimeOffset>(1)), ct, Guid.CreateVersion7(), tenant.Current.Value, person, body.Endpoint, key, secret, name, time.GetUtcNow());
        await data.Run(
            "delete from push_subscription where tenant_id = $1 and account_id = $2 and id not in (select id from push_subscription where tenant_id = $1 and account_id = $2 order by created_at desc limit $3)",
            ct, tenant.Current.Value, person, Most);
        return (View(made[0].Id, name, body.Endpoint, made[0].At, null), faults);
    }

    /// <summary>Removes one of the person's own; false where there is none.</summary>
    public async Task<bool> Remove(Guid person, Guid id, CancellationToken ct) =>
        await data.Run("delete from push_subscription where tenant_id = $1 and account_id = $2 and id = $3", ct, tenant.Current.Value, person, id) > 0;

    private static PushSubscriptionView View(Guid id, string? label, string endpoint, DateTimeOffset createdAt, DateTimeOffset? lastSentAt) =>
        new(id, label, new Uri(endpoint).Host, createdAt, lastSentAt) { Fingerprint = Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(endpoint))) };

    private static byte[]? Bytes(string? text) => text is { Length: < 200 } && Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;
}
