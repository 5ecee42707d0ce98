using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Access;

/// <summary>A key as the API shows it; its secret is never among it.</summary>
public sealed record ApiKeyView(
    ApiKeyId Id, string Name, string Hint, IReadOnlyList<string> Permissions, IReadOnlyList<Guid>? SiteIds, IReadOnlyList<Guid>? OrganisationIds, DateTimeOffset CreatedAt, string CreatedBy,
    DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt);

/// <summary>A wish for a key.</summary>
/// <param name="Permissions">Absent: those of the one who asks.</param>
/// <param name="SiteIds">It counts for these sites, and for the sites of <paramref name="OrganisationIds"/>; both absent: for the whole tenant.</param>
public sealed record NewApiKey(
    string Name, IReadOnlyList<string>? Permissions = null, DateTimeOffset? ExpiresAt = null, IReadOnlyList<Guid>? SiteIds = null, IReadOnlyList<Guid>? OrganisationIds = null)
{
    /// <summary>Whether it is for some sites only.</summary>
    internal bool IsLimited => SiteIds is { Count: > 0 } || OrganisationIds is { Count: > 0 };
}

/// <summary>A new key with its secret, which is shown this once.</summary>
public sealed record CreatedApiKey(ApiKeyView Key, string Secret);

/// <summary><c>/api-keys</c></summary>
internal static class ApiKeysApi
{
    public static void MapApiKeys(this RouteGroupBuilder api)
    {
        var keys = api.MapGroup("/api-keys").WithTags("API keys");
        keys.MapGet("/", List).RequirePermission(Permission.SettingsRead).WithSummary("The keys that are not revoked");
        keys.MapPost("/", Create).RequirePermission(Permission.SettingsWrite).WithSummary("Create a key; its secret is shown this once");
        keys.MapDelete("/{id:guid}", Delete).RequirePermission(Permission.SettingsWrite).WithSummary("Revoke a key at once");
    }

    private static async Task<Ok<Page<ApiKeyView>>> List(LadewerkDb db, CancellationToken ct)
    {
        var keys = await db.Set<ApiKey>().AsNoTracking().Where(k => k.RevokedAt == null).OrderBy(k => k.CreatedAt).ToListAsync(ct);
        return TypedResults.Ok(new Page<ApiKeyView>([.. keys.Select(View)], null));
    }

    private static async Task<Results<Created<CreatedApiKey>, ValidationProblem, ProblemHttpResult>> Create(
        NewApiKey request, HttpContext http, CreateApiKey create, CancellationToken ct)
    {
        if (await create.Check(request, ct) is { Count: > 0 } errors)
        {
            return Problems.Invalid(errors);
        }

        var permissions = request.Permissions ?? [.. Permission.All.Where(p => http.User.Can(p, null) && (!request.IsLimited || Permission.OfSites.Contains(p)))];
        if (permissions.FirstOrDefault(p => !http.User.Can(p, null)) is { } missing)
        {
            return Problems.Of(StatusCodes.Status403Forbidden, "forbidden", "A key cannot do more than the one who makes it.", missing);
        }

        var (key, secret) = await create.Run(request with { Permissions = permissions }, ct);
        return TypedResults.Created($"/api/v1/api-keys/{key.Id.Value}", new CreatedApiKey(View(key), secret));
    }

    /// <summary>Revokes a key at once; false where there is none.</summary>
    public static async Task<bool> Revoke(Guid id, LadewerkDb db, AuditLog audit, TimeProvider time, CancellationToken ct)
    {
        if (await db.Set<ApiKey>().SingleOrDefaultAsync(k => k.Id == new ApiKeyId(id) && k.RevokedAt == null, ct) is not { } key)
        {
            return false;
        }

        key.RevokedAt = time.GetUtcNow();
        audit.Record("apiKey.revoked", "apiKey", id.ToString(), before: View(key));
        await db.SaveChangesAsync(ct);
        return true;
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(Guid id, LadewerkDb db, AuditLog audit, TimeProvider time, CancellationToken ct) =>
        await Revoke(id, db, audit, time, ct) ? TypedResults.NoContent() : Problems.NotFound("API key");

    private static ApiKeyView View(ApiKey k) => new(k.Id, k.Name, k.Hint, k.Permissions, k.SiteIds, k.OrganisationIds, k.CreatedAt, k.CreatedBy, k.ExpiresAt, k.LastUsedAt);
}
