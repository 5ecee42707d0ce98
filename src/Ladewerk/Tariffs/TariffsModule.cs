namespace Ladewerk.Tariffs;

/// <summary>Tariff versions, assignments, pricing.</summary>
internal static class TariffsModule
{
    public static IServiceCollection AddTariffs(this IServiceCollection services)
    {
        services.AddSingleton<TariffResolver>();
        return services;
    }
}
