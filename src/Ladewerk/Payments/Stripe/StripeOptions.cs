using System.Net;

namespace Ladewerk.Payments.Stripe;

/// <summary>How Stripe is reached (configuration section <c>Stripe</c>).</summary>
public sealed class StripeOptions
{
    /// <summary>https, or http on this machine alone: for trials with a server of one's own.</summary>
    public Uri ApiBase { get; set; } = new("https://api.stripe.com");

    /// <summary>The key of operators who have none of their own; absent: they take no cards.</summary>
    public string? SecretKey { get; set; }

    /// <summary>What events are signed with; several, apart by commas, while they are being changed.</summary>
    public string? WebhookSecret { get; set; }

    /// <summary>Tries of one call.</summary>
    public int Attempts { get; set; } = 4;

    /// <summary>The rest after the first try that failed; it doubles.</summary>
    public TimeSpan Backoff { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long one try may take.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How old a signed event may be (and how far ahead a clock).</summary>
    public TimeSpan Tolerance { get; set; } = TimeSpan.FromSeconds(300);

    /// <summary>The secrets of <see cref="WebhookSecret"/>.</summary>
    public IReadOnlyList<string> WebhookSecrets => WebhookSecret?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Card data and keys go through TLS, or do not leave the machine.</summary>
    public bool IsSafe => ApiBase.IsAbsoluteUri && ApiBase.UserInfo.Length == 0
        && (ApiBase.Scheme == Uri.UriSchemeHttps || (ApiBase.Scheme == Uri.UriSchemeHttp && IsThisMachine(ApiBase.Host)));

    private static bool IsThisMachine(string host) => host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
