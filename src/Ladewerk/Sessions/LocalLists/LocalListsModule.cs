using Ladewerk.Drivers;
using Ladewerk.Kernel;

namespace Ladewerk.Sessions.LocalLists;

/// <summary>Local authorisation lists, kept in step.</summary>
internal static class LocalListsModule
{
    public static IServiceCollection AddLocalLists(this IServiceCollection services)
    {
        services.AddOptions<LocalListsOptions>().BindConfiguration("LocalLists")
            .Validate(o => o.Poll > TimeSpan.Zero && o.Retry > TimeSpan.Zero && o.Gather >= TimeSpan.Zero && o.Settle >= TimeSpan.Zero && o.AssumedCapacity > 0 && o.AssumedChunk > 0)
            .ValidateOnStart();
        services.AddSingleton<ListStore>().AddSingleton<WantedList>();
        services.AddScoped<SyncLocalList>().AddScoped<LocalListSettings>().AddScoped<FindLocalLists>();
        services.AddConsumer<IdTokensChanged, MarkListsDue>();
        return services.AddHostedService<LocalListWorker>();
    }
}
