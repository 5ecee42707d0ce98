using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Npgsql;

namespace Ladewerk.Kernel.Http;

/// <summary>Turns whatever an endpoint throws into problem details; what is not the caller's fault is logged.</summary>
internal sealed partial class Errors(ILogger<Errors> logger) : IExceptionHandler
{
    // Raised by refuse_outside_scope(), see Migrations/0018_roles.sql.
    private const string OutsideScope = "LW403";

    // Raised by keep_to_plan(), see Migrations/0028_tenants.sql.
    private const string BeyondPlan = "LW402";
    private static readonly string[] Missing = ["Required."];

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        IResult? problem = exception switch
        {
            OperationCanceledException when httpContext.RequestAborted.IsCancellationRequested => Problems.Of(StatusCodes.Status499ClientClosedRequest, "cancelled", "Cancelled."),
            BadHttpRequestException { InnerException: JsonException json } => Problems.Invalid(Faults(json)),
            BadHttpRequestException bad => Problems.Of(bad.StatusCode, "invalid-request", "The request is not valid.", bad.Message),
            _ when exception.GetBaseException() is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } taken =>
                Problems.Conflict("already-exists", "There already is one like it.", taken.ConstraintName),
            _ when exception.GetBaseException() is PostgresException { SqlState: PostgresErrorCodes.ForeignKeyViolation } tied =>
                Problems.Conflict("in-use", "Something else refers to it, or it refers to something that does not exist.", tied.ConstraintName),
            InvalidOperationException when HttpMethods.IsPost(httpContext.Request.Method) && !httpContext.Request.HasFormContentType && exception.Message.StartsWith("Incorrect Content-Type", StringComparison.Ordinal) =>
                Problems.Of(StatusCodes.Status415UnsupportedMediaType, "invalid-request", "This takes a form."),
            _ when exception.GetBaseException() is PostgresException { SqlState: BeyondPlan } full => Problems.Of(
                StatusCodes.Status403Forbidden, "plan-limit", "The plan allows no more charge points.", full.MessageText + " Remove one, or ask who runs the platform for a larger plan."),
            // Written through a view of the site scope: a row of another site (with check option), or something of the whole operator.
            _ when exception.GetBaseException() is PostgresException { SqlState: PostgresErrorCodes.WithCheckOptionViolation or OutsideScope } =>
                Problems.Of(StatusCodes.Status403Forbidden, "outside-scope", "Your role counts for some sites only; this reaches beyond them."),
            _ => null,
        };
        if (problem is null)
        {
            LogFailed(exception, httpContext.Request.Method, httpContext.GetEndpoint()?.DisplayName);
            problem = Problems.Of(StatusCodes.Status500InternalServerError, "internal-error", "Something went wrong on our side.", extensions: new Dictionary<string, object?>(StringComparer.Ordinal) { ["traceId"] = httpContext.TraceIdentifier });
        }

        await problem.ExecuteAsync(httpContext);
        return true;
    }

    /// <summary><c>$.evses[0].id</c> is the field <c>evses[0].id</c>. Members that are missing are named in the message alone, in quotes.</summary>
    private static Dictionary<string, string[]> Faults(JsonException json)
    {
        var place = json.Path is ['$', '.', .. var field] ? field : "";
        const string Including = "including: ";
        return json.Message.IndexOf(Including, StringComparison.Ordinal) is var at and >= 0
            ? json.Message[(at + Including.Length)..].Split('\'').Where((_, i) => i % 2 == 1).ToDictionary(name => place.Length == 0 ? name : $"{place}.{name}", _ => Missing, StringComparer.Ordinal)
            : new Dictionary<string, string[]>(StringComparer.Ordinal) { [place.Length == 0 ? "body" : place] = ["Not of the right kind."] };
    }

    [LoggerMessage(LogLevel.Error, "{Method} {Endpoint} failed")]
    private partial void LogFailed(Exception failure, string method, string? endpoint);
}
