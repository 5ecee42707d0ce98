using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Stations.Files;
using Ladewerk.Stations.Firmware.Campaigns;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Ladewerk.Stations.Firmware.Portal;

/// <summary>The operator's pages of firmware, campaigns and station files, and what their forms do.</summary>
internal static class FirmwarePortal
{
    private const string Home = "/portal/firmware";

    public static IServiceCollection AddFirmwarePortal(this IServiceCollection services)
    {
        // A form with an image is spooled to the disk. Elsewhere the server's own, smaller limit of a request holds.
        services.AddOptions<FormOptions>().Configure<IOptions<FilesOptions>>((form, files) => form.MultipartBodyLengthLimit = Math.Max(form.MultipartBodyLengthLimit, files.Value.MaxImageBytes + (1 << 20)));
        return services.AddSingleton(new NavEntry(NavGroup.Operations, 32, "versions", "firmware.title", Home, Permission.StationsRead) { Count = Running });
    }

    public static void MapFirmwarePortal(this WebApplication app)
    {
        var limit = new RequestSizeLimitAttribute(app.Services.GetRequiredService<IOptions<FilesOptions>>().Value.MaxImageBytes + (1 << 20));
        var write = app.MapGroup(Home).RequirePermission(Permission.StationsWrite).ExcludeFromDescription();
        write.MapPost("/add", Add).WithMetadata(limit);
        write.MapPost("/{id:guid}/image", Image).WithMetadata(limit);
        write.MapPost("/{id:guid}/retire", Retire);
        write.MapPost("/bad", AddBad);
        write.MapPost("/bad/{id:guid}/remove", async (Guid id, BadFirmware bad, HttpContext http, CancellationToken ct) =>
        {
            await bad.Remove(id, ct);
            return Answer.Go(http, Home);
        });
        write.MapPost("/campaigns/start", StartNew);
        write.MapPost("/campaigns/preview", Preview);
        write.MapPost("/campaigns/{id:guid}/{wish}", Steer);

        var command = app.MapGroup("/portal/stations/{identity}").RequirePermission(Permission.StationsCommand).ExcludeFromDescription();
        command.MapPost("/firmware", Update);
        command.MapPost("/firmware/{id:guid}/cancel", GiveUp);
        command.MapPost("/files", Ask);
        command.MapPost("/files/{id:guid}/delete", DeleteFile);
    }

    private static async Task<IResult> Add(HttpRequest request, SaveFirmware save, Texts texts, CancellationToken ct)
    {
        var form = await request.ReadFormAsync(ct);
        var wish = new NewFirmware(
            form["vendor"].ToString(), form["version"].ToString(), Text(form, "modelPattern"), Text(form, "releaseNotes"), Text(form, "url"), Text(form, "sha256"), Text(form, "signature"), Text(form, "signingCertificate"));
        var (made, faults) = await save.Create(wish, ct);
        if (made is null)
        {
            return Answer.Page<FirmwareForm>(StatusCodes.Status422UnprocessableEntity, (nameof(FirmwareForm.Wish), wish), (nameof(FirmwareForm.Errors), Say(texts, faults)));
        }

        await Take(form, made, save, ct);
        return Answer.Go(request.HttpContext, $"{Home}/{made.Id.Value}");
    }

    private static async Task<IResult> Image(Guid id, HttpRequest request, LadewerkDb db, SaveFirmware save, CancellationToken ct)
    {
        if (await Find(db, id, ct) is not { } firmware)
        {
            return Problems.NotFound("firmware");
        }

        await Take(await request.ReadFormAsync(ct), firmware, save, ct);
        return Answer.Go(request.HttpContext, $"{Home}/{id}");
    }

    private static async Task Take(IFormCollection form, FirmwareImage firmware, SaveFirmware save, CancellationToken ct)
    {
        if (form.Files.GetFile("file") is { Length: > 0 } file)
        {
            await using var content = file.OpenReadStream();
            await save.Upload(firmware, content, file.FileName, ct);
        }
    }

    private static async Task<IResult> Retire(Guid id, LadewerkDb db, SaveFirmware save, HttpContext http, CancellationToken ct) =>
        await Find(db, id, ct) is { } firmware ? Answer.Go(http, await save.Retire(firmware, ct) ? Home : $"{Home}/{id}") : Problems.NotFound("firmware");

    private static async Task<IResult> AddBad([FromForm] IFormCollection form, BadFirmware bad, HttpContext http, CancellationToken ct)
    {
        await bad.Add(new NewBadVersion(form["vendor"].ToString(), form["version"].ToString(), Text(form, "modelPattern"), Text(form, "reason")), null, ct);
        return Answer.Go(http, Home);
    }

    private static async Task<IResult> StartNew([FromForm] IFormCollection form, StartCampaign start, HttpContext http, Texts texts, CancellationToken ct)
    {
        var wish = CampaignWishForm.Read(form);
        var (made, faults) = await start.Create(wish, ct);
        return made is not null
            ? Answer.Go(http, $"{Home}/campaigns/{made.Id.Value}")
            : Answer.Page<CampaignForm>(StatusCodes.Status422UnprocessableEntity, (nameof(CampaignForm.Wish), wish), (nameof(CampaignForm.Errors), Say(texts, faults)));
    }

