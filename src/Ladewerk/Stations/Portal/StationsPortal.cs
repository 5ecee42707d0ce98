using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Portal;
using Npgsql;

namespace Ladewerk.Stations.Portal;

/// <summary>The operator's pages of stations: navigation, search, and what their forms do.</summary>
internal static class StationsPortal
{
    public static IServiceCollection AddStationsPortal(this IServiceCollection services)
    {
        services.AddSingleton(new NavEntry(NavGroup.Operations, 10, "charging-pile", "stations.title", "/portal/stations", Permission.StationsRead)
        {
            Tab = 2,
            TabText = "stations.tab.short",
            Count = Count,
        });
        services.AddScoped<ISearchSource, StationSearch>();
        services.AddSingleton(new StationTab(35, "profiles", "stations.tab.profiles", Permission.StationsRead) { Module = Module.SmartCharging });
        return services;
    }

    private static Task<long> Count(IServiceProvider services, CancellationToken ct) => services.GetRequiredService<NpgsqlDataSource>().First(
        "select count(*) from charging_station where tenant_id = $1 and removed_at is null", r => r.GetInt64(0), ct, services.GetRequiredService<TenantContext>().Current.Value);
}

/// <summary>Finds stations by identity, name, serial number or EVSE-ID.</summary>
internal sealed class StationSearch(NpgsqlDataSource data, TenantContext tenant) : ISearchSource
{
    public string Permission => Kernel.Http.Permission.StationsRead;

    public async Task<IReadOnlyList<SearchHit>> Find(string text, CancellationToken ct) => await data.Rows(
        """
        select s.identity, coalesce(s.name, s.identity), concat_ws(' · ', t.name, nullif(concat_ws(' ', s.vendor, s.model), ''), s.serial_number)
        from charging_station s left join site t on t.id = s.site_id
        where s.tenant_id = $1 and s.removed_at is null
          and (s.identity ilike $2 or s.name ilike $2 or s.serial_number ilike $2 or exists (select 1 from evse e where e.station_id = s.id and e.evse_id ilike $2))
        order by s.identity limit 10
        """,
        r => new SearchHit("charging-pile", r.GetString(1), r.Get<string>(2) ?? "", Link.Station(r.GetString(0))),
        ct,
        tenant.Current.Value,
        $"%{text}%");
}
