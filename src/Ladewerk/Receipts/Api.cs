using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Sessions;
using Ladewerk.Stations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Receipts;

/// <summary><c>/receipts</c>, <c>/meters</c> and the transparency file of a session.</summary>
internal static class Api
{
    private const int MaxFile = 8 << 20;

    public static void MapReceipts(this RouteGroupBuilder api)
    {
        var receipts = api.MapGroup("/receipts").WithTags("Receipts");
        receipts.MapPost("/verify", Verify).RequirePermission(Permission.SessionsRead).WithSummary("Check signed meter values, or a whole transparency file");
        api.MapGet("/sessions/{id:guid}/transparency.xml", Transparency).RequirePermission(Permission.SessionsRead).WithTags("Receipts").WithSummary("The signed values of a session, for the S.A.F.E. Transparenzsoftware");
        api.MapPost("/sessions/{id:guid}/verify", Again).RequirePermission(Permission.SessionsReview).WithTags("Receipts").WithSummary("Judge a session's signed values anew");

        var meters = api.MapGroup("/meters").WithTags("Receipts");
        meters.MapGet("/", List).RequirePermission(Permission.StationsRead).WithSummary("EVSEs with their meters, keys and rules");
        meters.MapPut("/{stationId}/{evse}", Save).RequirePermission(Permission.StationsWrite).WithSummary("What stands on a meter, and what must be proven");
        meters.MapGet("/{stationId}/{evse}/keys", Keys).RequirePermission(Permission.StationsRead).WithSummary("Public keys of an EVSE, the newest first");
        meters.MapPost("/{stationId}/{evse}/keys", Enter).RequirePermission(Permission.StationsWrite).WithSummary("Enter a public key, approved");
        meters.MapGet("/{stationId}/{evse}/records.zip", Records).RequirePermission(Permission.SessionsRead).WithSummary("For the authority: every record of a period in the order of the meter's book, with its gaps");
        api.MapPost("/meter-keys/{id:guid}/approve", Approve).RequirePermission(Permission.StationsWrite).WithTags("Receipts").WithSummary("Approve a key");
        api.MapPost("/meter-keys/{id:guid}/refuse", Refuse).RequirePermission(Permission.StationsWrite).WithTags("Receipts").WithSummary("Refuse a key");
    }

    private static async Task<Results<Ok<CheckView>, ValidationProblem>> Verify(HttpRequest http, CancellationToken ct)
    {
        var body = await Body(http, ct);
        if (body is null)
        {
            return Problems.Invalid("data", $"At most {MaxFile >> 20} MiB.");
        }

        if (http.ContentType?.Contains("xml", StringComparison.OrdinalIgnoreCase) == true)
        {
            return VerifyFile.Run(body) is { } checkedFile ? TypedResults.Ok(checkedFile) : Problems.Invalid("data", "This is no file of signed meter values.");
        }

        VerifyRequest? request = null;
        try
        {
            request = JsonSerializer.Deserialize<VerifyRequest>(body, ApiJson.Options);
        }
        catch (JsonException)
        {
            return Problems.Invalid("data", "The body is no JSON object with data.");
        }

        if (string.IsNullOrWhiteSpace(request?.Data))
        {
            return Problems.Invalid("data", "The signed value or the file is missing.");
        }

        return VerifyFile.Run(request.Data, request.PublicKey, request.Format ?? "") is { } found ? TypedResults.Ok(found) : Problems.Invalid("data", "This is no signed meter value.");
    }

