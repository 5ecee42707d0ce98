using Ladewerk.Tariffs.Market;

namespace Ladewerk.Tariffs;

/// <summary>Tariffs: model, versions, assignments, prices.</summary>
internal static class TariffsModule
{
    public static IServiceCollection AddTariffs(this IServiceCollection services)
    {
        services.AddSingleton<TariffResolver>();
        services.AddScoped<SaveTariff>();
        services.AddScoped<AssignTariff>();
        services.AddScoped<TariffList>();
        services.AddSingleton<MarketPrices>().AddScoped<SaveMarketFeed>();
        services.AddSingleton<MarketFeedWorker>().AddHostedService(s => s.GetRequiredService<MarketFeedWorker>());
        return services;
    }
}
