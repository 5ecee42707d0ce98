using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.DataProtection;
using Npgsql;

namespace Ladewerk.Tariffs.Market;

/// <summary>Fetches market prices: each source every hour, after a failure sooner. Several nodes share the work; what they fetch twice changes nothing.</summary>
internal sealed partial class MarketFeedWorker(
    NpgsqlDataSource data, MarketPrices prices, IHttpClientFactory clients, IDataProtectionProvider protection, IConfiguration configuration, TimeProvider time, ILogger<MarketFeedWorker> logger) : RoundWorker(logger)
{
    private const int MostBytes = 10_000_000, MostFailure = 500;
    private static readonly TimeSpan Often = TimeSpan.FromHours(1), Again = TimeSpan.FromMinutes(10), Patience = TimeSpan.FromSeconds(30);

    protected override TimeSpan Pause => TimeSpan.FromMinutes(1);

    protected override async Task<bool> Round(CancellationToken ct)
    {
        await prices.LoadAll(ct); // also what other nodes fetched
        const string Take = """
            update market_feed set next_at = $2 where tenant_id = (select tenant_id from market_feed where next_at <= $1 order by next_at limit 1 for update skip locked)
            returning tenant_id, kind, address, secret_sealed
            """;
        var now = time.GetUtcNow();
        var taken = await data.First(Take, r => new Due(new TenantId(r.GetGuid(0)), r.GetString(1), r.GetString(2), r.IsDBNull(3) ? null : r.GetString(3)), ct, now, now + Again);
        if (taken is null)
        {
            return false;
        }

        try
        {
            var announced = await prices.Announce(taken.Tenant, MarketDocument.Read(await Fetch(taken, now, ct)), taken.Source, ct);
            await data.Run("update market_feed set next_at = $2, fetched_at = $3, failed_at = null, failure = null where tenant_id = $1", ct, taken.Tenant.Value, now + Often, now);
            if (announced.Stored > 0 || announced.Kept > 0)
            {
                LogFetched(taken.Tenant.Value, announced.Stored, announced.Kept);
            }
        }
        catch (Exception failed) when (failed is MarketDocumentException or HttpRequestException or IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException
            || (failed is OperationCanceledException && !ct.IsCancellationRequested))
        {
            var why = failed is OperationCanceledException ? "It did not answer in time." : failed.Message;
            await data.Run("update market_feed set failed_at = $2, failure = $3 where tenant_id = $1", ct, taken.Tenant.Value, now, why.Length <= MostFailure ? why : why[..MostFailure]);
            LogFailed(taken.Tenant.Value, failed.GetType().Name);
        }

        return true;
    }

    private async Task<string> Fetch(Due feed, DateTimeOffset now, CancellationToken ct)
    {
        if (feed.IsFile)
        {
            var path = Path.Combine(configuration["Ladewerk:DataDirectory"] ?? "data", "market", Path.GetFileName(feed.Address));
            return new FileInfo(path) is { Exists: true, Length: > MostBytes } ? throw new IOException("The file is too large.") : await File.ReadAllTextAsync(path, ct);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        var secret = feed.SecretSealed is { } kept ? protection.CreateProtector(SaveMarketFeed.Purpose).Unprotect(kept) : "";
        using var client = clients.CreateClient(SafeHttp.ClientName);
        client.MaxResponseContentBufferSize = MostBytes;
        using var answer = await client.GetAsync(new Uri(MarketAddress.Fill(feed.Address, secret, now)), limit.Token);
        var text = await answer.Content.ReadAsStringAsync(limit.Token);
        return answer.IsSuccessStatusCode ? text : throw new HttpRequestException($"The source answered {(int)answer.StatusCode}.");
    }

    private sealed record Due(TenantId Tenant, string Kind, string Address, string? SecretSealed)
    {
        public bool IsFile => Kind == "file";

        /// <summary>Without what stands behind the host: an address may hold a key.</summary>
        public string Source => IsFile ? Address : new Uri(MarketAddress.Fill(Address, "", default)).Host;
    }

    [LoggerMessage(LogLevel.Information, "Market prices of tenant {Tenant}: {Stored} new quarter hours, {Kept} that were announced otherwise before")]
    private partial void LogFetched(Guid tenant, int stored, int kept);

    [LoggerMessage(LogLevel.Warning, "Market prices of tenant {Tenant} were not fetched ({Reason})")]
    private partial void LogFailed(Guid tenant, string reason);
}
