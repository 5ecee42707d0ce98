using Ladewerk.Kernel.Branding;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Mail;
using Ladewerk.Kernel.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Ladewerk.Kernel;

/// <summary>Database, tenancy, outbox, group commit and live feed.</summary>
internal static class KernelModule
{
    public static IServiceCollection AddKernel(this IServiceCollection services, string connectionString)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(new Random());
        services.AddSingleton(_ => DataSource(connectionString));
        services.AddScoped<TenantContext>();
        services.AddScoped<Actor>();
        services.AddScoped<AuditLog>();
        services.AddSingleton<Texts>();
        services.AddSingleton<WebAssets>();
        services.AddSingleton<BrandReader>().AddSingleton<TenantModules>();
        services.AddDbContext<LadewerkDb>((provider, options) => options.UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>().CreateConnection(), contextOwnsConnection: true).AddInterceptors(SiteScope.ModelConnections.Instance));
        services.AddSingleton<Migrator>();
        services.AddSingleton<LiveFeed>();
        services.AddHostedService<Partitions>();
        services.AddMail();

        services.AddOptions<GroupCommitOptions>().BindConfiguration("GroupCommit").Validate(o => o.Writers > 0 && o.MaxBatch > 0).ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<GroupCommitOptions>>().Value);
        services.AddSingleton<GroupCommit>();
        services.AddHostedService(provider => provider.GetRequiredService<GroupCommit>());

        services.AddOptions<OutboxOptions>().BindConfiguration("Outbox").ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<OutboxOptions>>().Value);
        services.AddSingleton(provider =>
        {
            var table = new ConsumerTable();
            foreach (var register in provider.GetServices<Action<ConsumerTable>>())
            {
                register(table);
            }

            return table;
        });
        services.AddSingleton<OutboxDispatcher>();
        services.AddHostedService(provider => provider.GetRequiredService<OutboxDispatcher>());
        return services;
    }

    /// <summary>Statements that come again are prepared by themselves: the hot path's are parsed and planned once for each connection.</summary>
    private static NpgsqlDataSource DataSource(string connectionString)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.ConnectionStringBuilder.MaxAutoPrepare = 100;
        builder.ConnectionStringBuilder.AutoPrepareMinUsages = 2;
        builder.ConnectionStringBuilder.WriteBufferSize = 64 * 1024; // a batch is some hundred kilobytes
        return builder.Build();
    }

    public static void MapHealth(this WebApplication app)
    {
        app.MapGet("/health/live", () => Results.Text("ok")).AllowAnonymous();
        app.MapGet("/health/ready", Ready).AllowAnonymous();
    }

    private static async Task<IResult> Ready(NpgsqlDataSource dataSource, GroupCommit commits, CancellationToken ct)
    {
        try
        {
            await using var probe = dataSource.CreateCommand("select 1");
            await probe.ExecuteScalarAsync(ct);
        }
        catch (NpgsqlException)
        {
            return Results.Text("database unreachable", statusCode: StatusCodes.Status503ServiceUnavailable);
        }

        return commits.IsHealthy ? Results.Text("ready") : Results.Text("commits are waiting", statusCode: StatusCodes.Status503ServiceUnavailable);
    }
}
