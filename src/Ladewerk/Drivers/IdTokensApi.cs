using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers;

/// <summary>An id token as the API shows it.</summary>
public sealed record IdTokenView(
    string Uid, string Type, IdTokenStatus Status, string? VisualNumber, DateTimeOffset? ValidFrom, DateTimeOffset? ValidUntil, DriverId? DriverId, Guid? ContractId,
    string? GroupId, string? Note, int ConcurrentSessions, DateTimeOffset CreatedAt, Badges.BadgeBatchId? BatchId, bool AwaitsActivation);

/// <summary>An id token to make.</summary>
/// <param name="Uid">As printed or read; separators and case do not matter.</param>
public sealed record NewIdToken(
    string Uid, string? Type = null, IdTokenStatus Status = IdTokenStatus.Accepted, string? VisualNumber = null, DateTimeOffset? ValidFrom = null, DateTimeOffset? ValidUntil = null,
    DriverId? DriverId = null, Guid? ContractId = null, string? GroupId = null, string? Note = null, int ConcurrentSessions = 1);

/// <summary>A change of an id token; what is absent stays.</summary>
public sealed record IdTokenPatch
{
    public string? Type { get; init; }
    public IdTokenStatus? Status { get; init; }
    public Optional<string> VisualNumber { get; init; }
    public Optional<DateTimeOffset?> ValidFrom { get; init; }
    public Optional<DateTimeOffset?> ValidUntil { get; init; }
    public Optional<DriverId?> DriverId { get; init; }
    public Optional<Guid?> ContractId { get; init; }
    public Optional<string> GroupId { get; init; }
    public Optional<string> Note { get; init; }
    public int? ConcurrentSessions { get; init; }
}

/// <summary><c>/id-tokens</c></summary>
internal static class IdTokensApi
{
    public static void MapIdTokens(this RouteGroupBuilder api)
    {
        var tokens = api.MapGroup("/id-tokens").WithTags("Id tokens");
        tokens.MapGet("/", List).RequirePermission(Permission.DriversRead).WithSummary("Id tokens by uid");
        tokens.MapPost("/", Create).RequirePermission(Permission.DriversWrite).WithSummary("Register an id token");
        tokens.MapGet("/{uid}", Get).RequirePermission(Permission.DriversRead).WithSummary("An id token");
        tokens.MapPatch("/{uid}", Patch).RequirePermission(Permission.DriversWrite).WithSummary("Change or block an id token; what is absent stays");
        tokens.MapDelete("/{uid}", Delete).RequirePermission(Permission.DriversWrite).WithSummary("Delete an id token that never charged");
    }

    public static IdTokenView View(IdToken t) => new(
        t.Uid, t.Type, t.Status, t.VisualNumber, t.ValidFrom, t.ValidUntil, t.DriverId, t.ContractId, t.GroupId, t.Note, t.ConcurrentSessions, t.CreatedAt, t.BatchId, t.AwaitsActivation);

    private static async Task<Ok<Page<IdTokenView>>> List(Guid? driverId, Named<IdTokenStatus>? status, Guid? batchId, string? groupId, int? limit, string? cursor, LadewerkDb db, CancellationToken ct)
    {
        var (count, after) = (Paging.Limit(limit), Paging.Decode(cursor));
        var tokens = db.Set<IdToken>().AsNoTracking();
        tokens = driverId is { } driver ? tokens.Where(t => t.DriverId == new DriverId(driver)) : tokens;
        tokens = status is { Value: var wanted } ? tokens.Where(t => t.Status == wanted) : tokens;
        tokens = batchId is { } batch ? tokens.Where(t => t.BatchId == new Badges.BadgeBatchId(batch)) : tokens;
        tokens = groupId is null ? tokens : tokens.Where(t => t.GroupId == groupId);
        tokens = after is null ? tokens : tokens.Where(t => EF.Functions.GreaterThan(ValueTuple.Create(t.UidKey), ValueTuple.Create(after)));
        var rows = await tokens.OrderBy(t => t.UidKey).Take(count + 1).ToListAsync(ct);
        return TypedResults.Ok(Paging.Of([.. rows.Select(View)], count, t => IdTokenUid.Key(t.Uid)));
    }

    private static async Task<Results<Created<IdTokenView>, ValidationProblem, ProblemHttpResult>> Create(NewIdToken request, SaveIdToken save, CancellationToken ct)
    {
        var (token, faults) = await save.Create(request, ct);
        return (token, faults.Any) switch
        {
            (_, true) => Problems.Invalid(faults.Errors),
            (null, _) => Problems.Conflict("id-token-exists", "There already is an id token of this uid."),
            _ => TypedResults.Created($"/api/v1/id-tokens/{Uri.EscapeDataString(token.Uid)}", View(token)),
        };
    }

    private static async Task<Results<Ok<IdTokenView>, ProblemHttpResult>> Get(string uid, SaveIdToken tokens, CancellationToken ct) =>
        await tokens.Find(uid, ct) is { } token ? TypedResults.Ok(View(token)) : Problems.NotFound("id token");

    private static async Task<Results<Ok<IdTokenView>, ValidationProblem, ProblemHttpResult>> Patch(string uid, IdTokenPatch patch, SaveIdToken tokens, CancellationToken ct)
    {
        if (await tokens.Find(uid, ct) is not { } token)
        {
            return Problems.NotFound("id token");
        }

        return await tokens.Patch(token, patch, ct) is { Any: true } faults ? Problems.Invalid(faults.Errors) : TypedResults.Ok(View(token));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(string uid, SaveIdToken tokens, CancellationToken ct)
    {
        if (await tokens.Find(uid, ct) is not { } token)
        {
            return Problems.NotFound("id token");
        }

        await tokens.Delete(token, ct);
        return TypedResults.NoContent();
    }
}
