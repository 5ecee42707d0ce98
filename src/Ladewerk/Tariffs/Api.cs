using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Tariffs.Market;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Tariffs;

/// <summary>An assignment as the API shows it.</summary>
internal sealed record AssignmentView(
    Guid Id, AssignmentLevel Level, string Target, TariffId TariffId, int Priority, DateTimeOffset? ValidFrom, DateTimeOffset? ValidTo, DateTimeOffset CreatedAt)
{
    public static AssignmentView Of(TariffAssignment row) => new(row.Id, row.Level, row.Target, row.TariffId, row.Priority, row.ValidFrom, row.ValidTo, row.CreatedAt);
}

/// <summary>Which tariff holds and why.</summary>
internal sealed record ResolveView(Guid TariffId, int Version, LocalizedText Name, string Level, string Target, IReadOnlyList<TariffStep> Steps);

/// <summary><c>/tariffs</c> and <c>/assignments</c></summary>
internal static class Api
{
    public static void MapTariffs(this RouteGroupBuilder api)
    {
        var tariffs = api.MapGroup("/tariffs").WithTags("Tariffs");
        tariffs.MapGet("/", List).RequirePermission(Permission.TariffsRead).WithSummary("Tariffs in their current version").Produces<Page<TariffView>>();
        tariffs.MapPost("/", Create).RequirePermission(Permission.TariffsWrite).WithSummary("Create a tariff").Accepts<Tariff>("application/json").Produces<TariffView>(StatusCodes.Status201Created);
        tariffs.MapGet("/{id:guid}", Get).RequirePermission(Permission.TariffsRead).WithSummary("A tariff with all its versions").Produces<TariffView>();
        tariffs.MapPut("/{id:guid}", Put).RequirePermission(Permission.TariffsWrite).WithSummary("Make a new version; versions never change").Accepts<Tariff>("application/json").Produces<TariffView>();
        tariffs.MapPut("/{id:guid}/default", MakeDefault).RequirePermission(Permission.TariffsWrite).WithSummary("Let it hold wherever nothing is assigned");
        tariffs.MapDelete("/{id:guid}", Archive).RequirePermission(Permission.TariffsWrite).WithSummary("Archive a tariff that is assigned nowhere");
        tariffs.MapPost("/price", Price).RequirePermission(Permission.TariffsRead).WithSummary("Price a described session; nothing is stored").Produces<SimulatedPrice>();
        tariffs.MapGet("/resolve", Resolve).RequirePermission(Permission.TariffsRead).WithSummary("Which tariff would hold at an EVSE for a token, and why");

        api.MapMarket();
        var assignments = api.MapGroup("/assignments").WithTags("Tariffs");
        assignments.MapGet("/", Assignments).RequirePermission(Permission.TariffsRead).WithSummary("Where which tariff holds");
        assignments.MapPut("/", Assign).RequirePermission(Permission.TariffsWrite).WithSummary("Let a tariff hold at a level; the newest of equal priority wins");
        assignments.MapDelete("/{id:guid}", Unassign).RequirePermission(Permission.TariffsWrite).WithSummary("Take an assignment away");
    }

    private static async Task<IResult> List(TariffList tariffs, int? limit, string? cursor, bool? archived, CancellationToken ct)
    {
        var size = Paging.Limit(limit);
        var after = Guid.TryParse(Paging.Decode(cursor), out var id) ? new TariffId(id) : (TariffId?)null;
        var page = Paging.Of(await tariffs.Read(archived ?? false, after, size + 1, ct), size, row => row.Stored.Id.ToString());
        return TypedResults.Json(new Page<TariffView>([.. page.Items.Select(row => TariffView.Of(row.Stored, row.Version, null))], page.NextCursor), TariffView.Json);
    }

    private static async Task<IResult> Get(Guid id, TariffList tariffs, CancellationToken ct)
    {
        if (await tariffs.Find(new TariffId(id), ct) is not { } found)
        {
            return Problems.NotFound("tariff");
        }

        return TypedResults.Json(TariffView.Of(found.Stored, found.Version, await tariffs.Versions(new TariffId(id), ct)), TariffView.Json);
    }

    private static async Task<IResult> Create(JsonElement body, SaveTariff save, CancellationToken ct)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (TariffView.Read(body, errors) is not { } tariff)
        {
            return Problems.Invalid(errors);
        }

