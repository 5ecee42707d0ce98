using Ladewerk.Access;
using Ladewerk.Drivers.Badges;
using Ladewerk.Drivers.Contracts;
using Ladewerk.Drivers.Import;
using Ladewerk.Drivers.Privacy;
using Ladewerk.Drivers.Privacy.App;
using Ladewerk.Drivers.Registration;
using Ladewerk.Drivers.Registration.App;
using Ladewerk.Kernel;

namespace Ladewerk.Drivers;

/// <summary>Drivers, id tokens, billing accounts.</summary>
internal static class DriversModule
{
    public static IServiceCollection AddDrivers(this IServiceCollection services)
    {
        services.AddScoped<SaveIdToken>().AddScoped<SaveDriver>().AddScoped<SaveBillingAccount>().AddScoped<CurrentDriver>().AddScoped<DriverChoice>();
        services.AddScoped<Imports>().AddScoped<PeopleExport>().AddSingleton<ImportSteps>();
        services.AddSingleton<ImportWorker>().AddHostedService(s => s.GetRequiredService<ImportWorker>());
        services.AddScoped<RegisterDriver>().AddScoped<Admission>().AddScoped<Invitations>().AddScoped<SaveRules>().AddScoped<RegisterPages.Scope>();
        services.AddScoped<CloseDriver>().AddScoped<ErasePerson>().AddScoped<ExportPerson>();
        services.AddSingleton<ErasureWorker>().AddHostedService(s => s.GetRequiredService<ErasureWorker>());
        services.AddPrivacyPages();
        services.AddConsumer<AccountVerified, AdmitVerified>();
        return services.AddBadges().AddContracts();
    }
}
