using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Ladewerk.Kernel.Http;

/// <summary>What came of a message to another system.</summary>
/// <param name="Status">Of its answer; null: there was none.</param>
/// <param name="Answer">How the answer begins, or why there was none.</param>
internal sealed record PostOutcome(int? Status, string? Answer, int TookMs);

/// <summary>Sends messages to addresses that users typed in, by the rules of <see cref="SafeHttp"/>. Whatever goes wrong is an outcome.</summary>
internal sealed class SafePost(IHttpClientFactory clients, IOptions<OutgoingOptions> outgoing)
{
    public const string NoAddress = "Not a public https address.";

    // What is kept of an answer.
    private const int Kept = 1000;

    /// <param name="body">JSON; null: none.</param>
    /// <param name="head">Adds the headers, from closed secrets as a rule.</param>
    /// <exception cref="OperationCanceledException">The caller's wish; an answer that takes too long is an outcome.</exception>
    public async Task<PostOutcome> Send(HttpMethod method, string url, string? body, Action<HttpRequestMessage> head, TimeSpan patience, CancellationToken ct)
    {
        if (!SafeHttp.IsAllowed(url, outgoing.Value))
        {
            return new(null, NoAddress, 0);
        }

        var began = Stopwatch.GetTimestamp();
        PostOutcome Over(string? answer, int? status = null) => new(status, answer, (int)Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(patience);
        try
        {
            using var request = new HttpRequestMessage(method, url) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
            head(request);
            using var client = clients.CreateClient(SafeHttp.ClientName);
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return Over(await Beginning(answer, limit.Token), (int)answer.StatusCode);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return Over("No answer in time.");
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException)
        {
            return Over(failed.Message);
        }
        catch (CryptographicException)
        {
            return Over("The secret cannot be read any more: set it anew.");
        }
    }

    private static async Task<string> Beginning(HttpResponseMessage answer, CancellationToken ct)
    {
        var buffer = new byte[Kept];
        await using var body = await answer.Content.ReadAsStreamAsync(ct);
        var read = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        return Encoding.UTF8.GetString(buffer, 0, read).Replace("\0", "", StringComparison.Ordinal);
    }
}
