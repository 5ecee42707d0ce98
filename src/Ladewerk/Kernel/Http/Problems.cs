using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Kernel.Http;

/// <summary>Errors as RFC 9457 problem details with stable types, all under <c>https://ladewerk.org/problems/</c>.</summary>
public static class Problems
{
    /// <summary>Where every type is explained.</summary>
    public const string TypeBase = "https://ladewerk.org/problems/";

    /// <summary>A problem of the given type (the last part of its address), such as <c>station-offline</c>.</summary>
    public static ProblemHttpResult Of(int status, string type, string title, string? detail = null, IDictionary<string, object?>? extensions = null) =>
        TypedResults.Problem(detail, statusCode: status, title: title, type: TypeBase + type, extensions: extensions);

    /// <summary>Bad input: 400 with what is wrong by field (names as in the request).</summary>
    public static ValidationProblem Invalid(IDictionary<string, string[]> errors) =>
        TypedResults.ValidationProblem(errors, title: "The request is not valid.", type: TypeBase + "invalid-request");

    /// <inheritdoc cref="Invalid(IDictionary{string, string[]})"/>
    public static ValidationProblem Invalid(string field, string error) => Invalid(new Dictionary<string, string[]>(StringComparer.Ordinal) { [field] = [error] });

    /// <summary>404: it does not exist, or it is another tenant's.</summary>
    public static ProblemHttpResult NotFound(string what) => Of(StatusCodes.Status404NotFound, "not-found", $"No such {what}.");

    /// <summary>409: something of that name or in that state is in the way.</summary>
    public static ProblemHttpResult Conflict(string type, string title, string? detail = null) => Of(StatusCodes.Status409Conflict, type, title, detail);
}
