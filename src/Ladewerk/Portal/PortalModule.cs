namespace Ladewerk.Portal;

/// <summary>The shell of the operator portal.</summary>
internal static class PortalModule
{
    public static IServiceCollection AddPortal(this IServiceCollection services)
    {
        services.AddHttpContextAccessor();
        services.AddRazorComponents();
        services.AddScoped<Reader>();
        return services;
    }

    /// <summary>Every page (components with @page); which permission it takes stands on the page.</summary>
    public static void MapPortal(this WebApplication app) => app.MapRazorComponents<App>();
}
