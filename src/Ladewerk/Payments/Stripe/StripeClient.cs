using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Ladewerk.Payments.Stripe;

/// <summary>
/// Speaks Stripe's API: form-encoded bodies, one fixed version, and a key for each call that changes something, which stays the same
/// when the call is made again (https://docs.stripe.com/api/idempotent_requests). Says nothing of bodies or keys in logs or errors.
/// </summary>
internal sealed partial class StripeClient(HttpClient http, StripeOptions options, TimeProvider time, ILogger<StripeClient> logger)
{
    /// <summary>The API's version, so that a change of Stripe's default changes nothing here.</summary>
    public const string Version = "2025-03-31.basil";

    /// <summary>The <see cref="IHttpClientFactory"/>'s client: no redirects, they would carry the key along.</summary>
    public const string HttpName = "stripe";

    public Task<T> Get<T>(string key, string path, CancellationToken ct) => Send<T>(key, HttpMethod.Get, path, null, null, ct);

    /// <param name="key">The account's secret key.</param>
    /// <param name="path">Such as <c>/v1/refunds</c>.</param>
    /// <param name="idempotencyKey">Derived from our ids.</param>
    /// <exception cref="PaymentProviderException">Stripe refused, or cannot be reached.</exception>
    public Task<T> Post<T>(string key, string path, StripeForm form, string idempotencyKey, CancellationToken ct) => Send<T>(key, HttpMethod.Post, path, form, idempotencyKey, ct);

    /// <inheritdoc cref="Post"/>
    public Task<T> Delete<T>(string key, string path, CancellationToken ct) => Send<T>(key, HttpMethod.Delete, path, null, null, ct);

    private async Task<T> Send<T>(string key, HttpMethod method, string path, StripeForm? form, string? idempotencyKey, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await Try<T>(key, method, path, form, idempotencyKey, ct);
            }
            catch (PaymentProviderException failed) when (failed.Fault == ProviderFault.Unavailable && attempt < options.Attempts)
            {
                LogAgain(path, attempt, failed.Code);
                await Task.Delay(options.Backoff * Math.Pow(2, attempt - 1), time, ct);
            }
        }
    }

    private async Task<T> Try<T>(string key, HttpMethod method, string path, StripeForm? form, string? idempotencyKey, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, new Uri(options.ApiBase, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        request.Headers.Add("Stripe-Version", Version);
        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        request.Content = form is null ? null : new FormUrlEncodedContent(form.Fields);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(options.Timeout);
        try
        {
            using var answer = await http.SendAsync(request, limit.Token);
            return answer.IsSuccessStatusCode
                ? await answer.Content.ReadFromJsonAsync<T>(StripeJson.Options, limit.Token) ?? throw new JsonException("Empty.")
                : throw await Fault(answer, limit.Token);
        }
        catch (Exception failed) when (failed is HttpRequestException or JsonException or IOException || (failed is OperationCanceledException && !ct.IsCancellationRequested))
        {
            throw new PaymentProviderException(ProviderFault.Unavailable, failed is JsonException ? "unreadable" : "unreachable", null, failed);
        }
    }

    private static async Task<PaymentProviderException> Fault(HttpResponseMessage answer, CancellationToken ct)
    {
        var body = await answer.Content.ReadAsStringAsync(ct);
        var error = Parse(body);
        var request = answer.Headers.TryGetValues("Request-Id", out var ids) ? ids.FirstOrDefault() : null;
        return new PaymentProviderException(FaultOf(answer.StatusCode, error), error?.DeclineCode ?? error?.Code ?? error?.Type ?? $"http_{(int)answer.StatusCode}", request) { IntentId = error?.PaymentIntent?.Id };
    }

    private static StripeError? Parse(string body)
    {
        try
        {
            return JsonSerializer.Deserialize<StripeFailure>(body, StripeJson.Options)?.Error;
        }
        catch (JsonException)
        {
            return null; // a page of something in between
        }
    }

    /// <summary>What an answer means for whoever asked.</summary>
    internal static ProviderFault FaultOf(HttpStatusCode status, StripeError? error) => (status, error) switch
    {
        (HttpStatusCode.Conflict or HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout, _) => ProviderFault.Unavailable,
        ( >= HttpStatusCode.InternalServerError, _) => ProviderFault.Unavailable,
        (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, _) => ProviderFault.Keys,
        (_, { Code: "payment_intent_unexpected_state" or "charge_already_refunded" or "charge_already_captured" }) => ProviderFault.State,
        (HttpStatusCode.PaymentRequired, _) or (_, { Type: "card_error" }) => ProviderFault.Declined,
        _ => ProviderFault.Invalid,
    };

    [LoggerMessage(LogLevel.Information, "Stripe is asked again for {Path} after attempt {Attempt}: {Code}")]
    private partial void LogAgain(string path, int attempt, string? code);
}
