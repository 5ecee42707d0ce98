using Ladewerk.Drivers.Vehicles;
using Ladewerk.Drivers.Vouchers;
using Ladewerk.Drivers.Vouchers.Portal;

namespace Ladewerk.Drivers.Contracts;

/// <summary>Contracts, vehicles, vouchers and guest codes.</summary>
internal static class ContractsModule
{
    public static IServiceCollection AddContracts(this IServiceCollection services) => services
        .AddScoped<FindContracts>().AddScoped<SaveContract>().AddScoped<SaveVehicle>().AddScoped<Reimbursements>()
        .AddSingleton<CodeBook>().AddSingleton<CodeAttempts>().AddSingleton<CodeAccounts>().AddScoped<MakeCodes>().AddScoped<FindCodes>().AddScoped<CodeSlips>().AddScoped<RedeemCode>().AddScoped<PaidStarts>();
}
