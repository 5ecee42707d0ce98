using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Routing;

namespace Ladewerk; // here, so that the whole host maps its routes by these and not by the framework's

/// <summary>
/// Maps handlers as ASP.NET Core does, except that a handler is compiled when it is first called: the host has hundreds, and starts in half the time.
/// Parameters and metadata are still read, and bad ones refused, at the start.
/// </summary>
internal static class RouteHandlers
{
    public static RouteHandlerBuilder MapGet(this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern, Delegate handler) => Map(endpoints, pattern, HttpMethods.Get, handler);

    public static RouteHandlerBuilder MapPost(this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern, Delegate handler) => Map(endpoints, pattern, HttpMethods.Post, handler);

    public static RouteHandlerBuilder MapPut(this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern, Delegate handler) => Map(endpoints, pattern, HttpMethods.Put, handler);

    public static RouteHandlerBuilder MapPatch(this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern, Delegate handler) => Map(endpoints, pattern, HttpMethods.Patch, handler);

    public static RouteHandlerBuilder MapDelete(this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern, Delegate handler) => Map(endpoints, pattern, HttpMethods.Delete, handler);

    private static RouteHandlerBuilder Map(IEndpointRouteBuilder endpoints, string pattern, string method, Delegate handler) =>
        RouteHandlerServices.Map(endpoints, pattern, handler, [method], RequestDelegateFactory.InferMetadata, WhenCalled);

    private static RequestDelegateResult WhenCalled(Delegate handler, RequestDelegateFactoryOptions options, RequestDelegateMetadataResult? metadata)
    {
        var compiled = new Lazy<RequestDelegate>(() => RequestDelegateFactory.Create(handler, options, metadata).RequestDelegate);
        return new RequestDelegateResult(http => compiled.Value(http), metadata?.EndpointMetadata ?? []);
    }
}
