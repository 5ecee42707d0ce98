using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Firmware;

/// <summary>An update as the API shows it.</summary>
/// <param name="Status">The station's last word.</param>
/// <param name="Reason">Why it did not succeed: refused, notSupported, offline, error, interrupted, downloadFailed, installationFailed, invalidSignature, invalidCertificate,
/// invalidChecksum, otherVersion, unproven, notBack, silent, stuck, givenUp.</param>
/// <param name="Log">The station's words with their times.</param>
public sealed record UpdateView(
    Guid Id, string StationId, FirmwareId FirmwareId, Guid? CampaignId, int Number, bool Signed, UpdateState State, string? Status, string? Reason, string? FromVersion, string TargetVersion,
    string? ReportedVersion, DateTimeOffset RetrieveAt, string RequestedBy, DateTimeOffset RequestedAt, DateTimeOffset? SentAt, DateTimeOffset UpdatedAt, DateTimeOffset? EndedAt, IReadOnlyList<ReportView>? Log = null);

/// <summary>One word of a station about an update.</summary>
public sealed record ReportView(DateTimeOffset At, string Status);

/// <summary><c>/firmware-updates</c> and <c>/stations/{id}/firmware-updates</c></summary>
internal static class UpdatesApi
{
    public static void MapUpdates(this RouteGroupBuilder api)
    {
        var updates = api.MapGroup("/firmware-updates").WithTags("Firmware");
        updates.MapGet("/", List).RequirePermission(Permission.StationsRead).WithSummary("Firmware updates, newest first; ?stationId=, ?campaignId=, ?state=");
        updates.MapGet("/{updateId:guid}", Get).RequirePermission(Permission.StationsRead).WithSummary("An update with what the station said");
        updates.MapPost("/{updateId:guid}/cancel", Cancel).RequirePermission(Permission.StationsCommand).WithSummary("Give an update up; the station is not told, OCPP 1.6 has no word for it");
        api.MapPost("/stations/{id}/firmware-updates", Start).RequirePermission(Permission.StationsCommand).WithTags("Firmware").WithSummary("Update a station to a firmware of the library");
    }

    private static async Task<Ok<Page<UpdateView>>> List(string? stationId, Guid? campaignId, Named<UpdateState>? state, int? limit, string? cursor, LadewerkDb db, CancellationToken ct)
    {
        var count = Paging.Limit(limit);
        var wanted = db.Set<FirmwareUpdate>().AsNoTracking();
        wanted = campaignId is { } campaign ? wanted.Where(u => u.CampaignId == campaign) : wanted;
        wanted = state is { Value: var word } ? wanted.Where(u => u.State == word) : wanted;
        wanted = Guid.TryParse(Paging.Decode(cursor), out var last) ? wanted.Where(u => u.Id < last) : wanted;
        var rows = from u in wanted join s in db.Set<ChargingStation>() on u.StationId equals s.Id select new { u, s.Identity, s.IdentityKey };
        if (stationId is not null)
        {
            var key = StationIdentity.Key(stationId);
            rows = rows.Where(r => r.IdentityKey == key);
        }

        var found = await rows.OrderByDescending(r => r.u.Id).Take(count + 1).ToListAsync(ct);
        return TypedResults.Ok(Paging.Of([.. found.Select(r => View(r.u, r.Identity))], count, u => u.Id.ToString()));
    }

    private static async Task<Results<Ok<UpdateView>, ProblemHttpResult>> Get(Guid updateId, LadewerkDb db, Npgsql.NpgsqlDataSource data, CancellationToken ct)
    {
        if (await Find(db, updateId, ct) is not var (update, identity))
        {
            return Problems.NotFound("update");
        }

        var log = await data.Rows(
            "select at, status from station_report where station_id = $1 and kind = 'firmware' and at >= $2 and ($3::timestamptz is null or at <= $3) and (request_id is null or request_id = $4) order by id",
            r => new ReportView(r.GetFieldValue<DateTimeOffset>(0), r.GetString(1)), ct, update.StationId.Value, update.RequestedAt, update.EndedAt?.AddMinutes(30), update.Number);
        return TypedResults.Ok(View(update, identity) with { Log = log });
    }

    private static async Task<Results<Ok<UpdateView>, ProblemHttpResult>> Cancel(Guid updateId, LadewerkDb db, CancelUpdate cancel, CancellationToken ct)
    {
        if (await Find(db, updateId, ct) is not var (update, identity))
        {
            return Problems.NotFound("update");
        }

        return await cancel.Run(update, identity, ct) ? TypedResults.Ok(View(update, identity)) : Problems.Conflict("update-ended", "This update has ended.");
    }

    private static async Task<Results<Accepted<UpdateView>, ValidationProblem, ProblemHttpResult>> Start(string id, UpdateWish wish, StationReader stations, StartUpdate start, CancellationToken ct)
    {
        if (await stations.Find(id, ct) is not { } station)
        {
            return Api.NoSuchStation();
        }

        if (wish.WithinMinutes is <= 0 or > 10_080)
        {
            return Problems.Invalid("withinMinutes", "1 to 10080.");
        }

        return await start.Run(station, wish, ct) switch
        {
            StartedUpdate.Refused { Problem: "no-such-firmware" } => Problems.Invalid("firmwareId", "No such firmware."),
            StartedUpdate.Refused refused => Problems.Conflict(refused.Problem, refused.Title),
            StartedUpdate.Started { Update: { State: UpdateState.Failed, Reason: "offline" } } => Problems.Conflict(SendCommand.Offline, "The station is not connected.", "Nothing was sent."),
            StartedUpdate.Started { Update: var update } => TypedResults.Accepted($"/api/v1/firmware-updates/{update.Id}", View(update, station.Identity)),
            var other => throw new ArgumentOutOfRangeException(nameof(wish), other, "No such outcome."),
        };
    }

    public static UpdateView View(FirmwareUpdate u, string station) => new(
        u.Id, station, u.FirmwareId, u.CampaignId, u.Number, u.Signed, u.State, u.Status, u.Reason, u.FromVersion, u.TargetVersion, u.ReportedVersion, u.RetrieveAt, u.RequestedBy, u.RequestedAt, u.SentAt,
        u.UpdatedAt, u.EndedAt);

    private static async Task<(FirmwareUpdate Update, string Identity)?> Find(LadewerkDb db, Guid id, CancellationToken ct) =>
        await (from u in db.Set<FirmwareUpdate>() join s in db.Set<ChargingStation>() on u.StationId equals s.Id where u.Id == id select new { u, s.Identity }).SingleOrDefaultAsync(ct) is { } found
            ? (found.u, found.Identity)
            : null;
}

/// <summary>Gives an update up.</summary>
internal sealed class CancelUpdate(LadewerkDb db, AuditLog audit, CampaignBell campaigns, LiveFeed feed, TenantContext tenant, TimeProvider time)
{
    /// <summary>False where it has ended.</summary>
    public async Task<bool> Run(FirmwareUpdate update, string station, CancellationToken ct)
    {
        if (update.EndedAt is not null)
        {
            return false;
        }

        (update.State, update.Reason, update.EndedAt) = (UpdateState.Cancelled, "givenUp", time.GetUtcNow());
        update.UpdatedAt = update.EndedAt.Value;
        audit.Record("firmwareUpdate.cancelled", "station", station, after: new { update.Id });
        await db.SaveChangesAsync(ct);
        campaigns.Ring();
        feed.Publish(tenant.Current, "maintenance", new { stationId = station, id = update.Id });
        return true;
    }
}
