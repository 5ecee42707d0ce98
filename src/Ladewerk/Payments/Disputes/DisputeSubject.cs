using System.Security.Cryptography;
using System.Text;
using Ladewerk.Kernel;
using Ladewerk.Payments.Stripe;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Payments.Disputes;

/// <summary>
/// Disputes: what Stripe tells of them. The first event makes the row. It names only Stripe's payment; one that came before we wrote down the answer
/// to our own call is asked at Stripe whose it is.
/// </summary>
internal sealed class DisputeSubject(NpgsqlDataSource data, StripeClient client, PaymentAccounts accounts, IOptions<StripeOptions> options) : IStripeSubject
{
    private const string Known = """
        select tenant_id from payment_dispute where provider_id = $1 and ($3::uuid is null or tenant_id = $3)
        union all select tenant_id from invoice_charge where intent_id = $2 and ($3::uuid is null or tenant_id = $3)
        union all select tenant_id from payment where intent_id = $2 and ($3::uuid is null or tenant_id = $3) limit 1
        """;

    public string Name => "dispute";

    public async Task<StripeOwner?> Find(StripeTold e, TenantId? of, CancellationToken ct)
    {
        if (e is not { Object: "dispute", ObjectId: { } dispute, Intent: { Length: > 0 } intent })
        {
            return null;
        }

        var owner = await Owner(dispute, intent, of, ct) ?? (await Claim(intent, of, ct) ? await Owner(dispute, intent, of, ct) : null);
        return owner is { } tenant ? new StripeOwner(tenant, IdOf(dispute)) : null;
    }

    public async Task Ring(NpgsqlConnection connection, StripeTold e, StripeOwner owner, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            insert into payment_dispute (id, tenant_id, provider_id, charge_id, payment_id, state, opened_at, due_at)
            select $1, $2, $3, o.charge_id, o.payment_id, 'new', $5, $5 from (
              select id as charge_id, null::uuid as payment_id from invoice_charge where intent_id = $4 and tenant_id = $2
              union all select null, id from payment where intent_id = $4 and tenant_id = $2 limit 1) o
            on conflict (id) do update set due_at = $5
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = owner.Id }, new() { Value = owner.Tenant.Value }, new() { Value = e.ObjectId!, NpgsqlDbType = NpgsqlDbType.Text }, new() { Value = e.Intent!, NpgsqlDbType = NpgsqlDbType.Text }, new() { Value = now },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The same for the same dispute, so that two events at once make one row.</summary>
    internal static Guid IdOf(string providerId) => new(SHA256.HashData(Encoding.UTF8.GetBytes(providerId)).AsSpan(0, 16));

    private async Task<TenantId?> Owner(string dispute, string intent, TenantId? of, CancellationToken ct) =>
        await data.Rows(Known, r => new TenantId(r.GetGuid(0)), ct, dispute, intent, of?.Value) is [var tenant] ? tenant : null;

    /// <summary>Asks Stripe which of our rows a payment belongs to, and notes its id there.</summary>
    /// <exception cref="PaymentProviderException">Stripe cannot be reached: the event must come again.</exception>
    private async Task<bool> Claim(string intent, TenantId? of, CancellationToken ct)
    {
        if ((of is null ? options.Value.SecretKey : await accounts.Key(ct)) is not { } key)
        {
            return false;
        }

        StripeIntent found;
        try
        {
            found = await client.Get<StripeIntent>(key, $"/v1/payment_intents/{Uri.EscapeDataString(intent)}?expand[]=latest_charge.balance_transaction", ct);
        }
        catch (PaymentProviderException refused) when (refused.Fault is ProviderFault.Invalid)
        {
            return false; // not of this account
        }

        return (Ours(found, "charge") is { } charge
                && await data.Run("update invoice_charge set intent_id = $2 where id = $1 and intent_id is null and ($3::uuid is null or tenant_id = $3)", ct, charge, intent, of?.Value) > 0)
            || (Ours(found, "payment") is { } payment
                && await data.Run("update payment set intent_id = $2 where id = $1 and intent_id is null and ($3::uuid is null or tenant_id = $3)", ct, payment, intent, of?.Value) > 0)
            || await data.Rows("select tenant_id from invoice_charge where intent_id = $1 union all select tenant_id from payment where intent_id = $1", r => r.GetGuid(0), ct, intent) is { Count: > 0 };
    }

    private static Guid? Ours(StripeIntent intent, string name) => Guid.TryParse(intent.Metadata?.GetValueOrDefault(name), out var id) ? id : null;
}
