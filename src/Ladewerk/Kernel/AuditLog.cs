using System.Text.Json;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Kernel;

/// <summary>Who changed what, when, from where. Never changes once written.</summary>
public sealed class AuditEntry : ITenantOwned
{
    public long Id { get; init; }
    public required TenantId TenantId { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>account, apiKey or system.</summary>
    public required string ActorKind { get; init; }

    /// <summary>E-mail of the account or name of the API key.</summary>
    public required string Actor { get; init; }
    public string? Address { get; init; }

    /// <summary>Dotted past tense: station.created, idToken.blocked, account.signedIn ...</summary>
    public required string Action { get; init; }

    /// <summary>station, idToken, tariff ...</summary>
    public required string Subject { get; init; }

    /// <summary>Its id as the API shows it.</summary>
    public required string SubjectId { get; init; }
    public JsonDocument? Before { get; init; }
    public JsonDocument? After { get; init; }
}

/// <summary>
/// Writes the audit log. The entry joins the caller's unit of work: it is stored by the same <c>SaveChangesAsync</c> as the change
/// that it tells of, or not at all.
/// </summary>
public sealed class AuditLog(LadewerkDb db, TenantContext tenant, Actor actor, TimeProvider time)
{
    /// <summary>Notes a change. <paramref name="before"/> and <paramref name="after"/> are written as JSON; leave secrets out.</summary>
    public void Record(string action, string subject, string subjectId, object? before = null, object? after = null) => db.Add(new AuditEntry
    {
        TenantId = tenant.Current,
        At = time.GetUtcNow(),
        ActorKind = actor.Kind,
        Actor = actor.Name,
        Address = actor.Address,
        Action = action,
        Subject = subject,
        SubjectId = subjectId,
        Before = before is null ? null : JsonSerializer.SerializeToDocument(before, ApiJson.Options),
        After = after is null ? null : JsonSerializer.SerializeToDocument(after, ApiJson.Options),
    });
}

internal sealed class AuditModel : IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<AuditEntry> builder) => builder.Property(e => e.Id).UseIdentityAlwaysColumn();
}
