using System.Text.Json.Serialization;
using Ladewerk.Kernel;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Billing.Sync;

[JsonConverter(typeof(TypedIdJson<SyncTargetId>))]
public readonly record struct SyncTargetId(Guid Value) : ITypedId<SyncTargetId>
{
    public static SyncTargetId From(Guid value) => new(value);

    public static SyncTargetId New() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
}

/// <summary>What is kept in step.</summary>
public enum SyncObject
{
    BillingAccount,
    Invoice,
}

/// <summary>Another system (CRM, ERP) that keeps billing accounts and invoices in step with ours.</summary>
public sealed class SyncTarget : ITenantOwned
{
    public SyncTargetId Id { get; init; } = SyncTargetId.New();
    public required TenantId TenantId { get; init; }
    public required string Name { get; set; }

    /// <summary>Where an account is sent, with places such as <c>{id}</c>; null: accounts are not sent.</summary>
    public string? AccountUrl { get; set; }

    /// <summary>POST, PUT or PATCH.</summary>
    public string AccountMethod { get; set; } = "PUT";
    public IReadOnlyList<FieldRule> AccountMap { get; set; } = [];

    /// <summary>Where an invoice is sent; null: invoices are not sent.</summary>
    public string? InvoiceUrl { get; set; }
    public string InvoiceMethod { get; set; } = "PUT";
    public IReadOnlyList<FieldRule> InvoiceMap { get; set; } = [];

    /// <summary>The header that carries the secret.</summary>
    public string HeaderName { get; set; } = "Authorization";

    /// <summary>The header's whole value, such as <c>Bearer ...</c>, encrypted; null: none is sent.</summary>
    public string? ProtectedSecret { get; set; }
    public bool IsOn { get; set; } = true;

    /// <summary>Since when nothing came through.</summary>
    public DateTimeOffset? FailingSince { get; set; }

    /// <summary>Set: failed for so long that it is left alone until a person looks.</summary>
    public DateTimeOffset? PausedAt { get; set; }

    /// <summary>No attempt before this: a pause after a failure, or somebody is at it.</summary>
    public DateTimeOffset? RestsUntil { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
    public required string CreatedBy { get; init; }

    internal (string? Url, string Method, IReadOnlyList<FieldRule> Map) Of(SyncObject what) =>
        what == SyncObject.Invoice ? (InvoiceUrl, InvoiceMethod, InvoiceMap) : (AccountUrl, AccountMethod, AccountMap);
}

/// <summary>A message to a target: an object as it was when the message was made. The log of what was sent.</summary>
public sealed class SyncItem : ITenantOwned
{
    /// <summary>Also the Idempotency-Key of the request.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required SyncTargetId TargetId { get; init; }

    /// <summary>The order in which a target gets its messages.</summary>
    public long Sequence { get; init; }
    public required SyncObject Object { get; init; }
    public required Guid ObjectId { get; init; }

    /// <summary>What people know it by.</summary>
    public string? Label { get; init; }
    public required string Method { get; init; }
    public required string Url { get; init; }

    /// <summary>JSON; null on a removal.</summary>
    public string? Body { get; init; }

    /// <summary>Of method, address and body: what says the same is not sent twice.</summary>
    public required byte[] Digest { get; init; }
    public bool IsReplay { get; init; }
    public int Attempts { get; set; }

    /// <summary>HTTP status of the last answer; null where there was none.</summary>
    public int? Status { get; set; }

    /// <summary>The beginning of the last answer, or what went wrong.</summary>
    public string? Answer { get; set; }
    public int? TookMs { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? DeliveredAt { get; set; }

    /// <summary>Set: given up, because the receiver refused it again and again.</summary>
    public DateTimeOffset? FailedAt { get; set; }
}

internal sealed class SyncModel : IEntityTypeConfiguration<SyncTarget>, IEntityTypeConfiguration<SyncItem>
{
    public void Configure(EntityTypeBuilder<SyncTarget> builder)
    {
        builder.Property(t => t.AccountMap).HasJson();
        builder.Property(t => t.InvoiceMap).HasJson();
    }

    public void Configure(EntityTypeBuilder<SyncItem> builder)
    {
        builder.Property(i => i.Object).HasName();
        builder.Property(i => i.Sequence).UseIdentityAlwaysColumn();
    }
}

/// <summary>Keeps the secrets of targets encrypted.</summary>
internal sealed class SyncSecrets(IDataProtectionProvider protection)
{
    private readonly IDataProtector protector = protection.CreateProtector("Ladewerk.Billing.Sync");

    public string Close(string secret) => protector.Protect(secret);

    public string Open(string closed) => protector.Unprotect(closed);
}
