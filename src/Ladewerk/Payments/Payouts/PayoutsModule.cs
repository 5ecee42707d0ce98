using Ladewerk.Billing;
using Ladewerk.Kernel;

namespace Ladewerk.Payments.Payouts;

/// <summary>What statements owe to hosts and employees, and how it is paid.</summary>
internal static class PayoutsModule
{
    public static IServiceCollection AddPayouts(this IServiceCollection services)
    {
        services.AddScoped<AdvancePayout>().AddScoped<DecidePayout>().AddScoped<FindPayouts>().AddScoped<HostAccounts>().AddScoped<PayoutMails>().AddScoped<PayoutEvents>().AddScoped<IBookedMovements, PayoutMovements>();
        services.AddConsumer<InvoiceIssued, StatementPayables>();
        services.AddSingleton<HostAccountWorker>().AddHostedService(provider => provider.GetRequiredService<HostAccountWorker>());
        return services.AddHostedService<PayoutWorker>();
    }
}