        return Answer(await save.Create(tariff, ct), created: true);
    }

    private static async Task<IResult> Put(Guid id, JsonElement body, SaveTariff save, CancellationToken ct)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (TariffView.Read(body, errors) is not { } tariff)
        {
            return Problems.Invalid(errors);
        }

        var basedOn = body.TryGetProperty("version", out _) ? tariff.Version : (int?)null;
        return Answer(await save.Change(new TariffId(id), tariff, basedOn, ct), created: false);
    }

    private static IResult Answer(SaveOutcome outcome, bool created) => outcome switch
    {
        SaveOutcome.Saved saved when created => new CreatedTariff(TariffView.Of(saved.Tariff, saved.Version, null)),
        SaveOutcome.Saved saved => TypedResults.Json(TariffView.Of(saved.Tariff, saved.Version, null), TariffView.Json),
        SaveOutcome.Refused refused => Refused(refused.Findings),
        SaveOutcome.Outdated outdated => Problems.Conflict("tariff-changed", "Somebody else changed this tariff.", FormattableString.Invariant($"The current version is {outdated.Current}.")),
        SaveOutcome.Unknown => Problems.NotFound("tariff"),
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, null),
    };

    private static ProblemHttpResult Refused(IReadOnlyList<TariffFinding> findings) => Problems.Of(
        StatusCodes.Status400BadRequest,
        "tariff-refused",
        "A rule refuses this tariff.",
        string.Join(" ", findings.Select(finding => finding.Text.En)),
        new Dictionary<string, object?>(StringComparer.Ordinal) { ["findings"] = findings });

    private static async Task<Results<NoContent, ProblemHttpResult>> MakeDefault(Guid id, AssignTariff assign, CancellationToken ct) =>
        await assign.MakeDefault(new TariffId(id), ct) ? TypedResults.NoContent() : Problems.NotFound("tariff");

    private static async Task<Results<NoContent, ProblemHttpResult>> Archive(Guid id, LadewerkDb db, AuditLog audit, TariffResolver resolver, TimeProvider time, CancellationToken ct)
    {
        var key = new TariffId(id);
        if (await db.Set<StoredTariff>().SingleOrDefaultAsync(tariff => tariff.Id == key && tariff.ArchivedAt == null, ct) is not { } tariff)
        {
            return Problems.NotFound("tariff");
        }

        if (tariff.IsDefault || await db.Set<TariffAssignment>().AnyAsync(assignment => assignment.TariffId == key, ct))
        {
            return Problems.Conflict("tariff-in-use", "The tariff still holds somewhere.", "Take its assignments away, and make another tariff the default, first.");
        }

        tariff.ArchivedAt = time.GetUtcNow();
        audit.Record("tariff.archived", "tariff", id.ToString());
        await db.SaveChangesAsync(ct);
        resolver.Forget(tariff.TenantId);
        return TypedResults.NoContent();
    }

    private static IResult Price(JsonElement body)
    {
        var (price, errors) = SimulatePrice.Run(body);
        return price is null ? Problems.Invalid(errors) : TypedResults.Ok(price);
    }

    private static async Task<Results<Ok<ResolveView>, ValidationProblem, ProblemHttpResult>> Resolve(
        string? evse, string? token, TariffKind? kind, DateTimeOffset? at, ITariffPlaces places, TariffResolver resolver, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(evse))
        {
            return Problems.Invalid("evse", "An EVSE-ID, station/number or station is needed.");
        }

        if (await places.Question(evse.Trim(), token, ct) is not { } question)
        {
            return Problems.NotFound("EVSE");
        }

        var (answer, steps) = await resolver.Explain(question with { Kind = kind ?? TariffKind.Regular, At = at }, ct);
        return TypedResults.Ok(new ResolveView(answer.TariffId, answer.Version, answer.Tariff.Name, answer.Level, answer.Target, steps));
    }

    private static async Task<Ok<Page<AssignmentView>>> Assignments(TariffList tariffs, Guid? tariffId, CancellationToken ct)
    {
        var rows = await tariffs.Assignments(tariffId is { } id ? new TariffId(id) : null, ct);
        return TypedResults.Ok(new Page<AssignmentView>([.. rows.Select(AssignmentView.Of)], null));
    }

    private static async Task<Results<Ok<AssignmentView>, ValidationProblem, ProblemHttpResult>> Assign(AssignmentWish wish, AssignTariff assign, CancellationToken ct) =>
        await assign.Run(wish, ct) switch
        {
            AssignOutcome.Assigned assigned => TypedResults.Ok(AssignmentView.Of(assigned.Assignment)),
            AssignOutcome.Wrong wrong => Problems.Invalid(wrong.Field, wrong.Message),
            AssignOutcome.Refused refused => Refused(refused.Findings),
            var other => throw new ArgumentOutOfRangeException(nameof(wish), other, null),
        };

    private static async Task<Results<NoContent, ProblemHttpResult>> Unassign(Guid id, AssignTariff assign, CancellationToken ct) =>
        await assign.Remove(id, ct) ? TypedResults.NoContent() : Problems.NotFound("assignment");
}