    private static async Task<RazorComponentResult<CampaignPreviewLine>> Preview([FromForm] IFormCollection form, StartCampaign start, LadewerkDb db, CancellationToken ct)
    {
        var wish = CampaignWishForm.Read(form);
        var firmware = await db.Set<FirmwareImage>().AsNoTracking().SingleOrDefaultAsync(f => f.Id == wish.FirmwareId && f.RetiredAt == null, ct);
        var found = firmware is null ? [] : await start.Find(firmware, wish.Selection!, ct);
        return Answer.Part<CampaignPreviewLine>((nameof(CampaignPreviewLine.Found), found), (nameof(CampaignPreviewLine.Canary), wish.Policy!.Canary));
    }

    private static async Task<IResult> Steer(Guid id, string wish, CampaignReader campaigns, SteerCampaign steer, HttpContext http, CancellationToken ct)
    {
        if (await campaigns.Find(id, ct) is not { } campaign || !Enum.TryParse<CampaignWish>(wish, ignoreCase: true, out var what))
        {
            return Problems.NotFound("campaign");
        }

        await steer.Run(campaign, what, ct); // where it has ended meanwhile, its page says so
        return Answer.Go(http, $"{Home}/campaigns/{id}");
    }

    private static async Task<IResult> Update(string identity, [FromForm] IFormCollection form, StationReader stations, StartUpdate start, Reader reader, NpgsqlDataSource data, HttpContext http, Texts texts, CancellationToken ct)
    {
        if (await stations.Find(identity, ct) is not { } station || await Stations.Portal.StationReads.Head(data, reader.TenantId, identity, ct) is not { } facts)
        {
            return Problems.NotFound("station");
        }

        if (!Guid.TryParse(form["firmware"], out var firmware))
        {
            return Answer.Go(http, Link.Station(identity, "maintenance"));
        }

        var at = DateTime.TryParse(form["at"], CultureInfo.InvariantCulture, out var local) ? new DateTimeOffset(local, facts.Zone.GetUtcOffset(local)).ToUniversalTime() : (DateTimeOffset?)null;
        if (await start.Run(station, new UpdateWish(new FirmwareId(firmware), at), ct) is StartedUpdate.Refused refused)
        {
            return Answer.Page<RefusedUpdate>(StatusCodes.Status409Conflict, (nameof(RefusedUpdate.Identity), station.Identity), (nameof(RefusedUpdate.Problem), refused.Problem));
        }

        return Answer.Go(http, Link.Station(identity, "maintenance"));
    }

    private static async Task<IResult> GiveUp(string identity, Guid id, LadewerkDb db, CancelUpdate cancel, HttpContext http, CancellationToken ct)
    {
        if (await db.Set<FirmwareUpdate>().SingleOrDefaultAsync(u => u.Id == id, ct) is not { } update)
        {
            return Problems.NotFound("update");
        }

        await cancel.Run(update, identity, ct);
        return Answer.Go(http, Link.Station(identity, "maintenance"));
    }

    private static async Task<IResult> Ask(string identity, [FromForm] IFormCollection form, StationReader stations, RequestFile request, HttpContext http, CancellationToken ct)
    {
        if (await stations.Find(identity, ct) is not { } station || !Enum.TryParse<FileKind>(form["kind"], ignoreCase: true, out var kind))
        {
            return Problems.NotFound("station");
        }

        await request.Run(station, new FileWish(kind), ct);
        return Answer.Go(http, Link.Station(identity, "maintenance"));
    }

    private static async Task<IResult> DeleteFile(string identity, Guid id, LadewerkDb db, DeleteFile delete, HttpContext http, CancellationToken ct)
    {
        if (await db.Set<StationFile>().SingleOrDefaultAsync(f => f.Id == id, ct) is not { } file)
        {
            return Problems.NotFound("file");
        }

        await delete.Run(file, identity, ct);
        return Answer.Go(http, Link.Station(identity, "maintenance"));
    }

    private static Task<FirmwareImage?> Find(LadewerkDb db, Guid id, CancellationToken ct) => db.Set<FirmwareImage>().SingleOrDefaultAsync(f => f.Id == new FirmwareId(id) && f.RetiredAt == null, ct);

    private static Dictionary<string, string[]> Say(Texts texts, Kernel.Http.Faults faults) => faults.Errors.ToDictionary(
        f => f.Key,
        f => f.Value.Select(v => v switch
        {
            "No station fits." => texts["firmware.fault.noStation"],
            "This version is known to be bad." => texts["firmware.fault.knownBad"],
            "It has neither an image nor an address yet." => texts["firmware.fault.noImage"],
            _ => FaultWords.Say(new Dictionary<string, string[]>(StringComparer.Ordinal) { [f.Key] = [v] })[f.Key][0],
        }).ToArray(),
        StringComparer.Ordinal);

    private static string? Text(IFormCollection form, string field) => form[field].ToString().Trim() is { Length: > 0 } text ? text : null;

    private static Task<long> Running(IServiceProvider services, CancellationToken ct) => services.GetRequiredService<NpgsqlDataSource>().First(
        "select count(*) from firmware_campaign where tenant_id = $1 and state in ('running', 'paused')", r => r.GetInt64(0), ct, services.GetRequiredService<TenantContext>().Current.Value);
}
