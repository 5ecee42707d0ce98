using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Drivers.Badges;

/// <summary>Until when all badges of a batch charge; null: without an end.</summary>
public sealed record BatchExpiry(DateTimeOffset? ValidUntil = null);

/// <summary>A group of badges: a batch's new one (null: none), or the one to block.</summary>
public sealed record BatchGroup(string? GroupId = null);

/// <summary>How many badges were changed.</summary>
public sealed record BatchChanged(int Badges);

/// <summary><c>/badge-batches</c>, <c>/badge-groups</c></summary>
internal static class BadgeBatchesApi
{
    public static void MapBadgeBatches(this RouteGroupBuilder api)
    {
        var batches = api.MapGroup("/badge-batches").WithTags("Badge batches");
        batches.MapGet("/", List).RequirePermission(Permission.DriversRead).WithSummary("Batches of badges with what is free, assigned and blocked, the newest first");
        batches.MapPost("/", Create).RequirePermission(Permission.DriversWrite).WithSummary("Take in a batch of badges: all of them, or none and what is wrong");
        batches.MapGet("/{id:guid}", Get).RequirePermission(Permission.DriversRead).WithSummary("A batch");
        batches.MapPost("/{id:guid}/block", Block).RequirePermission(Permission.DriversWrite).WithSummary("Block every badge of a batch at once, in local lists too");
        batches.MapPut("/{id:guid}/expiry", Expire).RequirePermission(Permission.DriversWrite).WithSummary("Set until when every badge of a batch charges");
        var groups = api.MapGroup("/badge-groups").WithTags("Badge groups");
        groups.MapGet("/", Groups).RequirePermission(Permission.DriversRead).WithSummary("Groups of badges with their figures, by name");
        groups.MapPost("/block", BlockGroup).RequirePermission(Permission.DriversWrite).WithSummary("Block every badge of a group at once, in local lists too");
        batches.MapPut("/{id:guid}/group", Group).RequirePermission(Permission.DriversWrite).WithSummary("Put every badge of a batch into a group");
    }

    private static async Task<Ok<Page<BadgeBatchView>>> List(int? limit, string? cursor, FindBatches find, CancellationToken ct)
    {
        var count = Paging.Limit(limit);
        BadgeBatchId? after = Guid.TryParse(Paging.Decode(cursor), out var last) ? new BadgeBatchId(last) : null;
        return TypedResults.Ok(Paging.Of(await find.Run(after, 0, count + 1, ct), count, b => b.Id.Value.ToString()));
    }

    private static async Task<Ok<Page<BadgeGroupView>>> Groups(int? limit, string? cursor, BadgeGroups groups, CancellationToken ct)
    {
        var count = Paging.Limit(limit);
        return TypedResults.Ok(Paging.Of(await groups.Run(Paging.Decode(cursor), 0, count + 1, ct), count, g => g.GroupId));
    }

    private static async Task<Results<Ok<BatchChanged>, ProblemHttpResult>> BlockGroup(BatchGroup request, BadgeGroups groups, CancellationToken ct) =>
        await groups.Block(request.GroupId ?? "", ct) is { } blocked ? TypedResults.Ok(new BatchChanged(blocked)) : Problems.NotFound("group");

    private static async Task<Results<Created<BadgeBatchView>, ValidationProblem>> Create(NewBadgeBatch request, BadgeBatches batches, FindBatches find, CancellationToken ct)
    {
        var (made, faults) = await batches.Create(request, ct);
        return made is null ? Problems.Invalid(faults.Errors) : TypedResults.Created($"/api/v1/badge-batches/{made.Id.Value}", await find.One(made.Id, ct));
    }

    private static async Task<Results<Ok<BadgeBatchView>, ProblemHttpResult>> Get(Guid id, FindBatches find, CancellationToken ct) =>
        await find.One(new BadgeBatchId(id), ct) is { } batch ? TypedResults.Ok(batch) : Problems.NotFound("batch");

    private static async Task<Results<Ok<BatchChanged>, ProblemHttpResult>> Block(Guid id, BadgeBatches batches, CancellationToken ct) =>
        await batches.Find(new BadgeBatchId(id), ct) is { } batch ? TypedResults.Ok(new BatchChanged(await batches.Block(batch, ct))) : Problems.NotFound("batch");

    private static async Task<Results<Ok<BatchChanged>, ProblemHttpResult>> Expire(Guid id, BatchExpiry request, BadgeBatches batches, CancellationToken ct) =>
        await batches.Find(new BadgeBatchId(id), ct) is { } batch ? TypedResults.Ok(new BatchChanged(await batches.Expire(batch, request.ValidUntil, ct))) : Problems.NotFound("batch");

    private static async Task<Results<Ok<BatchChanged>, ValidationProblem, ProblemHttpResult>> Group(Guid id, BatchGroup request, BadgeBatches batches, CancellationToken ct)
    {
        if (request.GroupId is { Length: 0 or > IdTokenUid.MaxLength })
        {
            return Problems.Invalid("groupId", $"1 to {IdTokenUid.MaxLength} characters.");
        }

        return await batches.Find(new BadgeBatchId(id), ct) is { } batch ? TypedResults.Ok(new BatchChanged(await batches.Group(batch, request.GroupId, ct))) : Problems.NotFound("batch");
    }
}
