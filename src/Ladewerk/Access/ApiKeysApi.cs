using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Access;

/// <summary>A key as the API shows it; its secret is never among it.</summary>
public sealed record ApiKeyView(
    ApiKeyId Id, string Name, string Hint, IReadOnlyList<string> Permissions, DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt);

/// <summary>A wish for a key. No permissions given: those of the one who asks.</summary>
public sealed record NewApiKey(string Name, IReadOnlyList<string>? Permissions = null, DateTimeOffset? ExpiresAt = null);

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
        if (create.Check(request) is { Count: > 0 } errors)
        {
            return Problems.Invalid(errors);
        }

        var permissions = request.Permissions ?? [.. Permission.All.Where(http.User.Can)];
        if (permissions.FirstOrDefault(p => !http.User.Can(p)) is { } missing)
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

    private static ApiKeyView View(ApiKey k) => new(k.Id, k.Name, k.Hint, k.Permissions, k.CreatedAt, k.CreatedBy, k.ExpiresAt, k.LastUsedAt);
}