    private static async Task<byte[]?> Body(HttpRequest http, CancellationToken ct)
    {
        using var stream = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await http.Body.ReadAsync(buffer, ct)) > 0)
        {
            if (stream.Length + read > MaxFile)
            {
                return null;
            }

            stream.Write(buffer, 0, read);
        }

        return stream.ToArray();
    }

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> Transparency(Guid id, TransparencyOf transparency, CancellationToken ct) =>
        await transparency.Session(new SessionId(id), ct) is { } file ? File(file, "application/xml", $"transparency-{id:N}.xml") : Problems.NotFound("session with signed values");

    internal static FileContentHttpResult File(byte[] content, string type, string name) => TypedResults.File(content, type, name);

    private static async Task<Results<NoContent, ProblemHttpResult>> Again(Guid id, LadewerkDb db, JudgeSession judge, CancellationToken ct)
    {
        if (await db.Set<ChargingSession>().AsNoTracking().SingleOrDefaultAsync(s => s.Id == new SessionId(id), ct) is not { } session)
        {
            return Problems.NotFound("session");
        }

        await judge.Run(session, ct);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<Page<MeterView>>> List(FindMeters find, CancellationToken ct, string? q = null, string? only = null, int? limit = null, string? cursor = null)
    {
        var size = Paging.Limit(limit);
        (string, int)? after = cursor is null ? null : Cursor(cursor);
        var rows = await find.Run(q, only ?? "all", after, size + 1, ct);
        var more = rows.Count > size;
        var items = rows.Take(size).ToList();
        return TypedResults.Ok(new Page<MeterView>(items, more ? $"{items[^1].StationId}/{items[^1].EvseId}" : null));
    }

    internal static (string Station, int Evse)? Cursor(string text) =>
        text.LastIndexOf('/') is > 0 and var at && int.TryParse(text.AsSpan(at + 1), System.Globalization.CultureInfo.InvariantCulture, out var evse) ? (text[..at], evse) : null;

    private static async Task<Results<NoContent, ValidationProblem, ProblemHttpResult>> Save(string stationId, int evse, MeterEntry entry, StationReader stations, SaveMeter save, CancellationToken ct)
    {
        if (await stations.Find(stationId, ct) is not { } station || await save.Run(station.Id, evse, entry, ct) is not { } faults)
        {
            return Problems.NotFound("EVSE");
        }

        return faults.Any ? Problems.Invalid(faults.Errors) : TypedResults.NoContent();
    }

    private static async Task<Results<Ok<Page<MeterKeyView>>, ProblemHttpResult>> Keys(string stationId, int evse, StationReader stations, LadewerkDb db, CancellationToken ct)
    {
        if (await stations.Find(stationId, ct) is not { } station)
        {
            return Problems.NotFound("EVSE");
        }

        var keys = await db.Set<MeterKeyEntry>().AsNoTracking().Where(k => k.StationId == station.Id && k.EvseNumber == evse).OrderByDescending(k => k.SeenAt).ToListAsync(ct);
        return TypedResults.Ok(new Page<MeterKeyView>([.. keys.Select(MeterKeyView.Of)], null));
    }

    private static async Task<Results<Created<MeterKeyView>, ValidationProblem, ProblemHttpResult>> Enter(string stationId, int evse, KeyRequest request, StationReader stations, DecideKey decide, CancellationToken ct)
    {
        if (await stations.Find(stationId, ct) is not { } station)
        {
            return Problems.NotFound("EVSE");
        }

        var (key, faults) = await decide.Enter(station.Id, evse, request.PublicKey, ct);
        return key is not null ? TypedResults.Created($"/api/v1/meters/{Uri.EscapeDataString(stationId)}/{evse}/keys", MeterKeyView.Of(key)) : faults is not null ? Problems.Invalid(faults.Errors) : Problems.NotFound("EVSE");
    }

    private static async Task<Results<Ok<MeterKeyView>, ProblemHttpResult>> Approve(Guid id, DecideKey decide, CancellationToken ct, ApproveRequest? request = null) =>
        await decide.Approve(id, request?.ValidFrom?.ToUniversalTime(), request?.ValidUntil?.ToUniversalTime(), ct) is { } key ? TypedResults.Ok(MeterKeyView.Of(key)) : Problems.NotFound("key");

    private static async Task<Results<Ok<MeterKeyView>, ProblemHttpResult>> Refuse(Guid id, DecideKey decide, CancellationToken ct) =>
        await decide.Refuse(id, ct) is { } key ? TypedResults.Ok(MeterKeyView.Of(key)) : Problems.NotFound("key");

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> Records(string stationId, int evse, ExportRecords export, CancellationToken ct, DateTimeOffset? from = null, DateTimeOffset? to = null) =>
        await export.Run(stationId, evse, from ?? DateTimeOffset.UnixEpoch, to ?? DateTimeOffset.UnixEpoch.AddYears(200), ct) is { } zip ? File(zip, "application/zip", $"records-{evse}.zip") : Problems.NotFound("EVSE");

    internal sealed record VerifyRequest(string? Data, string? Format = null, string? PublicKey = null, string? PublicKeyEncoding = null);

    internal sealed record KeyRequest(string PublicKey);

    internal sealed record ApproveRequest(DateTimeOffset? ValidFrom = null, DateTimeOffset? ValidUntil = null);
}
