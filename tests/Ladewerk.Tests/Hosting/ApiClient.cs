using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Ladewerk.Tests.Hosting;

/// <summary>Short ways to call the API from tests: <c>(await host.Api.Post("/api/v1/sites", new { name = "A" })).Is(HttpStatusCode.Created)</c>.</summary>
internal static class ApiClient
{
    public static Task<HttpResponseMessage> Post(this HttpClient client, string path, object body) => client.PostAsJsonAsync(path, body);

    public static Task<HttpResponseMessage> Patch(this HttpClient client, string path, object body) => client.PatchAsJsonAsync(path, body);

    public static Task<HttpResponseMessage> Put(this HttpClient client, string path, object body) => client.PutAsJsonAsync(path, body);

    /// <summary>The JSON behind an address, which must answer 200.</summary>
    public static async Task<JsonElement> Json(this HttpClient client, string path) => await (await client.GetAsync(path)).Is(HttpStatusCode.OK);

    /// <summary>Fails with the body when the status is another; gives the body as JSON (undefined when there is none).</summary>
    public static async Task<JsonElement> Is(this HttpResponseMessage response, HttpStatusCode status)
    {
        var body = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(status, body);
        return body.Length == 0 ? default : JsonDocument.Parse(body).RootElement;
    }

    /// <inheritdoc cref="Is(HttpResponseMessage, HttpStatusCode)"/>
    public static async Task<JsonElement> Is(this Task<HttpResponseMessage> response, HttpStatusCode status) => await (await response).Is(status);

    /// <summary>Fails unless it is a problem of the status and type.</summary>
    public static async Task<JsonElement> IsProblem(this Task<HttpResponseMessage> response, HttpStatusCode status, string type)
    {
        var answer = await response;
        var problem = await answer.Is(status);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        problem.GetProperty("type").GetString().ShouldBe("https://ladewerk.org/problems/" + type);
        return problem;
    }
}
