using Ladewerk.Eichrecht;
using Ladewerk.Kernel;
using Ladewerk.Sessions;

namespace Ladewerk.Receipts;

/// <summary>Signed meter values: kept, judged, shown to drivers and to the authority.</summary>
internal static class ReceiptsModule
{
    public static IServiceCollection AddReceipts(this IServiceCollection services)
    {
        services.AddScoped<ReadEvidence>().AddScoped<JudgeSession>().AddScoped<TransparencyOf>().AddScoped<ExportRecords>().AddScoped<RememberKey>().AddScoped<DecideKey>().AddScoped<SaveMeter>().AddScoped<FindMeters>();
        services.AddScoped<ReceiptLinks>().AddScoped<ISessionReceipts>(provider => provider.GetRequiredService<ReceiptLinks>());
        services.AddConsumer<MeterKeyReported, RememberKey>();
        services.AddConsumer<StraySignedValue, JudgeAgain>();
        services.AddHostedService<CurveCheck>();
        return services;
    }
}

/// <summary>Says at start on which curves this machine's cryptography library cannot verify.</summary>
internal sealed partial class CurveCheck(ILogger<CurveCheck> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (MeterCurve.SelfTest() is { Count: > 0 } missing)
        {
            LogMissing(string.Join(", ", missing.Select(c => c.Name)));
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Error, "This machine cannot verify signatures on {Curves}: signed meter values of such meters are not proven here")]
    private partial void LogMissing(string curves);
}
