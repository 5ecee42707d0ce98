using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Kernel.Mail;

/// <summary>Id of a mail; also the left half of its Message-ID.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(TypedIdJson<MailId>))]
public readonly record struct MailId(Guid Value) : ITypedId<MailId>
{
    public static MailId From(Guid value) => new(value);

    public static MailId New() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
}

/// <summary>A mail in the queue, or what remains of one that was sent.</summary>
public sealed class QueuedMail : ITenantOwned
{
    public MailId Id { get; init; } = MailId.New();
    public required TenantId TenantId { get; init; }

    /// <summary>What it is for.</summary>
    public required string Kind { get; init; }
    public required string Recipient { get; init; }

    /// <summary>A <see cref="NewMail"/>, encrypted; null once it was sent or is not worth sending any more.</summary>
    public string? Body { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset AvailableAt { get; set; }
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Times that the server turned it away.</summary>
    public int Attempts { get; set; }
    public DateTimeOffset? SentAt { get; set; }

    /// <summary>Set: given up; a person decides.</summary>
    public DateTimeOffset? ParkedAt { get; set; }

    /// <summary>What the server said last; without addresses.</summary>
    public string? LastError { get; set; }
}

internal sealed class QueuedMailModel : IEntityTypeConfiguration<QueuedMail>
{
    public void Configure(EntityTypeBuilder<QueuedMail> builder) => builder.ToTable("mail").HasKey(m => m.Id);
}
