using Ladewerk.Payments.App;
using Ladewerk.Sessions.App;

namespace Ladewerk.Payments.Terminals;

/// <summary>Card readers at charge points.</summary>
internal static class TerminalsModule
{
    public static IServiceCollection AddTerminals(this IServiceCollection services)
    {
        services.AddScoped<IPaymentTerminals>(provider => provider.GetRequiredService<PaymentAccounts>());
        services.AddScoped<AtTheTerminal>().AddScoped<OpenOffer>().AddScoped<RegisterTerminal>().AddScoped<ChangeTerminal>().AddScoped<TerminalPoints>().AddScoped<FindTerminals>().AddScoped<LookAtTerminal>();
        services.AddScoped<FindCardReceipt>().AddScoped<GiveUpOffer>();
        services.AddSingleton(new GuestWay(15, typeof(TerminalWay), (scope, ct) => scope.GetRequiredService<PaymentAccounts>().TakesCards(ct))).AddSingleton(new GuestFoot(typeof(CardReceiptLink)));
        return services.AddHostedService<TerminalWatch>().AddHostedService<TerminalWorker>();
    }
}
