using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Portal;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Ladewerk.Sessions.Reports.Portal;

/// <summary>The operator's list of what drivers report.</summary>
internal static class FaultReportsPortal
{
    public static IServiceCollection AddFaultReports(this IServiceCollection services) => services.AddScoped<FaultReports>()
        .AddSingleton(new NavEntry(NavGroup.Operations, 45, "alert-triangle", "faults.title", "/portal/fault-reports", Permission.StationsRead) { Count = Open, Urgent = true });

    public static void MapFaultReportsPortal(this WebApplication app)
    {
        app.MapGet("/portal/fault-reports/{id:guid}/photo", Photo).RequirePermission(Permission.StationsRead).ExcludeFromDescription();
        app.MapPost("/portal/fault-reports/{id:guid}/resolve", Resolve).RequirePermission(Permission.StationsWrite).ExcludeFromDescription();
    }

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> Photo(Guid id, FaultReports reports, CancellationToken ct) =>
        await reports.Photo(id, ct) is { } found ? TypedResults.File(found.Photo, found.Type) : Problems.NotFound("photo");

    private static async Task<IResult> Resolve(Guid id, HttpContext http, FaultReports reports, Actor actor, CancellationToken ct) =>
        await reports.Resolve(id, actor.Name, ct) ? Answer.Go(http, "/portal/fault-reports") : Problems.NotFound("report");

    private static Task<long> Open(IServiceProvider services, CancellationToken ct) => services.GetRequiredService<NpgsqlDataSource>().First(
        "select count(*) from fault_report where tenant_id = $1 and resolved_at is null", r => r.GetInt64(0), ct, services.GetRequiredService<TenantContext>().Current.Value);
}
