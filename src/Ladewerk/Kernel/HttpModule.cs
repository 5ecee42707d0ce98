using System.Globalization;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Ladewerk.Kernel;

/// <summary>How the API speaks: JSON, problem details, OpenAPI.</summary>
internal static class HttpModule
{
    public static IServiceCollection AddHttpConventions(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(o => ApiJson.Configured(o.SerializerOptions));
        services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true); // Errors tells which field
        services.AddProblemDetails(o => o.CustomizeProblemDetails = Typed);
        services.AddExceptionHandler<Errors>();
        services.AddSafeHttp();
        services.AddOpenApi("v1", o => o.AddDocumentTransformer(Describe).AddSchemaTransformer(Units));
        return services;
    }

    /// <summary>A bare status (404 of an unknown route, 405 ...) gets a type of ours as well.</summary>
    private static void Typed(ProblemDetailsContext problem)
    {
        var details = problem.ProblemDetails;
        if (details.Type is null || !details.Type.StartsWith(Problems.TypeBase, StringComparison.Ordinal))
        {
            details.Type = Problems.TypeBase + details.Status switch
            {
                StatusCodes.Status400BadRequest => "invalid-request",
                StatusCodes.Status401Unauthorized => "unauthenticated",
                StatusCodes.Status403Forbidden => "forbidden",
                StatusCodes.Status404NotFound => "not-found",
                _ => string.Create(CultureInfo.InvariantCulture, $"http-{details.Status}"),
            };
        }
    }

    private static Task Describe(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken ct)
    {
        document.Info = new() { Title = "Ladewerk", Version = "v1", Description = "Charge point management: stations, sessions, tariffs, billing." };
        document.Servers = [];
        document.Components ??= new();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            ["apiKey"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key (lwk_...)." },
        };
        document.Security = [new() { [new OpenApiSecuritySchemeReference("apiKey", document)] = [] }];
        return Task.CompletedTask;
    }

    /// <summary>Types that JSON writes as a bare value.</summary>
    private static async Task Units(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken ct)
    {
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        if (type == typeof(WattHours) || type == typeof(Watts))
        {
            (schema.Type, schema.Format, schema.Properties) = (JsonSchemaType.Integer, "int64", null);
        }
        else if (type.IsValueType && type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(ITypedId<>)))
        {
            (schema.Type, schema.Format, schema.Properties) = (JsonSchemaType.String, "uuid", null);
        }

        else if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Optional<>))
        {
            var inner = await context.GetOrCreateSchemaAsync(type.GetGenericArguments()[0], null, ct);
            (schema.Type, schema.Format, schema.Enum, schema.Properties) = (inner.Type | JsonSchemaType.Null, inner.Format, inner.Enum, inner.Properties);
        }
    }
}
