using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Portal;

/// <summary>What the portal's forms answer: a whole page, or the part of a page that htmx swaps in.</summary>
public static class Answer
{
    /// <summary>A component within the shell.</summary>
    public static RazorComponentResult<AnswerPage> Page<T>(int status, params ReadOnlySpan<(string Name, object? Value)> values)
        where T : IComponent
    {
        var parameters = Of(values);
        return new(new Dictionary<string, object?>(StringComparer.Ordinal) { [nameof(AnswerPage.Content)] = typeof(T), [nameof(AnswerPage.Values)] = parameters }) { StatusCode = status };
    }

    /// <summary>A component alone.</summary>
    public static RazorComponentResult<T> Part<T>(params ReadOnlySpan<(string Name, object? Value)> values)
        where T : IComponent => new(Of(values));

    /// <summary>Whether htmx asks, so that a part is enough.</summary>
    public static bool WantsPart(this HttpRequest request) => request.Headers.ContainsKey("HX-Request");

    /// <summary>Another page next, whoever asks.</summary>
    public static IResult Go(HttpContext http, string href)
    {
        if (!http.Request.WantsPart())
        {
            return TypedResults.Redirect(href);
        }

        http.Response.Headers["HX-Redirect"] = href;
        return TypedResults.NoContent();
    }

    private static Dictionary<string, object?> Of(ReadOnlySpan<(string Name, object? Value)> values)
    {
        var parameters = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in values)
        {
            if (value is not null)
            {
                parameters[name] = value;
            }
        }

        return parameters;
    }
}
