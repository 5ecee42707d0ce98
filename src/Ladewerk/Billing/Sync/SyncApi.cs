using System.Globalization;
using System.Text.Json.Nodes;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing.Sync;

/// <summary>A target as the API shows it; its secret never.</summary>
/// <param name="State">on, off or paused.</param>
public sealed record SyncTargetView(
    SyncTargetId Id, string Name, SyncRoute? BillingAccounts, SyncRoute? Invoices, string HeaderName, bool HasSecret, string State, DateTimeOffset? FailingSince, DateTimeOffset? PausedAt, int Waiting,
    int Failed, DateTimeOffset? LastDelivered, DateTimeOffset CreatedAt, string CreatedBy);

/// <summary>A message as the API shows it.</summary>
/// <param name="State">waiting, delivered or failed.</param>
/// <param name="Body">What was sent, to the letter; null in lists.</param>
public sealed record SyncItemView(
    Guid Id, long Sequence, SyncObject Object, Guid ObjectId, string? Label, string Method, string Url, string State, bool IsReplay, int Attempts, int? Status, string? Answer, int? TookMs, DateTimeOffset CreatedAt,
    DateTimeOffset? DeliveredAt, DateTimeOffset? FailedAt, string? Body);

/// <summary>What a target would be sent of the newest object; nothing is sent.</summary>
public sealed record SyncPreview(SyncObject Object, string Method, string Url, JsonNode? Body);

/// <summary>How many objects are sent again.</summary>
public sealed record SyncQueued(int Count);

/// <summary><c>/sync-targets</c></summary>
internal static class SyncApi
{
    public static void MapSync(this RouteGroupBuilder api)
    {
        var targets = api.MapGroup("/sync-targets").OfModule(Module.Billing).WithTags("Sync");
        targets.MapGet("/", List).RequirePermission(Permission.SettingsRead).WithSummary("Systems (CRM, ERP) that keep accounts and invoices in step");
        targets.MapPost("/", Create).RequirePermission(Permission.SettingsWrite).WithSummary("Add a system");
        targets.MapGet("/{id:guid}", Get).RequirePermission(Permission.SettingsRead).WithSummary("One system");
        targets.MapPut("/{id:guid}", Change).RequirePermission(Permission.SettingsWrite).WithSummary("Change it; without a secret the former one stays");
        targets.MapDelete("/{id:guid}", Delete).RequirePermission(Permission.SettingsWrite).WithSummary("Remove with its log");
        targets.MapPost("/{id:guid}/resume", Resume).RequirePermission(Permission.SettingsWrite).WithSummary("Let one that is paused go on");
        targets.MapPost("/{id:guid}/resync", Resync).RequirePermission(Permission.SettingsWrite).WithSummary("Send everything as it is now");
        targets.MapGet("/{id:guid}/preview", Preview).RequirePermission(Permission.SettingsRead).RequirePermission(Permission.BillingRead).WithSummary("What its map makes of the newest object");
        targets.MapGet("/{id:guid}/log", Log).RequirePermission(Permission.SettingsRead).WithSummary("What was sent, newest first");
        targets.MapGet("/{id:guid}/log/{item:guid}", Item).RequirePermission(Permission.SettingsRead).RequirePermission(Permission.BillingRead).WithSummary("One message with its body");
        targets.MapPost("/{id:guid}/log/{item:guid}/replay", Replay).RequirePermission(Permission.SettingsWrite).WithSummary("Send one message again");
        targets.MapPost("/{id:guid}/replay-failed", ReplayFailed).RequirePermission(Permission.SettingsWrite).WithSummary("Send what was given up again, as it is now");
    }

    public static SyncTargetView View(SyncTarget t, SyncCounts? counts) => new(
        t.Id, t.Name, t.AccountUrl is { } accounts ? new SyncRoute(accounts, t.AccountMethod, t.AccountMap) : null, t.InvoiceUrl is { } invoices ? new SyncRoute(invoices, t.InvoiceMethod, t.InvoiceMap) : null,
        t.HeaderName, t.ProtectedSecret is not null, StateOf(t), t.FailingSince, t.PausedAt, counts?.Waiting ?? 0, counts?.Failed ?? 0, counts?.LastDelivered, t.CreatedAt, t.CreatedBy);

    public static SyncItemView View(SyncItem i, bool withBody = false) => new(
        i.Id, i.Sequence, i.Object, i.ObjectId, i.Label, i.Method, i.Url, StateOf(i), i.IsReplay, i.Attempts, i.Status, i.Answer, i.TookMs, i.CreatedAt, i.DeliveredAt, i.FailedAt, withBody ? i.Body : null);

    /// <summary>on, off or paused.</summary>
    public static string StateOf(SyncTarget t) => !t.IsOn ? "off" : t.PausedAt is not null ? "paused" : "on";

    /// <summary>waiting, delivered or failed.</summary>
    public static string StateOf(SyncItem i) => i.DeliveredAt is not null ? "delivered" : i.FailedAt is not null ? "failed" : "waiting";

