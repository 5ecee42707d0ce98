using System.Security.Cryptography;
using System.Text;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Drivers.Registration;

/// <summary>Who may become a driver by themselves.</summary>
public enum RegistrationMode
{
    /// <summary>Nobody.</summary>
    Closed,

    /// <summary>Whoever confirms an e-mail address.</summary>
    Open,

    /// <summary>Whoever has a code of the operator's.</summary>
    Invitation,

    /// <summary>Whom the operator accepts; a code makes that unnecessary.</summary>
    Approval,
}

/// <summary>Something that a person agrees to.</summary>
/// <param name="Key">Stable word, stored with the consent.</param>
/// <param name="Required">Without it nobody registers.</param>
public sealed record ConsentRule(string Key, string De, string En, bool Required);

/// <summary>An operator's rules of registration.</summary>
public sealed class RegistrationRules : ITenantOwned
{
    /// <summary>The consent to terms of use and privacy notice, where the operator has named them.</summary>
    public const string Terms = "terms";

    public required TenantId TenantId { get; init; }
    public RegistrationMode Mode { get; set; }
    public string? TermsUrl { get; set; }
    public string? PrivacyUrl { get; set; }
    public IReadOnlyList<ConsentRule> Consents { get; set; } = [];

    /// <summary>Keys of what must be agreed to.</summary>
    public IEnumerable<string> Required => Consents.Where(c => c.Required).Select(c => c.Key).Concat(TermsUrl is null && PrivacyUrl is null ? [] : [Terms]);
}

/// <summary>A code with which somebody may register.</summary>
public sealed class RegistrationInvitation : ITenantOwned
{
    /// <summary>How long one holds.</summary>
    public static readonly TimeSpan Lasts = TimeSpan.FromDays(30);

    // No letters that look alike on paper.
    private const string Alphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }

    /// <summary>To whom it was sent; null: a code for many, on a notice.</summary>
    public string? Email { get; init; }
    public string? Name { get; init; }

    /// <summary>The driver of this number becomes theirs.</summary>
    public string? Number { get; init; }
    public required string Language { get; init; }
    public required byte[] CodeHash { get; init; }
    public int MaxUses { get; init; } = 1;
    public int Uses { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
    public required string CreatedBy { get; init; }
    public DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>Whether it opens the door at that moment.</summary>
    public bool Holds(DateTimeOffset now) => RevokedAt is null && ExpiresAt > now && Uses < MaxUses;

    /// <summary>A new code: 16 signs in groups of four, 78 random bits.</summary>
    public static string NewCode() => string.Join('-', Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString(Alphabet, 4)));

    /// <summary>However somebody types it.</summary>
    public static byte[] Hash(string code) => SHA256.HashData(Encoding.UTF8.GetBytes(new string([.. code.ToUpperInvariant().Where(char.IsAsciiLetterOrDigit)])));
}

/// <summary>Where somebody's registration stands.</summary>
public enum RegistrationState
{
    /// <summary>The e-mail address is not confirmed yet.</summary>
    Unverified,

    /// <summary>The operator decides.</summary>
    Waiting,

    /// <summary>Is a driver.</summary>
    Accepted,

    /// <summary>The operator said no.</summary>
    Refused,
}

/// <summary>A consent as it was given.</summary>
public sealed record GivenConsent(string Key, string Text, DateTimeOffset At);

/// <summary>Somebody who wants to charge here.</summary>
public sealed class DriverRegistration : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required Guid AccountId { get; init; }
    public required string Name { get; init; }
    public required string Email { get; init; }
    public required string Locale { get; init; }
    public Guid? InvitationId { get; init; }
    public IReadOnlyList<GivenConsent> Consents { get; init; } = [];
    public RegistrationState State { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? VerifiedAt { get; set; }
    public DateTimeOffset? DecidedAt { get; set; }
    public string? DecidedBy { get; set; }

    /// <summary>Why not, in words for the person.</summary>
    public string? Reason { get; set; }
}

/// <summary>Somebody has confirmed an address and waits for the operator's decision.</summary>
public sealed record RegistrationWaiting(Guid RegistrationId, string Name) : IEvent
{
    public static string Type => "registrationWaiting";
}

internal sealed class RegistrationTables : IEntityTypeConfiguration<RegistrationRules>, IEntityTypeConfiguration<RegistrationInvitation>, IEntityTypeConfiguration<DriverRegistration>
{
    public void Configure(EntityTypeBuilder<RegistrationRules> builder)
    {
        builder.HasKey(r => r.TenantId);
        builder.Property(r => r.Mode).HasName();
        builder.Property(r => r.Consents).HasJson();
        builder.Ignore(r => r.Required);
    }

    public void Configure(EntityTypeBuilder<RegistrationInvitation> builder) => builder.HasKey(i => i.Id);

    public void Configure(EntityTypeBuilder<DriverRegistration> builder)
    {
        builder.ToTable("registration");
        builder.Property(r => r.State).HasName();
        builder.Property(r => r.Consents).HasJson();
    }
}
