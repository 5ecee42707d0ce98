using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Ladewerk.Payments.Stripe;

/// <summary>
/// <c>/webhooks/stripe</c> takes what Stripe tells the installation's account, <c>/webhooks/stripe/{operator}</c> what it tells an operator's own. An event
/// says only that there is something to look at: it is kept once and answered at once, and the payment is read again at Stripe before anything is done.
/// </summary>
internal static class StripeWebhook
{
    private const int MostBytes = 256 * 1024;

    public static void MapStripeWebhook(this WebApplication app)
    {
        var hooks = app.MapGroup("/webhooks/stripe").AllowAnonymous().DisableAntiforgery().ExcludeFromDescription();
        hooks.MapPost("", (HttpContext http, TakeStripeEvent take, CancellationToken ct) => Receive(null, http, take, ct));
        hooks.MapPost("/{tenant}", (string tenant, HttpContext http, TakeStripeEvent take, CancellationToken ct) => Receive(tenant, http, take, ct));
    }

    private static async Task<Results<Ok, ProblemHttpResult>> Receive(string? slug, HttpContext http, TakeStripeEvent take, CancellationToken ct)
    {
        if (await Read(http.Request, ct) is not { } body)
        {
            return Problems.Of(StatusCodes.Status400BadRequest, "invalid-request", "The event is too large.");
        }

        return await take.Run(slug, http.Request.Headers["Stripe-Signature"], body, ct)
            ? TypedResults.Ok()
            : Problems.Of(StatusCodes.Status400BadRequest, "invalid-signature", "Not signed for us, or too old.");
    }

    private static async Task<byte[]?> Read(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > MostBytes)
        {
            return null;
        }

        using var body = new MemoryStream();
        var part = new byte[16 * 1024];
        while (await request.Body.ReadAsync(part, ct) is > 0 and var read)
        {
            if (body.Length + read > MostBytes)
            {
                return null;
            }

            body.Write(part, 0, read);
        }

        return body.ToArray();
    }
}

/// <summary>Keeps an event that is signed for us, once, and has its payment looked at.</summary>
internal sealed class TakeStripeEvent(LadewerkDb db, NpgsqlDataSource data, TenantContext tenant, PaymentAccounts accounts, Payouts.PayoutEvents payouts, IOptions<StripeOptions> options, TimeProvider time)
{
    /// <param name="slug">The operator whose own account it is; null: the installation's.</param>
    /// <returns>Whether it was signed for us; what is not leaves no trace.</returns>
    public async Task<bool> Run(string? slug, string? signature, byte[] body, CancellationToken ct)
    {
        if (slug is not null && !await Use(slug, ct))
        {
            return false;
        }

        var secrets = slug is null ? options.Value.WebhookSecrets : await accounts.WebhookSecrets(ct);
        if (!StripeSignature.IsValid(signature, body, secrets, time.GetUtcNow(), options.Value.Tolerance) || Parse(body) is not { } e)
        {
            return false;
        }

        if (await payouts.Ring(e.Object, e.ObjectId, slug is null ? null : tenant.Current, ct))
        {
            return true;
        }

        if (await Payment(e, slug is null ? null : tenant.Current, ct) is { } found)
        {
            await Keep(e, found.Tenant, found.Payment, ct);
        }

        // Of something else that the same account is used for: not ours, and nothing to come back for.
        return true;
    }

    private sealed record Told(string Id, string Type, string? Object, string? ObjectId, string? Intent, Guid? Payment);

    private async Task<bool> Use(string slug, CancellationToken ct)
    {
        if (await db.Set<Tenant>().AsNoTracking().SingleOrDefaultAsync(t => t.Slug == slug && t.SuspendedAt == null, ct) is not { } found)
        {
            return false;
        }

        tenant.Use(found.Id);
        return true;
    }

    private static Told? Parse(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            var about = root.GetProperty("data").GetProperty("object");
            var type = Text(about, "object");
            var payment = about.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object && Guid.TryParse(Text(metadata, "payment"), out var id) ? id : (Guid?)null;
            return Text(root, "id") is { Length: > 0 and <= 200 } eventId && Text(root, "type") is { Length: > 0 and <= 200 } name
                ? new Told(eventId, name, type, Text(about, "id"), type == "payment_intent" ? Text(about, "id") : Text(about, "payment_intent"), payment)
                : null;
        }
        catch (Exception odd) when (odd is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>Ours, by our own id or by Stripe's.</summary>
    private async Task<(TenantId Tenant, Guid Payment)?> Payment(Told e, TenantId? of, CancellationToken ct)
    {
        var found = await data.Rows(
            """
            select tenant_id, id from payment
            where (id = $1 or intent_id = $2 or checkout_id = $3) and ($4::uuid is null or tenant_id = $4)
              and ($4::uuid is not null or not exists (select from payment_settings s where s.tenant_id = payment.tenant_id and s.secret_key is not null))
            limit 1
            """,
            row => (new TenantId(row.GetGuid(0)), row.GetGuid(1)), ct, e.Payment ?? Guid.Empty, e.Intent ?? "", e.Object == "checkout.session" ? e.ObjectId : "", of?.Value);
        return found is [var only] ? only : null;
    }

    private async Task Keep(Told e, TenantId owner, Guid payment, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var connection = await data.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            """
            with new as (
              insert into payment_event (provider, event_id, tenant_id, payment_id, type, received_at) values ('stripe', $1, $2, $3, $4, $5) on conflict do nothing returning payment_id)
            update payment set due_at = $5, checkout_id = coalesce(checkout_id, $6) where id in (select payment_id from new)
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = e.Id }, new() { Value = owner.Value }, new() { Value = payment }, new() { Value = e.Type }, new() { Value = now },
                new() { Value = e.Object == "checkout.session" ? e.ObjectId : DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }
}
