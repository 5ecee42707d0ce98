using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Access;

/// <summary>The organisations and sites for which a role or key may count, by name.</summary>
internal sealed class ScopePlaces(NpgsqlDataSource data, TenantContext tenant)
{
    public Task<List<(Guid Id, string Name)>> Organisations(CancellationToken ct) => Names("organisation", ct);

    public Task<List<(Guid Id, string Name)>> Sites(CancellationToken ct) => Names("site", ct);

    private Task<List<(Guid Id, string Name)>> Names(string table, CancellationToken ct) =>
        data.Rows($"select id, name from {table} where tenant_id = $1 order by lower(name)", r => (r.GetGuid(0), r.GetString(1)), ct, tenant.Current.Value);
}
