using Ladewerk.Kernel;
using Ladewerk.Sessions.Limits;
using Ladewerk.Sessions.LocalLists;
using Ladewerk.Sessions.Reservations;
using Ladewerk.Stations;
namespace Ladewerk.Sessions;

/// <summary>Authorisation, charging sessions, metering.</summary>
internal static class SessionsModule
{
    public static IServiceCollection AddSessions(this IServiceCollection services)
    {
        services.AddSingleton<TokenReader>();
        services.AddSingleton<Authorise>();
        services.AddSingleton<TransactionIds>();
        services.AddSingleton<SessionLoader>();
        services.AddSingleton<SessionDirectory>();
        services.AddHostedService(provider => provider.GetRequiredService<SessionDirectory>());
        services.AddSingleton<Kernel.ILiveSnapshot>(provider => provider.GetRequiredService<SessionDirectory>());
        services.AddSingleton<StartSession>();
        services.AddSingleton<RecordSamples>();
        services.AddSingleton<ChangePhase>();
        services.AddSingleton<EndSession>();
        services.AddScoped<Tariffs.ITariffPlaces, TariffPlaces>();
        services.AddScoped<Drivers.Privacy.IHoldsPerson, HoldsRunningSessions>();
        services.AddScoped<BadgeContract>().AddScoped<PricingFacts>().AddScoped<PriceSession>().AddScoped<ReplayTariff>().AddScoped<SessionPlaces>().AddScoped<SessionViews>().AddScoped<FindSessions>().AddScoped<FindSamples>().AddScoped<ReviewSession>();
        services.AddReservations().AddLocalLists();
        services.AddScoped<IRunningTransactions, RunningTransactions>();
        services.AddSingleton(new PartitionedTable("meter_sample", Monthly: true, Ahead: 3, Retention: null));
        services.AddLimits();
        return services;
    }
}
