using Ladewerk.Kernel;
using Ladewerk.Ocpp.V16;
using Ladewerk.Sessions;
using Ladewerk.Stations;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace Ladewerk.Ocpp;

/// <summary>The stations' side: WebSocket, protocol versions, commands.</summary>
internal static class OcppModule
{
    public static IServiceCollection AddOcpp(this IServiceCollection services)
    {
        services.AddOptions<OcppOptions>().BindConfiguration("Ocpp")
            .Configure<IConfiguration>((options, configuration) => options.Tenant = configuration["Ladewerk:Bootstrap:Tenant"] ?? options.Tenant)
            .Validate(o => o.CallTimeout > TimeSpan.Zero && o.HeartbeatInterval >= TimeSpan.FromSeconds(1))
            .ValidateOnStart();
        services.AddOptions<ProxyOptions>().BindConfiguration("Proxy").Validate(o => o.IsValid, "Proxy:Trusted holds addresses or networks such as 10.0.0.0/8.").ValidateOnStart();
        services.AddSingleton<FailedAttempts>();
        services.AddSingleton<Credentials>();
        services.AddSingleton<Admission>();
        services.AddSingleton<OcppEndpoint>();
        services.AddSingleton<V16Commands>();
        services.AddSingleton<IProtocol, V16Protocol>().AddSingleton<IStationAbilities, V16Abilities>();
        services.AddSingleton<Stations.Protocol.IConversationRules, ConversationRules>();
        services.AddSingleton(provider => new SocketServices(
            provider.GetRequiredService<GroupCommit>(),
            provider.GetRequiredService<SessionLoader>(),
            provider.GetRequiredService<SessionDirectory>(),
            provider.GetRequiredService<LiveFeed>(),
            new OutgoingCallOptions { Timeout = provider.GetRequiredService<IOptions<OcppOptions>>().Value.CallTimeout },
            provider.GetRequiredService<Tariffs.Market.MarketPrices>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<StationSocket>>()));
        services.AddHostedService<StationSweep>();
        return services;
    }

    /// <summary>Before routing: stations write their address in ways that no route template takes.</summary>
    public static void UseOcpp(this WebApplication app)
    {
        var endpoint = app.Services.GetRequiredService<OcppEndpoint>();
        app.Use((http, next) =>
        {
            if (StationAddress.IsOcpp(http.Features.Get<IHttpRequestFeature>()!.RawTarget))
            {
                return endpoint.Accept(http);
            }

            if (TlsConnection.IsForStationsOnly(http))
            {
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }

            return next(http);
        });
    }
}
