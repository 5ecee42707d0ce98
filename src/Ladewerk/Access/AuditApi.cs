using System.Globalization;
using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Access;

/// <summary>Who acted, and from where.</summary>
/// <param name="Kind">account, apiKey or system.</param>
/// <param name="Name">E-mail of the account or name of the key.</param>
public sealed record AuditActor(string Kind, string Name, string? Address);

/// <summary>One entry of the audit log.</summary>
public sealed record AuditView(long Id, DateTimeOffset At, AuditActor Actor, string Action, string Subject, string SubjectId, JsonElement? Before, JsonElement? After);

/// <summary>What to look for in the audit log.</summary>
public sealed record AuditFilter(string? Actor = null, string? Action = null, string? Subject = null, string? SubjectId = null, DateTimeOffset? From = null, DateTimeOffset? To = null);

/// <summary><c>/audit</c></summary>
internal static class AuditApi
{
    public static void MapAudit(this RouteGroupBuilder api) => api
        .MapGet("/audit", List).RequirePermission(Permission.AuditRead).WithTags("Audit").WithSummary("Who changed what, when, from where; newest first");

    /// <summary>Newest first.</summary>
    public static async Task<Page<AuditView>> Read(LadewerkDb db, AuditFilter filter, int limit, string? cursor, CancellationToken ct)
    {
        var before = long.TryParse(Paging.Decode(cursor), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : long.MaxValue;
        var entries = db.Set<AuditEntry>().AsNoTracking().Where(e => e.Id < before);
        entries = filter.Actor is { } actor ? entries.Where(e => e.Actor == actor) : entries;
        entries = filter.Action is { } action ? entries.Where(e => e.Action == action) : entries;
        entries = filter.Subject is { } subject ? entries.Where(e => e.Subject == subject) : entries;
        entries = filter.SubjectId is { } subjectId ? entries.Where(e => e.SubjectId == subjectId) : entries;
        entries = filter.From is { } from ? entries.Where(e => e.At >= from.ToUniversalTime()) : entries;
        entries = filter.To is { } to ? entries.Where(e => e.At < to.ToUniversalTime()) : entries;
        var rows = await entries.OrderByDescending(e => e.Id).Take(limit + 1).ToListAsync(ct);
        return Paging.Of([.. rows.Select(View)], limit, e => e.Id.ToString(CultureInfo.InvariantCulture));
    }

    private static Task<Page<AuditView>> List([AsParameters] AuditFilter filter, int? limit, string? cursor, LadewerkDb db, CancellationToken ct) =>
        Read(db, filter, Paging.Limit(limit), cursor, ct);

    private static AuditView View(AuditEntry e) =>
        new(e.Id, e.At, new(e.ActorKind, e.Actor, e.Address), e.Action, e.Subject, e.SubjectId, e.Before?.RootElement, e.After?.RootElement);
}
