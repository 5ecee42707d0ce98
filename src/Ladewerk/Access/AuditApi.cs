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
/// <param name="Q">Part of the actor, the subject's id, the action or the address from which it came.</param>
public sealed record AuditFilter(string? Q = null, string? Actor = null, string? Action = null, string? Subject = null, string? SubjectId = null, string? Address = null, DateTimeOffset? From = null, DateTimeOffset? To = null);

/// <summary><c>/audit</c></summary>
internal static class AuditApi
{
    private const int MostExported = 100_000;

    public static void MapAudit(this RouteGroupBuilder api)
    {
        api.MapGet("/audit", List).RequirePermission(Permission.AuditRead).WithTags("Audit").WithSummary("Who changed what, when, from where; newest first");
        api.MapGet("/audit.csv", Export).RequirePermission(Permission.AuditRead).WithTags("Audit").WithSummary("The same as a table, up to 100,000 entries").Produces(StatusCodes.Status200OK, contentType: "text/csv");
    }

    /// <summary>Newest first.</summary>
    public static async Task<Page<AuditView>> Read(LadewerkDb db, AuditFilter filter, int limit, string? cursor, CancellationToken ct)
    {
        var before = long.TryParse(Paging.Decode(cursor), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : long.MaxValue;
        var rows = await Matching(db, filter).Where(e => e.Id < before).OrderByDescending(e => e.Id).Take(limit + 1).ToListAsync(ct);
        return Paging.Of([.. rows.Select(View)], limit, e => e.Id.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>All that match as CSV, newest first, row by row.</summary>
    public static async Task Export([AsParameters] AuditFilter filter, HttpContext http, LadewerkDb db, CancellationToken ct)
    {
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = "attachment; filename=\"audit.csv\"";
        await using var text = new StreamWriter(http.Response.Body, new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: true), leaveOpen: true);
        await text.WriteAsync(Csv.Write(["at", "actorKind", "actor", "address", "action", "subject", "subjectId", "before", "after"]));
        await foreach (var e in Matching(db, filter).OrderByDescending(e => e.Id).Take(MostExported).AsAsyncEnumerable().WithCancellation(ct))
        {
            await text.WriteAsync(Csv.Write(
            [
                e.At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture), e.ActorKind, e.Actor, e.Address, e.Action, e.Subject, e.SubjectId,
                e.Before?.RootElement.GetRawText(), e.After?.RootElement.GetRawText(),
            ]));
        }
    }

    private static IQueryable<AuditEntry> Matching(LadewerkDb db, AuditFilter filter)
    {
        var entries = db.Set<AuditEntry>().AsNoTracking().AsQueryable();
        if (filter.Q is { Length: > 0 } wanted)
        {
            var part = Paging.Containing(wanted);
            entries = entries.Where(e => EF.Functions.ILike(e.Actor, part) || EF.Functions.ILike(e.SubjectId, part) || EF.Functions.ILike(e.Action, part) || EF.Functions.ILike(e.Address!, part));
        }

        entries = filter.Actor is { } actor ? entries.Where(e => e.Actor == actor) : entries;
        entries = filter.Action is { } action ? entries.Where(e => e.Action == action) : entries;
        entries = filter.Subject is { } subject ? entries.Where(e => e.Subject == subject) : entries;
        entries = filter.SubjectId is { } subjectId ? entries.Where(e => e.SubjectId == subjectId) : entries;
        entries = filter.Address is { } address ? entries.Where(e => e.Address == address) : entries;
        entries = filter.From is { } from ? entries.Where(e => e.At >= from.ToUniversalTime()) : entries;
        return filter.To is { } to ? entries.Where(e => e.At < to.ToUniversalTime()) : entries;
    }

    private static Task<Page<AuditView>> List([AsParameters] AuditFilter filter, int? limit, string? cursor, LadewerkDb db, CancellationToken ct) =>
        Read(db, filter, Paging.Limit(limit), cursor, ct);

    private static AuditView View(AuditEntry e) =>
        new(e.Id, e.At, new(e.ActorKind, e.Actor, e.Address), e.Action, e.Subject, e.SubjectId, e.Before?.RootElement, e.After?.RootElement);
}
