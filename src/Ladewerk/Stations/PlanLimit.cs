using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Stations;

/// <summary>How many stations the operator's plan still allows. That it is kept to is the database's, whatever way a station comes.</summary>
internal sealed class PlanLimit(NpgsqlDataSource data, TenantContext tenant)
{
    /// <summary>The plan's limit where fewer than <paramref name="more"/> stations have room in it; null: there is room.</summary>
    public async Task<int?> Beyond(int more, CancellationToken ct)
    {
        // Of the whole operator, whatever sites the request is limited to.
        await using var command = data.CreateCommand("""
            select t.charge_point_limit from tenant t
            where t.id = $1 and t.charge_point_limit < $2 + (select count(*) from charging_station s where s.tenant_id = t.id and s.removed_at is null)
            """);
        command.Parameters.Add(new() { Value = tenant.Current.Value });
        command.Parameters.Add(new() { Value = more });
        return await command.ExecuteScalarAsync(ct) is int limit ? limit : null;
    }
}
