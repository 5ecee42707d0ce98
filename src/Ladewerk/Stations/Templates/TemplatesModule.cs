using Ladewerk.Stations.Jobs;

namespace Ladewerk.Stations.Templates;

/// <summary>Station templates and configuration.</summary>
internal static class TemplatesModule
{
    public static IServiceCollection AddTemplates(this IServiceCollection services)
    {
        services.AddOptions<TemplateOptions>().BindConfiguration("Templates").Validate(o => o.Parallel > 0 && o.Poll > TimeSpan.Zero && o.Settle >= TimeSpan.Zero).ValidateOnStart();
        services.AddHostedService<TemplateSweep>();
        services.AddSingleton<KnownTemplates>();
        services.AddScoped<TemplateLibrary>().AddScoped<SaveTemplate>().AddScoped<ApplyConfiguration>().AddScoped<FollowTemplate>();
        return services.AddScoped<IJobWork, ApplyTemplateWork>().AddScoped<IJobWork, SetKeysWork>();
    }
}
