using Ladewerk.Access;
using Ladewerk.Drivers.Contracts;
using Ladewerk.Drivers.Import;
using Ladewerk.Drivers.Registration;
using Ladewerk.Drivers.Registration.App;
using Ladewerk.Kernel;

namespace Ladewerk.Drivers;

/// <summary>Drivers, id tokens, billing accounts.</summary>
internal static class DriversModule
{
    public static IServiceCollection AddDrivers(this IServiceCollection services)
    {
        services.AddScoped<SaveIdToken>().AddScoped<SaveDriver>().AddScoped<SaveBillingAccount>().AddScoped<CurrentDriver>();
        services.AddScoped<Imports>().AddScoped<PeopleExport>().AddSingleton<ImportSteps>();
        services.AddSingleton<ImportWorker>().AddHostedService(s => s.GetRequiredService<ImportWorker>());
        services.AddScoped<RegisterDriver>().AddScoped<Admission>().AddScoped<Invitations>().AddScoped<SaveRules>().AddScoped<RegisterPages.Scope>();
        services.AddConsumer<AccountVerified, AdmitVerified>();
        return services.AddContracts();
    }
}
