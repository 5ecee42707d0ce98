using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.Extensions.Options;

namespace Ladewerk.Tariffs.Market;

/// <summary>Where market prices come from.</summary>
public enum MarketFeedKind
{
    /// <summary>A file below the data directory's folder <c>market</c>, which something else keeps up to date.</summary>
    File,

    /// <summary>An address.</summary>
    Http,
}

/// <summary>An operator's source of market prices.</summary>
public sealed class MarketFeed : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public MarketFeedKind Kind { get; set; }

    /// <summary>
    /// Name of the file, or an address with places to fill in: <c>{from}</c> and <c>{to}</c> (days), <c>{fromUtc}</c> and <c>{toUtc}</c> (yyyyMMddHHmm,
    /// as ENTSO-E takes them), <c>{fromMs}</c> and <c>{toMs}</c>, <c>{secret}</c>.
    /// </summary>
    public required string Address { get; set; }

    /// <summary>A key for the address, under the installation's keys.</summary>
    public string? SecretSealed { get; set; }
    public DateTimeOffset NextAt { get; set; }
    public DateTimeOffset? FetchedAt { get; set; }
    public DateTimeOffset? FailedAt { get; set; }
    public string? Failure { get; set; }
}

internal sealed class MarketFeedModel : IEntityTypeConfiguration<MarketFeed>
{
    public void Configure(EntityTypeBuilder<MarketFeed> builder)
    {
        builder.HasKey(f => f.TenantId);
        builder.Property(f => f.Kind).HasName();
    }
}

/// <summary>What is asked for: a source of market prices.</summary>
/// <param name="Secret">Absent: as before.</param>
public sealed record MarketFeedWish(MarketFeedKind Kind, string Address, string? Secret = null);

/// <summary>Sets or ends an operator's source of market prices.</summary>
internal sealed class SaveMarketFeed(LadewerkDb db, TenantContext tenant, IDataProtectionProvider protection, IOptions<OutgoingOptions> outgoing, MarketFeedWorker worker, AuditLog audit, TimeProvider time)
{
    internal const string Purpose = "Ladewerk.Tariffs.Market.Secret";

    public async Task<(MarketFeed? Feed, Faults Faults)> Run(MarketFeedWish wish, CancellationToken ct)
    {
        var address = wish.Address?.Trim();
        var faults = new Faults().Text("address", address, 1000)
            .Unless(wish.Kind != MarketFeedKind.File || IsName(address), "address", "A file's name without folders.")
            .Unless(wish.Kind != MarketFeedKind.Http || SafeHttp.IsAllowed(MarketAddress.Fill(address ?? "", "", time.GetUtcNow()), outgoing.Value), "address", "An address with https that is reachable from the internet.");
        if (faults.Any)
        {
            return (null, faults);
        }

        var feed = await db.Set<MarketFeed>().SingleOrDefaultAsync(ct);
        var before = feed is null ? null : new { feed.Kind, feed.Address };
        if (feed is null)
        {
            feed = new MarketFeed { TenantId = tenant.Current, Address = address! };
            db.Add(feed);
        }

        (feed.Kind, feed.Address, feed.NextAt, feed.Failure, feed.FailedAt) = (wish.Kind, address!, time.GetUtcNow(), null, null);
        feed.SecretSealed = string.IsNullOrEmpty(wish.Secret) ? feed.SecretSealed : protection.CreateProtector(Purpose).Protect(wish.Secret.Trim());
        audit.Record("marketFeed.set", "marketFeed", tenant.Current.Value.ToString(), before, new { feed.Kind, feed.Address });
        await db.SaveChangesAsync(ct);
        worker.Ring();
        return (feed, faults);
    }

    /// <summary>Prices that are known stay.</summary>
    public async Task<bool> End(CancellationToken ct)
    {
        if (await db.Set<MarketFeed>().SingleOrDefaultAsync(ct) is not { } feed)
        {
            return false;
        }

        db.Remove(feed);
        audit.Record("marketFeed.ended", "marketFeed", tenant.Current.Value.ToString(), new { feed.Kind, feed.Address });
        await db.SaveChangesAsync(ct);
        return true;
    }

    private static bool IsName(string? name) => name is { Length: > 0 } && Path.GetFileName(name) == name && name is not ("." or "..") && name.IndexOfAny(Path.GetInvalidFileNameChars()) < 0 && !name.Contains('\\', StringComparison.Ordinal);
}

/// <summary>Fills in the places of a feed's address: from yesterday to the end of tomorrow.</summary>
internal static class MarketAddress
{
    public static string Fill(string address, string secret, DateTimeOffset now)
    {
        var from = new DateTimeOffset(now.UtcDateTime.Date.AddDays(-1), TimeSpan.Zero);
        var to = from.AddDays(3);
        return address
            .Replace("{from}", from.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), StringComparison.Ordinal).Replace("{to}", to.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{fromUtc}", from.ToString("yyyyMMddHHmm", CultureInfo.InvariantCulture), StringComparison.Ordinal).Replace("{toUtc}", to.ToString("yyyyMMddHHmm", CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{fromMs}", from.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal).Replace("{toMs}", to.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{secret}", Uri.EscapeDataString(secret), StringComparison.Ordinal);
    }
}
