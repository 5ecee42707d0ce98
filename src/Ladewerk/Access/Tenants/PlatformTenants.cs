using System.Text.RegularExpressions;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Branding;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Access.Tenants;

/// <summary>Makes, changes and suspends the operators of the installation.</summary>
internal sealed partial class PlatformTenants(LadewerkDb db, NpgsqlDataSource data, TenantContext own, Actor actor, AuditLog audit, Grants grants, BrandReader brands, TenantModules modules, IServiceScopeFactory scopes, TimeProvider time)
{
    /// <summary>Charge points of the plan <c>base</c>.</summary>
    public const int BaseLimit = 20;

    public static readonly string[] Plans = ["base", "unlimited"];

    public static readonly string[] Modules = [.. Module.All];

    private const string ListSql = """
        select t.id, t.slug, t.name, t.country, t.currency, t.time_zone, t.language, t.plan, t.charge_point_limit, t.modules, t.suspended_at is not null,
          (select count(*) from charging_station s where s.tenant_id = t.id and s.removed_at is null), (select count(*) from account a where a.tenant_id = t.id and a.role <> 'driver'), t.created_at
        from tenant t where $1::uuid is null or t.id = $1 order by lower(t.name), t.id
        """;

    public async Task<IReadOnlyList<PlatformTenantView>> List(Guid? only, CancellationToken ct) => await data.Rows(
        ListSql,
        r => new PlatformTenantView(
            new TenantId(r.GetGuid(0)), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetString(5), r.GetString(6), r.GetString(7), r.Maybe<int>(8), r.GetFieldValue<string[]>(9), r.GetBoolean(10),
            r.GetInt64(11), r.GetInt64(12), r.GetFieldValue<DateTimeOffset>(13)),
        ct,
        only);

    /// <summary>The operator with its first administrator, who gets an invitation; or what is wrong by field.</summary>
    public async Task<(TenantId? Made, Faults Faults)> Create(NewTenant wish, CancellationToken ct)
    {
        var tenant = new Tenant
        {
            Slug = wish.Slug?.Trim() ?? "", Name = wish.Name?.Trim() ?? "", Country = wish.Country ?? "DE", Currency = wish.Currency ?? "EUR", TimeZone = wish.TimeZone ?? "Europe/Berlin",
            Language = wish.Language ?? "de", Plan = wish.Plan, ChargePointLimit = wish.ChargePointLimit ?? LimitOf(wish.Plan), Modules = [.. wish.Modules ?? ["base", "billing"]], CreatedAt = time.GetUtcNow(),
        };
        var faults = Check(tenant).Unless(Slug().IsMatch(tenant.Slug), "slug", "Lower-case letters, digits and hyphens, at most 63.").Email("adminEmail", wish.AdminEmail)
            .Unless(!string.IsNullOrWhiteSpace(wish.AdminEmail), "adminEmail", "Not an e-mail address.");
        if (!faults.Any && await db.Set<Tenant>().AnyAsync(t => t.Slug == tenant.Slug, ct))
        {
            faults.Add("slug", "There already is one of this name.");
        }

        if (faults.Any)
        {
            return (null, faults);
        }

        db.Add(tenant);
        audit.Record("tenant.created", "tenant", tenant.Slug, after: Told(tenant));
        await db.SaveChangesAsync(ct);
        faults.AddRange((await Invite(tenant, wish, ct)).Errors.ToDictionary(e => e.Key == "email" ? "adminEmail" : "adminName", e => e.Value, StringComparer.Ordinal));
        if (faults.Any)
        {
            db.Remove(tenant); // without an administrator nobody could use it
            await db.SaveChangesAsync(ct);
        }

        return (faults.Any ? null : tenant.Id, faults);
    }

    /// <summary>What is wrong with the change; null where there is no such operator.</summary>
    public async Task<Faults?> Patch(Guid id, PlatformTenantPatch patch, CancellationToken ct)
    {
        if (await db.Set<Tenant>().SingleOrDefaultAsync(t => t.Id == new TenantId(id), ct) is not { } tenant)
        {
            return null;
        }

        var before = Told(tenant);
        tenant.Name = patch.Name?.Trim() ?? tenant.Name;
        if (patch.Plan is { } plan && plan != tenant.Plan)
        {
            (tenant.Plan, tenant.ChargePointLimit) = (plan, LimitOf(plan));
        }

        tenant.ChargePointLimit = patch.ChargePointLimit.Or(tenant.ChargePointLimit);
        tenant.Modules = patch.Modules is { } wished ? [.. wished] : tenant.Modules;
        tenant.SuspendedAt = patch.Suspended switch { true => tenant.SuspendedAt ?? time.GetUtcNow(), false => null, null => tenant.SuspendedAt };
        var faults = Check(tenant).Unless(tenant.SuspendedAt is null || tenant.Id != own.Current, "suspended", "Nobody suspends his own operator.");
        if (!faults.Any)
        {
            audit.Record("tenant.changed", "tenant", tenant.Slug, before, Told(tenant));
            await db.SaveChangesAsync(ct);
            grants.Forget();
            brands.Forget(tenant.Id);
            modules.Forget();
        }

        return faults;
    }

    /// <summary>The first administrator is of the new operator: made in a scope of its own.</summary>
    private async Task<Faults> Invite(Tenant tenant, NewTenant wish, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(tenant.Id);
        scope.ServiceProvider.GetRequiredService<Actor>().Use("system", actor.Name, null);
        var name = string.IsNullOrWhiteSpace(wish.AdminName) ? wish.AdminEmail : wish.AdminName;
        return (await scope.ServiceProvider.GetRequiredService<InviteAccount>().Run(new Invitation(wish.AdminEmail, name, Role.OperatorAdmin, tenant.Language), ct)).Faults;
    }

    private static int? LimitOf(string plan) => plan == "base" ? BaseLimit : null;

    private static Faults Check(Tenant t) => new Faults().Text("name", t.Name).Country("country", t.Country).TimeZone("timeZone", t.TimeZone)
        .Unless(t.Language is "de" or "en", "language", "de or en.").Unless(Currency().IsMatch(t.Currency), "currency", "Three capital letters.")
        .Unless(Plans.Contains(t.Plan), "plan", "base or unlimited.").Unless(t.ChargePointLimit is null or > 0, "chargePointLimit", "1 or more.")
        .Unless(t.Modules.All(Modules.Contains) && t.Modules.Contains(Module.Base), "modules", $"base, and of: {string.Join(", ", Modules)}.");

    private static object Told(Tenant t) => new { t.Slug, t.Name, t.Plan, t.ChargePointLimit, t.Modules, Suspended = t.SuspendedAt is not null };

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,62}$", RegexOptions.NonBacktracking)]
    private static partial Regex Slug();

    [GeneratedRegex("^[A-Z]{3}$", RegexOptions.NonBacktracking)]
    private static partial Regex Currency();
}
