using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;

namespace Ladewerk.Access.Tenants;

/// <summary>The one place that refuses what belongs to a module that the operator does not have. Stands after the permissions: who may not come in anyway learns nothing of modules.</summary>
internal static class ModuleGate
{
    public static IApplicationBuilder UseModules(this IApplicationBuilder app) => app.Use(async (http, next) =>
    {
        if (http.GetEndpoint()?.Metadata.GetOrderedMetadata<OfModuleAttribute>() is { Count: > 0 } wanted && http.RequestServices.GetRequiredService<TenantContext>() is { IsSet: true } tenant)
        {
            var modules = await http.RequestServices.GetRequiredService<TenantModules>().Of(tenant.Current, http.RequestAborted);
            if (wanted.FirstOrDefault(w => !modules.Contains(w.Module, StringComparer.Ordinal)) is { Module: var off })
            {
                await Problems.Of(
                    StatusCodes.Status404NotFound, "module-off", "This module is switched off.", $"The operator does not have the module {off}. Who runs the installation can switch it on; nothing was lost meanwhile.",
                    new Dictionary<string, object?>(StringComparer.Ordinal) { ["module"] = off }).ExecuteAsync(http);
                return;
            }
        }

        await next(http);
    });
}
