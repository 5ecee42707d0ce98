using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Billing.Retention;

/// <summary>What may be removed, and what was.</summary>
/// <param name="KeptFrom">The first day of the oldest year that is still kept.</param>
public sealed record RetentionView(DateOnly KeptFrom, IReadOnlyList<RetentionRow> Over, IReadOnlyList<RetentionEntry> Removed);

/// <summary>What was removed now.</summary>
public sealed record RetentionDone(IReadOnlyList<RetentionRow> Removed);

/// <summary><c>/billing/retention</c></summary>
internal static class RetentionApi
{
    public static void MapRetention(this RouteGroupBuilder api)
    {
        var billing = api.MapGroup("/billing/retention").OfModule(Module.Billing).WithTags("Billing");
        billing.MapGet("/", async (DeleteExpired retention, CancellationToken ct) => TypedResults.Ok(new RetentionView(retention.KeptFrom, await retention.Preview(ct), await retention.Removed(ct))))
            .RequirePermission(Permission.BillingRead).WithSummary("Documents whose eight years are over, and what was removed");
        billing.MapPost("/run", Run).RequirePermission(Permission.BillingWrite).RequirePermission(Permission.SettingsWrite).WithSummary("Remove what is over; it cannot be undone");
    }

    private static async Task<Ok<RetentionDone>> Run(DeleteExpired retention, CancellationToken ct) => TypedResults.Ok(new RetentionDone(await retention.Run(ct)));
}
