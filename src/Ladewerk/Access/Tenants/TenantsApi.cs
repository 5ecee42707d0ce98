using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Access.Tenants;

/// <summary>An operator of the platform as the API shows it.</summary>
/// <param name="ChargePointLimit">Stations that its plan allows; null: any number.</param>
/// <param name="Suspended">Nobody of it may sign in, no key and no station is let in.</param>
public sealed record PlatformTenantView(
    TenantId Id, string Slug, string Name, string Country, string Currency, string TimeZone, string Language, string Plan, int? ChargePointLimit, IReadOnlyList<string> Modules, bool Suspended,
    long Stations, long Accounts, DateTimeOffset CreatedAt);

/// <summary>An operator to make, and its first administrator, who is invited by mail.</summary>
/// <param name="Slug">Its name in addresses; stations dial <c>/ocpp/{slug}/{station}</c>.</param>
/// <param name="Plan">base (20 charge points) or unlimited.</param>
/// <param name="ChargePointLimit">Another limit than the plan's.</param>
/// <param name="Modules">Absent: base and billing.</param>
public sealed record NewTenant(
    string Slug, string Name, string AdminEmail, string? AdminName = null, string? Country = null, string? Currency = null, string? TimeZone = null, string? Language = null, string Plan = "base",
    int? ChargePointLimit = null, IReadOnlyList<string>? Modules = null);

/// <summary>A change of an operator by the platform; what is absent stays.</summary>
public sealed record PlatformTenantPatch
{
    public string? Name { get; init; }

    /// <summary>base or unlimited; brings its limit with it.</summary>
    public string? Plan { get; init; }
    public Optional<int?> ChargePointLimit { get; init; }
    public IReadOnlyList<string>? Modules { get; init; }
    public bool? Suspended { get; init; }
}

/// <summary><c>/platform/tenants</c></summary>
internal static class TenantsApi
{
    public static void MapTenants(this RouteGroupBuilder api)
    {
        var tenants = api.MapGroup("/platform/tenants").WithTags("Platform");
        tenants.MapGet("/", async (PlatformTenants all, CancellationToken ct) => TypedResults.Ok(new Page<PlatformTenantView>(await all.List(null, ct), null))).RequirePermission(Permission.PlatformRead)
            .WithSummary("The operators of this installation");
        tenants.MapPost("/", Create).RequirePermission(Permission.PlatformWrite).WithSummary("Make an operator and invite its first administrator");
        tenants.MapGet("/{id:guid}", Get).RequirePermission(Permission.PlatformRead).WithSummary("An operator");
        tenants.MapPatch("/{id:guid}", Patch).RequirePermission(Permission.PlatformWrite).WithSummary("Change name, plan or modules, suspend or resume");
    }

    private static async Task<Results<Created<PlatformTenantView>, ValidationProblem>> Create(NewTenant request, PlatformTenants tenants, CancellationToken ct)
    {
        var (made, faults) = await tenants.Create(request, ct);
        return made is not { } id ? Problems.Invalid(faults.Errors) : TypedResults.Created($"/api/v1/platform/tenants/{id.Value}", (await tenants.List(id.Value, ct))[0]);
    }

    private static async Task<Results<Ok<PlatformTenantView>, ProblemHttpResult>> Get(Guid id, PlatformTenants tenants, CancellationToken ct) =>
        await tenants.List(id, ct) is [var tenant] ? TypedResults.Ok(tenant) : Problems.NotFound("tenant");

    private static async Task<Results<Ok<PlatformTenantView>, ValidationProblem, ProblemHttpResult>> Patch(Guid id, PlatformTenantPatch patch, PlatformTenants tenants, CancellationToken ct) =>
        await tenants.Patch(id, patch, ct) switch
        {
            null => Problems.NotFound("tenant"),
            { Any: true } faults => Problems.Invalid(faults.Errors),
            _ => TypedResults.Ok((await tenants.List(id, ct))[0]),
        };
}
