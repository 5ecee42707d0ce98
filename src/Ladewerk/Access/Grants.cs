using System.Collections.Concurrent;
using System.Security.Claims;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Authentication;
using Npgsql;

namespace Ladewerk.Access;

/// <summary>A role that an account holds.</summary>
/// <param name="BuiltIn">Null for a role of the operator's own.</param>
/// <param name="Name">Of a role of the operator's own.</param>
/// <param name="Permissions">What it allows.</param>
/// <param name="Sites">The sites for which it counts; null: the whole tenant.</param>
internal sealed record Grant(Role? BuiltIn, string? Name, IReadOnlyList<string> Permissions, IReadOnlySet<Guid>? Sites);

/// <summary>What accounts may do: read from the database, kept for moments, so that a change counts almost at once on every node.</summary>
internal sealed class Grants(NpgsqlDataSource data, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(3);
    private const int MostKept = 10_000;

    private const string Sql = """
        select a.built_in, r.name, r.permissions, a.scope,
          case a.scope when 'site' then array[a.site_id] when 'organisation' then array(select s.id from site s where s.organisation_id = a.organisation_id) end
        from role_assignment a left join own_role r on r.id = a.own_role_id
        where a.account_id = $1 and exists (select from tenant t where t.id = a.tenant_id and t.suspended_at is null) order by a.created_at, a.id
        """;

    private readonly ConcurrentDictionary<Guid, (DateTimeOffset At, IReadOnlyList<Grant> Grants)> known = new();

    /// <summary>The roles of an account.</summary>
    public async Task<IReadOnlyList<Grant>> Of(Guid account, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (known.TryGetValue(account, out var kept) && (now - kept.At).Duration() < Kept)
        {
            return kept.Grants;
        }

        if (known.Count >= MostKept)
        {
            known.Clear();
        }

        var grants = await data.Rows(Sql, Read, ct, account);
        known[account] = (now, grants);
        return grants;
    }

    /// <summary>Forgets what was read: something has changed here.</summary>
    public void Forget() => known.Clear();

    /// <summary>The permissions of these roles together.</summary>
    public static PermissionIdentity Together(IReadOnlyList<Grant> grants)
    {
        var limits = new Dictionary<string, IReadOnlySet<Guid>>(StringComparer.Ordinal);
        var whole = grants.Where(g => g.Sites is null).SelectMany(g => g.Permissions).ToHashSet(StringComparer.Ordinal);
        foreach (var grant in grants.Where(g => g.Sites is not null))
        {
            foreach (var permission in grant.Permissions.Where(p => Permission.OfSites.Contains(p) && !whole.Contains(p)))
            {
                limits[permission] = limits.TryGetValue(permission, out var others) ? others.Union(grant.Sites!).ToHashSet() : grant.Sites!;
            }
        }

        return new PermissionIdentity(whole.Concat(limits.Keys), limits);
    }

    private static Grant Read(NpgsqlDataReader row)
    {
        Role? role = row.Get<string>(0) is { } name ? Enum.Parse<Role>(name, ignoreCase: true) : null;
        var permissions = role is { } builtIn ? Roles.PermissionsOf(builtIn) : row.Get<string[]>(2) ?? [];
        return new Grant(role, row.Get<string>(1), permissions, row.GetString(3) is "platform" or "tenant" ? null : row.Get<Guid[]>(4)?.ToHashSet() ?? []);
    }
}

/// <summary>Gives a signed-in account what its roles of now allow: a changed role needs no new sign-in.</summary>
internal sealed class GrantsOfAccount(Grants grants) : IClaimsTransformation
{
    public async Task<ClaimsPrincipal> TransformAsync(ClaimsPrincipal principal)
    {
        if (principal.Tenant() is null || principal.Identities.OfType<PermissionIdentity>().Any() || !Guid.TryParse(principal.FindFirstValue(ClaimTypes.NameIdentifier), out var account))
        {
            return principal;
        }

        var held = await grants.Of(account, CancellationToken.None);
        var identity = Grants.Together(held);
        if (held.OrderBy(g => g.BuiltIn ?? Role.Driver).ThenBy(g => g.BuiltIn is null ? 0 : 1).FirstOrDefault() is { } first)
        {
            identity.AddClaim(new(Principal.RoleClaim, first.Name ?? first.BuiltIn.ToString()!));
        }

        principal = principal.Clone();
        principal.AddIdentity(identity);
        return principal;
    }
}
