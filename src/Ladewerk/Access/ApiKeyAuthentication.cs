using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Ladewerk.Access;

/// <summary><c>Authorization: Bearer lwk_...</c></summary>
internal sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, NpgsqlDataSource database, TimeProvider time)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "ApiKey";
    private const string Bearer = "Bearer ";

    private const string FindSql = """
        select id, tenant_id, name, secret_hash, permissions, last_used_at,
          case when site_ids is not null or organisation_ids is not null then
            array(select s.id from site s where s.tenant_id = k.tenant_id and (s.id = any (k.site_ids) or s.organisation_id = any (k.organisation_ids))) end
        from api_key k where secret_hash = $1 and revoked_at is null and (expires_at is null or expires_at > $2)
          and exists (select from tenant t where t.id = k.tenant_id and t.suspended_at is null)
        """;

    /// <summary>Whether the request brings a key, whatever it is worth.</summary>
    public static bool IsUsedBy(HttpRequest request) => request.Headers.Authorization.ToString().StartsWith(Bearer, StringComparison.OrdinalIgnoreCase);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!IsUsedBy(Request))
        {
            return AuthenticateResult.NoResult();
        }

        var hash = ApiKey.Hash(Request.Headers.Authorization.ToString()[Bearer.Length..].Trim());
        var found = await Find(hash);
        if (found is not { } key || !CryptographicOperations.FixedTimeEquals(key.Hash, hash))
        {
            return AuthenticateResult.Fail("No such key.");
        }

        await Touch(key);
        var identity = new ClaimsIdentity(SchemeName, ClaimTypes.Name, Principal.RoleClaim);
        identity.AddClaim(new(ClaimTypes.NameIdentifier, key.Id.ToString()));
        identity.AddClaim(new(ClaimTypes.Name, key.Name));
        identity.AddClaim(new(Principal.TenantClaim, key.Tenant.ToString()));
        var permissions = Grants.Together([new Grant(null, key.Name, key.Permissions, key.Sites?.ToHashSet())]);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal([identity, permissions]), SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.Of(StatusCodes.Status401Unauthorized, "unauthenticated", "The API key is unknown, expired or revoked.").ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Problems.Of(StatusCodes.Status403Forbidden, "forbidden", "The API key lacks the permission for this.").ExecuteAsync(Context);

    private async Task<Found?> Find(byte[] hash)
    {
        await using var command = database.CreateCommand(FindSql);
        command.Parameters.Add(new() { Value = hash });
        command.Parameters.Add(new() { Value = time.GetUtcNow() });
        await using var reader = await command.ExecuteReaderAsync(Context.RequestAborted);
        return await reader.ReadAsync(Context.RequestAborted)
            ? new Found(
                reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2), reader.GetFieldValue<byte[]>(3), reader.GetFieldValue<string[]>(4),
                reader.IsDBNull(5) ? null : reader.GetFieldValue<DateTimeOffset>(5), reader.IsDBNull(6) ? null : reader.GetFieldValue<Guid[]>(6))
            : null;
    }

    /// <summary>Notes the use, at most once a minute.</summary>
    private async Task Touch(Found key)
    {
        var now = time.GetUtcNow();
        if (key.LastUsed is { } last && now - last < TimeSpan.FromMinutes(1))
        {
            return;
        }

        await using var command = database.CreateCommand("update api_key set last_used_at = $2 where id = $1");
        command.Parameters.Add(new() { Value = key.Id });
        command.Parameters.Add(new() { Value = now });
        await command.ExecuteNonQueryAsync(Context.RequestAborted);
    }

    private readonly record struct Found(Guid Id, Guid Tenant, string Name, byte[] Hash, string[] Permissions, DateTimeOffset? LastUsed, Guid[]? Sites);
}
