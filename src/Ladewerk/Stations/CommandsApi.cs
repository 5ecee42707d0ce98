using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations;

/// <summary>A station's answer.</summary>
/// <param name="Status">Its word: Accepted, Rejected, Scheduled, UnlockFailed ...</param>
/// <param name="Response">The answer as it stands.</param>
public sealed record CommandAnswer(string Status, JsonElement Response);

/// <summary>A command of the past.</summary>
public sealed record CommandView(Guid Id, string Command, JsonElement? Request, string? RequestedBy, DateTimeOffset RequestedAt, string? Outcome, JsonElement? Response, DateTimeOffset? AnsweredAt);

/// <summary><c>/stations/{id}/commands</c> and <c>/stations/{id}/ocpp</c></summary>
internal static class CommandsApi
{
    public static void MapCommands(this RouteGroupBuilder stations)
    {
        stations.MapGet("/{id}/commands", List).RequirePermission(Permission.StationsRead).WithSummary("The last commands and their answers, newest first");
        stations.MapPost("/{id}/commands/{command}", Send).RequirePermission(Permission.StationsCommand).WithSummary("Send a command and wait for the station's answer");
        stations.MapPost("/{id}/ocpp/{action}", SendRaw).RequirePermission(Permission.StationsRaw).WithSummary("Send a raw OCPP request of the station's version");
    }

    private static async Task<Results<Ok<Page<CommandView>>, ProblemHttpResult>> List(string id, int? limit, StationReader stations, LadewerkDb db, CancellationToken ct)
    {
        if (await stations.Find(id, ct) is not { } station)
        {
            return Api.NoSuchStation();
        }

        var rows = await db.Set<StationCommand>().AsNoTracking().Where(c => c.StationId == station.Id).OrderByDescending(c => c.RequestedAt).Take(Paging.Limit(limit)).ToListAsync(ct);
        return TypedResults.Ok(new Page<CommandView>(
            [.. rows.Select(c => new CommandView(c.Id, c.Command, c.Request?.RootElement, c.RequestedBy, c.RequestedAt, c.Outcome, c.Response?.RootElement, c.AnsweredAt))], null));
    }

    private static async Task<Results<Ok<CommandAnswer>, ValidationProblem, ProblemHttpResult>> Send(
        string id, string command, [FromBody(EmptyBodyBehavior = Microsoft.AspNetCore.Mvc.ModelBinding.EmptyBodyBehavior.Allow)] JsonElement? body,
        StationReader stations, CommandReader reader, SendCommand send, CancellationToken ct)
    {
        if (await stations.Find(id, ct) is not { } station)
        {
            return Api.NoSuchStation();
        }

        return await reader.Read(command, body, station.Id, ct) switch
        {
            ReadCommand.Unknown => Problems.NotFound("command"),
            ReadCommand.Faulty(var faults) => Problems.Invalid(faults),
            ReadCommand.Read(var wanted) => Answer(await send.Run(station, wanted, ct)),
            var other => throw new ArgumentOutOfRangeException(nameof(command), other, "No such reading."),
        };
    }

    private static async Task<Results<Ok<CommandAnswer>, ValidationProblem, ProblemHttpResult>> SendRaw(
        string id, string action, [FromBody] JsonElement payload, StationReader stations, SendCommand send, CancellationToken ct) =>
        await stations.Find(id, ct) is { } station ? Answer(await send.Run(station, action, payload, ct)) : Api.NoSuchStation();

    private static Results<Ok<CommandAnswer>, ValidationProblem, ProblemHttpResult> Answer(CommandResult result) => result switch
    {
        CommandResult.Answered answered => TypedResults.Ok(new CommandAnswer(answered.Status, answered.Response)),
        CommandResult.Offline(var sent) => Problems.Conflict(
            SendCommand.Offline, "The station is not connected.", sent ? "The connection broke before the answer; the station may still act on the request." : "Nothing was sent."),
        CommandResult.TimedOut => Problems.Of(StatusCodes.Status504GatewayTimeout, SendCommand.Timeout, "The station did not answer in time.", "It may still act on the request."),
        CommandResult.Refused refused => Problems.Of(
            StatusCodes.Status502BadGateway, SendCommand.Error, "The station answered with an error.", refused.Description,
            new Dictionary<string, object?>(StringComparer.Ordinal) { ["code"] = refused.Code }),
        CommandResult.Invalid invalid => Problems.Invalid(new Dictionary<string, string[]>(invalid.Errors, StringComparer.Ordinal)),
        _ => throw new ArgumentOutOfRangeException(nameof(result), result, "No such outcome."),
    };
}
