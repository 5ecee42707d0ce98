using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Firmware.Campaigns;

/// <summary>What a campaign would do.</summary>
/// <param name="Stations">How many stations fit.</param>
/// <param name="Canaries">Those it would begin with.</param>
public sealed record CampaignPreview(int Stations, int Online, IReadOnlyList<string> Canaries);

/// <summary><c>/firmware-campaigns</c></summary>
internal static class CampaignsApi
{
    public static void MapCampaigns(this RouteGroupBuilder api)
    {
        var campaigns = api.MapGroup("/firmware-campaigns").WithTags("Firmware");
        campaigns.MapGet("/", List).RequirePermission(Permission.StationsRead).WithSummary("Firmware campaigns, newest first");
        campaigns.MapPost("/", Create).RequirePermission(Permission.StationsWrite).WithSummary("Make a campaign, and start it unless told otherwise");
        campaigns.MapPost("/preview", Preview).RequirePermission(Permission.StationsRead).WithSummary("Which stations a campaign would update; nothing is stored");
        campaigns.MapGet("/{id:guid}", Get).RequirePermission(Permission.StationsRead).WithSummary("A campaign with its waves");
        campaigns.MapDelete("/{id:guid}", Delete).RequirePermission(Permission.StationsWrite).WithSummary("Delete a draft");
        campaigns.MapGet("/{id:guid}/stations", Stations).RequirePermission(Permission.StationsRead).WithSummary("Its stations, canary first; ?state=");
        campaigns.MapGet("/{id:guid}/stations.csv", Report).RequirePermission(Permission.StationsRead).WithSummary("The report as a file");
        campaigns.MapPost("/{id:guid}/start", (Guid id, CampaignReader reader, SteerCampaign steer, CancellationToken ct) => Steer(id, CampaignWish.Start, reader, steer, ct)).RequirePermission(Permission.StationsWrite).WithSummary("Start a draft");
        campaigns.MapPost("/{id:guid}/pause", (Guid id, CampaignReader reader, SteerCampaign steer, CancellationToken ct) => Steer(id, CampaignWish.Pause, reader, steer, ct)).RequirePermission(Permission.StationsWrite).WithSummary("Begin nothing new for now");
        campaigns.MapPost("/{id:guid}/resume", (Guid id, CampaignReader reader, SteerCampaign steer, CancellationToken ct) => Steer(id, CampaignWish.Resume, reader, steer, ct)).RequirePermission(Permission.StationsWrite).WithSummary("Go on");
        campaigns.MapPost("/{id:guid}/cancel", (Guid id, CampaignReader reader, SteerCampaign steer, CancellationToken ct) => Steer(id, CampaignWish.Cancel, reader, steer, ct)).RequirePermission(Permission.StationsWrite).WithSummary("End it; what runs comes to its end");
    }

    /// <summary>The report in rows.</summary>
    public static string Csv(IEnumerable<CampaignStationView> stations) => string.Concat(stations.Select(s => Kernel.Csv.Write(
        [s.StationId, s.Name, s.Site, s.Wave.ToString(System.Globalization.CultureInfo.InvariantCulture), s.State.ToString(), s.Reason, s.FromVersion, s.Version, s.Status, Time(s.TakenAt), Time(s.InstalledAt), Time(s.EndedAt)]))
        .Prepend(Kernel.Csv.Write(["station", "name", "site", "wave", "state", "reason", "fromVersion", "version", "status", "takenAt", "installedAt", "endedAt"])));

    private static string? Time(DateTimeOffset? at) => at?.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<Ok<Page<CampaignView>>> List(int? limit, string? cursor, CampaignReader reader, CancellationToken ct)
    {
        var count = Paging.Limit(limit);
        var rows = await reader.List(Guid.TryParse(Paging.Decode(cursor), out var last) ? last : null, count + 1, ct);
        return TypedResults.Ok(Paging.Of(rows, count, c => c.Id.Value.ToString()));
    }

    private static async Task<Results<Created<CampaignView>, ValidationProblem>> Create(NewCampaign request, StartCampaign start, CampaignReader reader, CancellationToken ct)
    {
        var (made, faults) = await start.Create(request, ct);
        return made is null ? Problems.Invalid(faults.Errors) : TypedResults.Created($"/api/v1/firmware-campaigns/{made.Id.Value}", await reader.View(made, ct));
    }

    private static async Task<Results<Ok<CampaignPreview>, ValidationProblem>> Preview(NewCampaign request, StartCampaign start, LadewerkDb db, CancellationToken ct)
    {
        if (await db.Set<FirmwareImage>().AsNoTracking().SingleOrDefaultAsync(f => f.Id == request.FirmwareId && f.RetiredAt == null, ct) is not { } firmware)
        {
            return Problems.Invalid("firmwareId", "No such firmware.");
        }

        var found = await start.Find(firmware, request.Selection ?? new(), ct);
        return TypedResults.Ok(new CampaignPreview(found.Count, found.Count(c => c.IsOnline), [.. found.Take(Math.Clamp(request.Policy?.Canary ?? 1, 0, 20)).Select(c => c.Identity)]));
    }

    private static async Task<Results<Ok<CampaignView>, ProblemHttpResult>> Get(Guid id, CampaignReader reader, CancellationToken ct) =>
        await reader.Find(id, ct) is { } campaign ? TypedResults.Ok(await reader.View(campaign, ct)) : NoSuchCampaign();

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(Guid id, CampaignReader reader, LadewerkDb db, AuditLog audit, CancellationToken ct)
    {
        if (await reader.Find(id, ct) is not { } campaign)
        {
            return NoSuchCampaign();
        }

        if (campaign.State != CampaignState.Draft)
        {
            return Problems.Conflict("campaign-started", "Only a draft can be deleted; the record of what was done stays.");
        }

        db.Remove(campaign);
        audit.Record("firmwareCampaign.deleted", "firmwareCampaign", id.ToString(), new { campaign.Name });
        await db.SaveChangesAsync(ct);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Ok<Page<CampaignStationView>>, ProblemHttpResult>> Stations(Guid id, Named<PartState>? state, int? limit, string? cursor, CampaignReader reader, CancellationToken ct)
    {
        if (await reader.Find(id, ct) is not { } campaign)
        {
            return NoSuchCampaign();
        }

        var count = Paging.Limit(limit);
        var rows = await reader.Stations(campaign.Id, state?.Value, int.TryParse(Paging.Decode(cursor), System.Globalization.CultureInfo.InvariantCulture, out var last) ? last : -1, count + 1, ct);
        return TypedResults.Ok(Paging.Of(rows, count, s => s.Position.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> Report(Guid id, CampaignReader reader, CancellationToken ct) =>
        await reader.Find(id, ct) is { } campaign
            ? TypedResults.File(System.Text.Encoding.UTF8.GetBytes(Csv(await reader.Stations(campaign.Id, null, -1, int.MaxValue, ct))), "text/csv; charset=utf-8", $"firmware-campaign-{id}.csv")
            : NoSuchCampaign();

    private static async Task<Results<Ok<CampaignView>, ProblemHttpResult>> Steer(Guid id, CampaignWish wish, CampaignReader reader, SteerCampaign steer, CancellationToken ct)
    {
        if (await reader.Find(id, ct) is not { } campaign)
        {
            return NoSuchCampaign();
        }

        return await steer.Run(campaign, wish, ct) ? TypedResults.Ok(await reader.View(campaign, ct)) : Problems.Conflict("campaign-state", "The campaign's state does not allow this.", $"It is {campaign.State}.");
    }

    private static ProblemHttpResult NoSuchCampaign() => Problems.NotFound("campaign");
}
