using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Operations;

/// <summary>Which findings are to change, and how.</summary>
/// <param name="Ids">At most 500.</param>
public sealed record FindingsPatch(IReadOnlyList<Guid> Ids, FindingState State, DateTimeOffset? SnoozedUntil = null, string? Note = null);

/// <summary>How many were changed.</summary>
public sealed record FindingsChanged(int Changed);

/// <summary>Another command than the suggested one.</summary>
public sealed record FindingCommand(string? Command = null, JsonObject? Body = null);

/// <summary><c>/findings</c> and <c>/watch-policies</c></summary>
internal static class Api
{
    public static void MapOperations(this RouteGroupBuilder api)
    {
        var findings = api.MapGroup("/findings").WithTags("Findings").RequirePermission(Permission.StationsRead);
        findings.MapGet("", List).WithSummary("Findings, newest first").WithDescription("`state`: current (all that is not closed, the default), open, acknowledged, snoozed, closed, all.");
        findings.MapGet("/{id:guid}", One).WithSummary("A finding with its evidence and everything done about it");
        findings.MapPatch("/{id:guid}", Change).RequirePermission(Permission.StationsCommand).WithSummary("Acknowledge, snooze, close or reopen a finding");
        findings.MapPatch("", ChangeMany).RequirePermission(Permission.StationsCommand).WithSummary("The same for many");
        findings.MapPost("/{id:guid}/act", Act).RequirePermission(Permission.StationsCommand).WithSummary("Send the suggested command, or another, and wait for the station's answer");

        var policies = api.MapGroup("/watch-policies").WithTags("Findings").RequirePermission(Permission.SettingsRead);
        policies.MapGet("", Policies).WithSummary("When each watchdog speaks, and what is done by itself");
        policies.MapPatch("/{kind}", ChangePolicy).RequirePermission(Permission.SettingsWrite).WithSummary("Change thresholds or the automatic action of a kind");
        Uptime.Api.Map(api);
    }

    private static async Task<Ok<Page<FindingView>>> List(
        string? state, string? kind, string? severity, Guid? siteId, string? stationId, int? limit, string? cursor, FindingReader findings, CancellationToken ct)
    {
        var count = Paging.Limit(limit);
        var (before, id) = Position(Paging.Decode(cursor));
        var rows = await findings.Page(new FindingFilter(state, kind, severity, siteId, stationId), before, id, count + 1, ct);
        return TypedResults.Ok(Paging.Of(rows, count, f => string.Create(CultureInfo.InvariantCulture, $"{f.OpenedAt.UtcTicks} {f.Id:D}")));
    }

    private static (DateTimeOffset? Before, Guid Id) Position(string? cursor) =>
        cursor?.Split(' ') is [var ticks, var id] && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= DateTimeOffset.MaxValue.Ticks && Guid.TryParse(id, out var guid)
            ? (new DateTimeOffset(at, TimeSpan.Zero), guid)
            : (null, Guid.Empty);

    private static async Task<Results<Ok<FindingView>, ProblemHttpResult>> One(Guid id, FindingReader findings, CancellationToken ct) =>
        await findings.Find(id, ct) is { } finding ? TypedResults.Ok(finding) : Problems.NotFound("finding");

    private static async Task<Results<Ok<FindingView>, ValidationProblem, ProblemHttpResult>> Change(Guid id, FindingPatch patch, ChangeFinding change, FindingReader findings, CancellationToken ct)
    {
        if (await findings.Find(id, ct) is null)
        {
            return Problems.NotFound("finding");
        }

        var (changed, faults) = await change.Run([id], patch, ct);
        return faults.Any ? Problems.Invalid(faults.Errors)
            : changed == 0 ? Problems.Conflict("finding-over", "The finding is over.", "What is over can only be closed.")
            : TypedResults.Ok((await findings.Find(id, ct))!);
    }

    private static async Task<Results<Ok<FindingsChanged>, ValidationProblem>> ChangeMany(FindingsPatch patch, ChangeFinding change, CancellationToken ct)
    {
        if (patch.Ids.Count is 0 or > Paging.MaxLimit)
        {
            return Problems.Invalid("ids", $"1 to {Paging.MaxLimit}.");
        }

        var (changed, faults) = await change.Run([.. patch.Ids.Distinct()], new FindingPatch(patch.State, patch.SnoozedUntil, patch.Note), ct);
        return faults.Any ? Problems.Invalid(faults.Errors) : TypedResults.Ok(new FindingsChanged(changed));
    }

    private static async Task<Results<Ok<CommandAnswer>, ValidationProblem, ProblemHttpResult>> Act(
        Guid id, [FromBody(EmptyBodyBehavior = Microsoft.AspNetCore.Mvc.ModelBinding.EmptyBodyBehavior.Allow)] FindingCommand? body, ActOnFinding act, FindingReader findings, CancellationToken ct)
    {
        if (await findings.Find(id, ct) is null)
        {
            return Problems.NotFound("finding");
        }

        return await act.Run(id, body?.Command is { } command ? new SuggestedAction(command, body.Body ?? []) : null, ct) switch
        {
            ActResult.NothingToDo => Problems.Conflict("nothing-to-send", "No command helps here.", "The finding concerns no station, or has no suggested command."),
            ActResult.Faulty(var faults) => Problems.Invalid(faults),
            ActResult.Sent(_, CommandResult.Answered answered) => TypedResults.Ok(new CommandAnswer(answered.Status, answered.Response)),
            ActResult.Sent(_, CommandResult.Offline) => Problems.Conflict(SendCommand.Offline, "The station is not connected.", "Nothing was sent."),
            ActResult.Sent(_, CommandResult.TimedOut) => Problems.Of(StatusCodes.Status504GatewayTimeout, SendCommand.Timeout, "The station did not answer in time.", "It may still act on the request."),
            ActResult.Sent(_, CommandResult.Refused refused) => Problems.Of(StatusCodes.Status502BadGateway, SendCommand.Error, "The station answered with an error.", refused.Description),
            ActResult.Sent(_, CommandResult.Invalid invalid) => Problems.Invalid(new Dictionary<string, string[]>(invalid.Errors, StringComparer.Ordinal)),
            var other => throw new ArgumentOutOfRangeException(nameof(id), other, "No such outcome."),
        };
    }

    private static async Task<Ok<Page<PolicyView>>> Policies(PolicyReader policies, TenantContext tenant, CancellationToken ct)
    {
        var wanted = await policies.Read(tenant.Current, ct);
        return TypedResults.Ok(new Page<PolicyView>([.. FindingKind.All.Select(k => PolicyView.Of(wanted[k]))], null));
    }

    private static async Task<Results<Ok<PolicyView>, ValidationProblem, ProblemHttpResult>> ChangePolicy(
        string kind, PolicyPatch patch, SavePolicy save, PolicyReader policies, TenantContext tenant, CancellationToken ct)
    {
        if (FindingKind.Find(kind) is not { } known)
        {
            return Problems.NotFound("kind of finding");
        }

        var faults = await save.Run(known, patch, ct);
        return faults.Any ? Problems.Invalid(faults.Errors) : TypedResults.Ok(PolicyView.Of((await policies.Read(tenant.Current, ct))[known]));
    }
}
