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

/// <summary>Keeps an event that is signed for us, once, and has looked at what it tells of.</summary>
internal sealed class TakeStripeEvent(
    LadewerkDb db, NpgsqlDataSource data, TenantContext tenant, PaymentAccounts accounts, IEnumerable<IStripeSubject> subjects, Payouts.PayoutEvents payouts, IOptions<StripeOptions> options, TimeProvider time)
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

        TenantId? of = slug is null ? null : tenant.Current;
        if (await payouts.Ring(e.Object, e.ObjectId, of, ct))
        {
            return true;
        }

        foreach (var subject in subjects)
        {
            if (await subject.Find(e, of, ct) is { } owner)
            {
                await Tell(subject, e, owner, of, ct);
                return true;
            }
        }

        // Of something else that the same account is used for: not ours, and nothing to come back for.
        return true;
    }

    private async Task<bool> Use(string slug, CancellationToken ct)
    {
        if (await db.Set<Tenant>().AsNoTracking().SingleOrDefaultAsync(t => t.Slug == slug && t.SuspendedAt == null, ct) is not { } found)
        {
            return false;
        }

        tenant.Use(found.Id);
        return true;
    }

    private async Task Tell(IStripeSubject subject, StripeTold e, StripeOwner owner, TenantId? of, CancellationToken ct)
    {
        // Whoever has an account of its own is told by that alone: the installation's knows nothing of it.
        if (of is null && await data.First("select true from payment_settings where tenant_id = $1 and secret_key is not null", r => r.GetBoolean(0), ct, owner.Tenant.Value))
        {
            return;
        }

        var now = time.GetUtcNow();
        await using var connection = await data.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await StripeSubjects.Keep(connection, e, subject.Name, owner, now, ct))
        {
            await subject.Ring(connection, e, owner, now, ct);
        }

        await transaction.CommitAsync(ct);
    }

    private static StripeTold? Parse(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            var about = root.GetProperty("data").GetProperty("object");
            var type = Text(about, "object");
            return Text(root, "id") is { Length: > 0 and <= 200 } eventId && Text(root, "type") is { Length: > 0 and <= 200 } name
                ? new StripeTold(eventId, name, type, Text(about, "id"), IntentOf(about, type), Ours(about))
                : null;
        }
        catch (Exception odd) when (odd is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? IntentOf(JsonElement about, string? type) => type switch
    {
        "payment_intent" => Text(about, "id"),
        // A card reader tells what it did; of other things than payments it says nothing to us.
        "terminal.reader" => about.TryGetProperty("action", out var action) && action.ValueKind == JsonValueKind.Object && action.TryGetProperty("process_payment_intent", out var of) ? Text(of, "payment_intent") : null,
        _ => Text(about, "payment_intent"),
    };

    private static Dictionary<string, Guid> Ours(JsonElement about)
    {
        var ours = new Dictionary<string, Guid>(StringComparer.Ordinal);
        if (about.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object)
        {
            foreach (var entry in metadata.EnumerateObject())
            {
                if (entry.Value.ValueKind == JsonValueKind.String && Guid.TryParse(entry.Value.GetString(), out var id))
                {
                    ours[entry.Name] = id;
                }
            }
        }

        return ours;
    }

    private static string? Text(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