    /// <summary>What a target would be sent of the newest object of a kind; null: there is none, or the kind is not sent.</summary>
    public static async Task<SyncPreview?> PreviewOf(SyncTarget target, SyncObject what, ReadSyncFacts read, CancellationToken ct)
    {
        if (target.Of(what).Url is null || await read.Newest(what, ct) is not { } facts)
        {
            return null;
        }

        var (method, url, body) = QueueSync.Written(target, facts);
        return new SyncPreview(what, method, url, JsonNode.Parse(body));
    }

    private static async Task<Ok<Page<SyncTargetView>>> List(LadewerkDb db, SyncLog log, CancellationToken ct)
    {
        var counts = await log.Counts(ct);
        return TypedResults.Ok(new Page<SyncTargetView>([.. (await db.Set<SyncTarget>().AsNoTracking().OrderBy(t => t.CreatedAt).ToListAsync(ct)).Select(t => View(t, counts.GetValueOrDefault(t.Id)))], null));
    }

    private static async Task<Results<Created<SyncTargetView>, ValidationProblem>> Create(SyncTargetWish body, SaveSyncTarget save, CancellationToken ct)
    {
        var (made, faults) = await save.Create(body, ct);
        return made is null ? Problems.Invalid(faults.Errors) : TypedResults.Created($"/api/v1/sync-targets/{made.Id}", View(made, null));
    }

    private static async Task<Results<Ok<SyncTargetView>, ProblemHttpResult>> Get(Guid id, SaveSyncTarget save, SyncLog log, CancellationToken ct) =>
        await save.Find(SyncTargetId.From(id), ct) is { } target ? TypedResults.Ok(View(target, (await log.Counts(ct)).GetValueOrDefault(target.Id))) : Missing();

    private static async Task<Results<Ok<SyncTargetView>, ValidationProblem, ProblemHttpResult>> Change(Guid id, SyncTargetWish body, SaveSyncTarget save, SyncLog log, CancellationToken ct)
    {
        if (await save.Find(SyncTargetId.From(id), ct) is not { } target)
        {
            return Missing();
        }

        return await save.Change(target, body, ct) is { Any: true } faults ? Problems.Invalid(faults.Errors) : TypedResults.Ok(View(target, (await log.Counts(ct)).GetValueOrDefault(target.Id)));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(Guid id, SaveSyncTarget save, CancellationToken ct)
    {
        if (await save.Find(SyncTargetId.From(id), ct) is not { } target)
        {
            return Missing();
        }

        await save.Remove(target, ct);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Resume(Guid id, SaveSyncTarget save, CancellationToken ct)
    {
        if (await save.Find(SyncTargetId.From(id), ct) is not { } target)
        {
            return Missing();
        }

        await save.Resume(target, ct);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Accepted<SyncQueued>, ProblemHttpResult>> Resync(Guid id, ResyncRequest body, SaveSyncTarget save, SyncLog log, CancellationToken ct) =>
        await save.Find(SyncTargetId.From(id), ct) is { } target ? TypedResults.Accepted((string?)null, new SyncQueued(await log.Resync(target.Id, body, ct))) : Missing();

    private static async Task<Results<Ok<SyncPreview>, ProblemHttpResult>> Preview(Guid id, Named<SyncObject>? @object, SaveSyncTarget save, ReadSyncFacts read, CancellationToken ct) =>
        await save.Find(SyncTargetId.From(id), ct) is { } target && await PreviewOf(target, @object?.Value ?? SyncObject.Invoice, read, ct) is { } preview ? TypedResults.Ok(preview) : Missing();

    private static async Task<Results<Ok<Page<SyncItemView>>, ProblemHttpResult>> Log(Guid id, string? state, string? cursor, int? limit, SaveSyncTarget save, SyncLog log, CancellationToken ct)
    {
        if (await save.Find(SyncTargetId.From(id), ct) is null)
        {
            return Missing();
        }

        var count = Paging.Limit(limit);
        long? before = long.TryParse(Paging.Decode(cursor), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? sequence : null;
        var rows = await log.List(SyncTargetId.From(id), state, before, count + 1, ct);
        return TypedResults.Ok(Paging.Of([.. rows.Select(i => View(i))], count, i => i.Sequence.ToString(CultureInfo.InvariantCulture)));
    }

    private static async Task<Results<Ok<SyncItemView>, ProblemHttpResult>> Item(Guid id, Guid item, SyncLog log, CancellationToken ct) =>
        await log.Find(SyncTargetId.From(id), item, ct) is { } found ? TypedResults.Ok(View(found, withBody: true)) : Missing();

    private static async Task<Results<Accepted<SyncItemView>, ProblemHttpResult>> Replay(Guid id, Guid item, SyncLog log, CancellationToken ct) =>
        await log.Find(SyncTargetId.From(id), item, ct) is { } found ? TypedResults.Accepted((string?)null, View(await log.Replay(found, ct))) : Missing();

    private static async Task<Results<Accepted<SyncQueued>, ProblemHttpResult>> ReplayFailed(Guid id, SaveSyncTarget save, SyncLog log, CancellationToken ct) =>
        await save.Find(SyncTargetId.From(id), ct) is { } target ? TypedResults.Accepted((string?)null, new SyncQueued(await log.ReplayFailed(target.Id, ct))) : Missing();

    private static ProblemHttpResult Missing() => Problems.NotFound("sync target");
}
