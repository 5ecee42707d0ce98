using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Sessions.Reports;

/// <summary><c>/fault-reports</c>: what drivers report of charge points.</summary>
internal static class FaultReportsApi
{
    public static void MapFaultReports(this RouteGroupBuilder api)
    {
        var reports = api.MapGroup("/fault-reports").WithTags("Fault reports");
        reports.MapGet("", List).RequirePermission(Permission.StationsRead).WithSummary("What drivers reported, the newest first");
        reports.MapGet("/{id:guid}/photo", Photo).RequirePermission(Permission.StationsRead).WithSummary("The photo of a report");
        reports.MapPost("/{id:guid}/resolve", Resolve).RequirePermission(Permission.StationsWrite).WithSummary("Mark a report as settled");
    }

    private static async Task<Ok<Page<FaultReportView>>> List(FaultReports reports, CancellationToken ct, bool open = false, int? limit = null, string? cursor = null)
    {
        var count = Paging.Limit(limit);
        var found = await reports.List(open, count + 1, Guid.TryParse(Paging.Decode(cursor), out var after) ? new FaultReportId(after) : null, ct);
        return TypedResults.Ok(Paging.Of(found, count, r => r.Id.Value.ToString()));
    }

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> Photo(Guid id, FaultReports reports, CancellationToken ct) =>
        await reports.Photo(id, ct) is { } found ? TypedResults.File(found.Photo, found.Type) : Problems.NotFound("photo");

    private static async Task<Results<NoContent, ProblemHttpResult>> Resolve(Guid id, FaultReports reports, Actor actor, CancellationToken ct) =>
        await reports.Resolve(id, actor.Name, ct) ? TypedResults.NoContent() : Problems.NotFound("report");
}
