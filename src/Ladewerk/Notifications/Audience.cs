using Ladewerk.Access;
using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Notifications;

/// <summary>Somebody who is told something.</summary>
/// <param name="Id">Of the account; of the driver where there is none.</param>
/// <param name="HasAccount">Whether the feed and push reach them.</param>
/// <param name="Email">Null where none is known.</param>
/// <param name="Language">de or en.</param>
/// <param name="Sites">The sites of which they may hear; null: all.</param>
internal sealed record Person(Guid Id, bool HasAccount, string Name, string? Email, string Language, IReadOnlySet<Guid>? Sites = null);

/// <summary>Who is told.</summary>
internal sealed class Audience(NpgsqlDataSource data, Grants grants, TenantContext tenant)
{
    /// <summary>The operator's people who hold a permission, each with the sites for which he does.</summary>
    public async Task<IReadOnlyList<Person>> Holders(string permission, CancellationToken ct)
    {
        var accounts = await data.Rows(
            "select a.id, a.display_name, a.email, coalesce(a.locale, t.language) from account a join tenant t on t.id = a.tenant_id where a.tenant_id = $1 and a.disabled_at is null and a.role <> 'driver' order by a.id",
            row => new Person(row.GetGuid(0), true, row.GetString(1), row.GetString(2), row.GetString(3)),
            ct,
            tenant.Current.Value);
        var holders = new List<Person>();
        foreach (var account in accounts)
        {
            var may = Grants.Together(await grants.Of(account.Id, ct));
            if (may.HasClaim(Kernel.Http.Principal.PermissionClaim, permission))
            {
                holders.Add(account with { Sites = may.Limits.GetValueOrDefault(permission) });
            }
        }

        return holders;
    }

    /// <summary>A driver; null where he is gone.</summary>
    public Task<Person?> Driver(Guid driver, CancellationToken ct) => data.First(
        """
        select coalesce(a.id, d.id), a.id is not null, d.name, coalesce(a.email, d.email), coalesce(a.locale, d.locale)
        from driver d left join account a on a.id = d.account_id and a.tenant_id = d.tenant_id and a.disabled_at is null
        where d.tenant_id = $1 and d.id = $2 and d.status <> 'closed'
        """,
        row => new Person(row.GetGuid(0), row.GetBoolean(1), row.GetString(2), row.Get<string>(3), row.GetString(4)),
        ct,
        tenant.Current.Value,
        driver);

    /// <summary>Whether an account is a driver's.</summary>
    public async Task<bool> IsDriver(Guid account, CancellationToken ct) =>
        await data.First("select true from driver where tenant_id = $1 and account_id = $2 and status <> 'closed' limit 1", r => r.GetBoolean(0), ct, tenant.Current.Value, account);

    /// <summary>Somebody by the id under which messages are kept; null where he is gone.</summary>
    public Task<Person?> Find(Guid person, CancellationToken ct) => data.First(
        """
        select a.id, true, a.display_name, a.email, coalesce(a.locale, d.locale, t.language)
        from account a join tenant t on t.id = a.tenant_id left join driver d on d.account_id = a.id and d.tenant_id = a.tenant_id where a.tenant_id = $1 and a.id = $2 and a.disabled_at is null
        union all select id, false, name, email, locale from driver where tenant_id = $1 and id = $2 and status <> 'closed'
        """,
        row => new Person(row.GetGuid(0), row.GetBoolean(1), row.GetString(2), row.Get<string>(3), row.GetString(4)),
        ct,
        tenant.Current.Value,
        person);
}
