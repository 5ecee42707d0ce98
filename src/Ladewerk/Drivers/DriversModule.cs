using Ladewerk.Drivers.Import;

namespace Ladewerk.Drivers;

/// <summary>Drivers, id tokens, billing accounts.</summary>
internal static class DriversModule
{
    public static IServiceCollection AddDrivers(this IServiceCollection services)
    {
        services.AddScoped<SaveIdToken>().AddScoped<SaveDriver>().AddScoped<SaveBillingAccount>().AddScoped<CurrentDriver>();
        services.AddScoped<Imports>().AddScoped<PeopleExport>().AddSingleton<ImportSteps>();
        services.AddSingleton<ImportWorker>().AddHostedService(s => s.GetRequiredService<ImportWorker>());
        return services;
    }
}
