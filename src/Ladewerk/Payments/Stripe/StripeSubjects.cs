using Ladewerk.Kernel;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Payments.Stripe;

/// <summary>An event, as far as it says what to look at.</summary>
/// <param name="Object">Kind of the object it tells of, such as <c>payment_intent</c>.</param>
/// <param name="Intent">The payment intent that it tells of or that belongs to it.</param>
/// <param name="Ours">Our own ids on the object, by the name of the subject.</param>
internal sealed record StripeTold(string EventId, string Type, string? Object, string? ObjectId, string? Intent, IReadOnlyDictionary<string, Guid> Ours)
{
    /// <summary>Id of the Checkout session that it tells of; empty where it tells of something else.</summary>
    public string Checkout => Object == "checkout.session" ? ObjectId ?? "" : "";
}

/// <summary>What of ours an event tells of.</summary>
internal sealed record StripeOwner(TenantId Tenant, Guid Id);

/// <summary>A kind of thing of ours of which the provider tells; each registers its own. An event is told to the first that knows it.</summary>
internal interface IStripeSubject
{
    /// <summary>As it stands with the event, and among the metadata of the provider's objects.</summary>
    string Name { get; }

    /// <param name="of">The operator whose account it is; null: the installation's, which several use.</param>
    Task<StripeOwner?> Find(StripeTold e, TenantId? of, CancellationToken ct);

    /// <summary>Has it looked at, in the transaction that keeps the event.</summary>
    Task Ring(NpgsqlConnection connection, StripeTold e, StripeOwner owner, DateTimeOffset now, CancellationToken ct);
}

/// <summary>Guests' payments at charge points.</summary>
internal sealed class PaymentSubject(NpgsqlDataSource data) : IStripeSubject
{
    public string Name => "payment";

    public Task<StripeOwner?> Find(StripeTold e, TenantId? of, CancellationToken ct) => data.First(
        "select tenant_id, id from payment where (id = $1 or intent_id = $2 or checkout_id = $3) and ($4::uuid is null or tenant_id = $4) limit 1",
        StripeSubjects.Read, ct, e.Ours.GetValueOrDefault(Name), e.Intent ?? "", e.Checkout, of?.Value);

    public Task Ring(NpgsqlConnection connection, StripeTold e, StripeOwner owner, DateTimeOffset now, CancellationToken ct) => StripeSubjects.Run(
        connection, "update payment set due_at = $2, checkout_id = coalesce(checkout_id, nullif($3, '')) where id = $1", ct, owner.Id, now, e.Checkout);
}

/// <summary>What subjects have in common.</summary>
internal static class StripeSubjects
{
    public static StripeOwner Read(NpgsqlDataReader row) => new(new TenantId(row.GetGuid(0)), row.GetGuid(1));

    public static async Task Run(NpgsqlConnection connection, string sql, CancellationToken ct, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Keeps an event once.</summary>
    /// <returns>Whether it is new.</returns>
    public static async Task<bool> Keep(NpgsqlConnection connection, StripeTold e, string subject, StripeOwner owner, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            insert into payment_event (provider, event_id, tenant_id, payment_id, type, received_at, subject, subject_id)
            values ('stripe', $1, $2, case when $3 = 'payment' then $4 end, $5, $6, $3, $4) on conflict do nothing
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = e.EventId }, new() { Value = owner.Tenant.Value }, new() { Value = subject, NpgsqlDbType = NpgsqlDbType.Text }, new() { Value = owner.Id, NpgsqlDbType = NpgsqlDbType.Uuid },
                new() { Value = e.Type }, new() { Value = now },
            },
        };
        return await command.ExecuteNonQueryAsync(ct) > 0;
    }
}
