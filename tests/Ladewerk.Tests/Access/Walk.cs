using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Ladewerk.Tests.Hosting;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Ladewerk.Tests.Access;

/// <summary>Every endpoint there is, as a test calls it.</summary>
internal static partial class Walk
{
    public sealed record Stop(string Name, string Method, string Path, RouteEndpoint Endpoint)
    {
        /// <summary>The segment before the first parameter; empty where there is none.</summary>
        public string Segment
        {
            get
            {
                var segments = Endpoint.RoutePattern.RawText!.Trim('/').Split('/');
                return Array.FindIndex(segments, s => s.Contains('{')) is var at and > 0 ? segments[at - 1] : "";
            }
        }

        /// <summary>The address with every parameter filled in; a parameter is known by the segment before it.</summary>
        public string Fill(Func<string, string> value) => Walk.Fill(Endpoint, value);
    }

    public static IEnumerable<Stop> Endpoints(LadewerkHost host) =>
        from endpoint in host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        where !endpoint.RoutePattern.RawText!.StartsWith("/_framework", StringComparison.Ordinal)
        select new Stop($"{method} /{endpoint.RoutePattern.RawText!.Trim('/')}", method, Fill(endpoint, _ => Guid.Empty.ToString()), endpoint);

    public static async Task<HttpResponseMessage> Send(HttpClient client, Stop stop, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(stop.Method), path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (stop.Method is "POST" or "PUT" or "PATCH")
        {
            var kind = stop.Endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes is [var first, ..] ? first : "application/json";
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(kind.StartsWith("multipart", StringComparison.Ordinal) ? "--x--" : "{}"));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", kind.StartsWith("multipart", StringComparison.Ordinal) ? kind + "; boundary=x" : kind);
        }

        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static string Fill(RouteEndpoint endpoint, Func<string, string> value)
    {
        var parts = new List<string>();
        foreach (var segment in endpoint.RoutePattern.RawText!.Trim('/').Split('/'))
        {
            var before = parts.LastOrDefault() ?? "";
            parts.Add(Parameter().Replace(segment, _ => Uri.EscapeDataString(value(before))));
        }

        return "/" + string.Join('/', parts);
    }

    [GeneratedRegex(@"\{[^}]+\}", RegexOptions.NonBacktracking)]
    private static partial Regex Parameter();
}
