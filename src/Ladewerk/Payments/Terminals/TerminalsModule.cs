using Ladewerk.Sessions.App;

namespace Ladewerk.Payments.Terminals;

/// <summary>Card readers at charge points.</summary>
internal static class TerminalsModule
{
    public static IServiceCollection AddTerminals(this IServiceCollection services)
    {
        services.AddScoped<IPaymentTerminals>(provider => provider.GetRequiredService<PaymentAccounts>());
        services.AddScoped<AtTheTerminal>().AddScoped<OpenOffer>().AddScoped<RegisterTerminal>().AddScoped<ChangeTerminal>().AddScoped<TerminalPoints>().AddScoped<FindTerminals>().AddScoped<LookAtTerminal>();
        return services.AddHostedService<TerminalWatch>().AddHostedService<TerminalWorker>();
    }
}
