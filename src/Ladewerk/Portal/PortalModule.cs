using Microsoft.AspNetCore.Routing;

namespace Ladewerk.Portal;

/// <summary>The shell of the operator portal.</summary>
internal static class PortalModule
{
    public static IServiceCollection AddPortal(this IServiceCollection services)
    {
        services.AddHttpContextAccessor();
        services.AddRazorComponents();
        services.AddScoped<Reader>();
        services.Insert(0, ServiceDescriptor.Singleton<IProblemDetailsWriter, PortalProblems>()); // before the one that writes JSON
        return services;
    }

    /// <summary>Every page (components with @page); which permission it takes stands on the page. Pages only read: what a form writes has a route of its own.</summary>
    public static void MapPortal(this WebApplication app) => app.MapRazorComponents<App>().Add(page =>
    {
        foreach (var methods in page.Metadata.OfType<HttpMethodMetadata>().ToList())
        {
            page.Metadata.Remove(methods);
            page.Metadata.Add(new HttpMethodMetadata([HttpMethods.Get]));
        }
    });
}
