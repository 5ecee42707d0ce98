using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Ladewerk.Kernel.Http;
using Microsoft.Extensions.Options;

namespace Ladewerk.Access.External;

/// <summary>What a provider publishes of itself (OpenID Connect Discovery 1.0 §3).</summary>
public sealed record ProviderFacts(string Issuer, Uri Authorization, Uri Token, Uri? UserInfo, Uri Keys, bool TakesBasic, bool SaysIssuer);

/// <summary>A provider did not answer as OpenID Connect wants it.</summary>
/// <param name="message">In English; without secrets.</param>
public sealed class OidcException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Speaks to providers of OpenID Connect: discovery, keys, the code for tokens, user info. What is published is kept for a while.</summary>
internal sealed class OidcClient(IOptions<OutgoingOptions> options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Keep = TimeSpan.FromHours(1), AskAgain = TimeSpan.FromSeconds(30);

    private readonly HttpClient http = new(SafeHttp.Handler(options.Value)) { Timeout = TimeSpan.FromSeconds(15), MaxResponseContentBufferSize = 1 << 20 };
    private readonly ConcurrentDictionary<string, (ProviderFacts Facts, DateTimeOffset At)> facts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Uri, (IReadOnlyList<ProviderKey> Keys, DateTimeOffset At)> keys = new();
    private readonly ConcurrentDictionary<Uri, DateTimeOffset> asked = new(); // when a token last made us ask again

    /// <summary>What the provider publishes.</summary>
    /// <exception cref="OidcException">It cannot be reached or is none.</exception>
    public async Task<ProviderFacts> Discover(string issuer, CancellationToken ct, bool afresh = false)
    {
        if (!afresh && facts.TryGetValue(issuer, out var known) && time.GetUtcNow() - known.At < Keep)
        {
            return known.Facts;
        }

        var document = await Get(Checked($"{issuer.TrimEnd('/')}/.well-known/openid-configuration"), null, ct);
        if (JsonWebToken.Text(document, "issuer") != issuer)
        {
            throw new OidcException($"The provider calls itself {JsonWebToken.Text(document, "issuer") ?? "nothing"}: enter exactly that as the issuer.");
        }

        // Absent means client_secret_basic (§3).
        var methods = JsonWebToken.Texts(document, "token_endpoint_auth_methods_supported");
        var found = new ProviderFacts(
            issuer, Endpoint(document, "authorization_endpoint"), Endpoint(document, "token_endpoint"), JsonWebToken.Text(document, "userinfo_endpoint") is { } info ? Checked(info) : null, Endpoint(document, "jwks_uri"),
            methods.Count == 0 || methods.Contains("client_secret_basic", StringComparer.Ordinal),
            document.TryGetProperty("authorization_response_iss_parameter_supported", out var says) && says.ValueKind == JsonValueKind.True);
        facts[issuer] = (found, time.GetUtcNow());
        return found;
    }

    /// <summary>The provider's keys.</summary>
    /// <param name="afresh">Asks again, but not all the time: a token may name a key that was made just now.</param>
    /// <exception cref="OidcException">They cannot be had.</exception>
    public async Task<IReadOnlyList<ProviderKey>> Keys(ProviderFacts provider, CancellationToken ct, bool afresh = false)
    {
        var now = time.GetUtcNow();
        if (keys.TryGetValue(provider.Keys, out var known) && now - known.At < Keep && (!afresh || now - asked.GetValueOrDefault(provider.Keys) < AskAgain))
        {
            return known.Keys;
        }

        asked[provider.Keys] = afresh ? now : asked.GetValueOrDefault(provider.Keys);

        var read = ProviderKey.Read(await Get(provider.Keys, null, ct));
        keys[provider.Keys] = (read, time.GetUtcNow());
        return read;
    }

    /// <summary>Gives the code and takes the tokens (RFC 6749 §4.1.3, RFC 7636).</summary>
    /// <exception cref="OidcException">The provider refuses.</exception>
    public async Task<(string IdToken, string? AccessToken)> Exchange(ProviderFacts provider, string clientId, string secret, string code, string verifier, Uri redirect, CancellationToken ct)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = redirect.AbsoluteUri, ["code_verifier"] = verifier,
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, provider.Token);
        if (secret.Length > 0 && provider.TakesBasic)
        {
            // RFC 6749 §2.3.1: both are form-encoded first.
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{Encoded(clientId)}:{Encoded(secret)}")));
        }
        else
        {
            fields["client_id"] = clientId;
            if (secret.Length > 0)
            {
                fields["client_secret"] = secret;
            }
        }

        request.Content = new FormUrlEncodedContent(fields);
        var answer = await Send(request, ct);
        return (JsonWebToken.Text(answer, "id_token") ?? throw new OidcException("The provider gave no ID token."), JsonWebToken.Text(answer, "access_token"));
    }

    /// <summary>What the provider says about the person besides the token; null where it says nothing of the same person.</summary>
    /// <exception cref="OidcException">The provider refuses.</exception>
    public async Task<JsonElement?> UserInfo(ProviderFacts provider, string? accessToken, string subject, CancellationToken ct)
    {
        if (provider.UserInfo is not { } address || accessToken is null)
        {
            return null;
        }

        var info = await Get(address, accessToken, ct);
        return JsonWebToken.Text(info, "sub") == subject ? info : null; // §5.3.2: of another subject it must not be used
    }

    public void Dispose() => http.Dispose();

    private async Task<JsonElement> Get(Uri address, string? token, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return await Send(request, ct);
    }

    private async Task<JsonElement> Send(HttpRequestMessage request, CancellationToken ct)
    {
        request.Headers.Accept.Add(new("application/json"));
        try
        {
            using var answer = await http.SendAsync(request, ct);
            var text = await answer.Content.ReadAsStringAsync(ct);
            if (!answer.IsSuccessStatusCode)
            {
                throw new OidcException($"{request.RequestUri!.Host} answered {(int)answer.StatusCode}{ErrorOf(text)}.");
            }

            return JsonDocument.Parse(text).RootElement is { ValueKind: JsonValueKind.Object } json ? json : throw new OidcException($"{request.RequestUri!.Host} did not answer with JSON.");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            throw new OidcException($"{request.RequestUri!.Host} cannot be asked: {e.Message}", e);
        }
    }

    private static string ErrorOf(string text)
    {
        try
        {
            return JsonDocument.Parse(text).RootElement is { ValueKind: JsonValueKind.Object } json && JsonWebToken.Text(json, "error") is { Length: <= 100 } error ? $" ({error})" : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }

    private Uri Endpoint(JsonElement document, string name) => Checked(JsonWebToken.Text(document, name) ?? throw new OidcException($"The provider publishes no {name}."));

    private Uri Checked(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && SafeHttp.IsAllowed(uri, options.Value) ? uri : throw new OidcException($"{address} is not an https address.");

    private static string Encoded(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);
}
