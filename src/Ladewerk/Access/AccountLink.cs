using System.Security.Cryptography;
using System.Text;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Access;

/// <summary>What a link in a mail is for.</summary>
public enum LinkPurpose
{
    /// <summary>The address of a new account is the person's own.</summary>
    Verify,

    /// <summary>A forgotten password.</summary>
    Reset,

    /// <summary>An account that somebody else made; its owner chooses the password.</summary>
    Invite,

    /// <summary>Another address for the account.</summary>
    ChangeEmail,
}

/// <summary>A link that went out by mail. Only the hash of its token is kept, it works once, and not for long.</summary>
internal sealed class AccountLink : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required Guid AccountId { get; init; }
    public required LinkPurpose Purpose { get; init; }
    public required byte[] TokenHash { get; init; }

    /// <summary>Where it was sent.</summary>
    public required string Email { get; init; }

    /// <summary>The password that came with the registration; it counts only in the browser that registered, see <see cref="BrowserHash"/>.</summary>
    public string? PasswordHash { get; init; }

    /// <summary>Hash of the cookie of the browser that registered.</summary>
    public byte[]? BrowserHash { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? UsedAt { get; set; }

    /// <summary>How long a link of a kind works.</summary>
    public static TimeSpan Lasts(LinkPurpose purpose) => purpose switch
    {
        LinkPurpose.Verify or LinkPurpose.ChangeEmail => TimeSpan.FromHours(24),
        LinkPurpose.Reset => TimeSpan.FromHours(1),
        LinkPurpose.Invite => TimeSpan.FromDays(7),
        _ => throw new ArgumentOutOfRangeException(nameof(purpose), purpose, "No such purpose."),
    };

    /// <summary>A secret of 256 random bits, fit for an address.</summary>
    public static string NewSecret() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <summary>What is kept of a secret: with 256 random bits it needs no salt and no slow hash.</summary>
    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}

internal sealed class AccountLinkModel : IEntityTypeConfiguration<AccountLink>
{
    public void Configure(EntityTypeBuilder<AccountLink> builder) => builder.Property(l => l.Purpose).HasName();
}
