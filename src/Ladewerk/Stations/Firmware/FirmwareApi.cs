using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations.Files;
using Ladewerk.Stations.Firmware.Campaigns;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Ladewerk.Stations.Firmware;

/// <summary>A firmware as the API shows it.</summary>
/// <param name="HasImage">Whether its image lies here.</param>
/// <param name="Signed">Whether it has a signature and the certificate for it.</param>
public sealed record FirmwareView(
    FirmwareId Id, string Vendor, string ModelPattern, string Version, string? ReleaseNotes, bool HasImage, string? FileName, long? SizeBytes, string? Sha256, string? Url, bool Signed,
    string? Signature, string? SigningCertificate, string CreatedBy, DateTimeOffset CreatedAt);

/// <summary>A version to put on the list of bad ones.</summary>
public sealed record NewBadVersion(string Vendor, string Version, string? ModelPattern = null, string? Reason = null);

/// <summary>A version that is never offered.</summary>
/// <param name="Stations">Identities of the stations that run it, at most 100.</param>
public sealed record BadVersionView(Guid Id, string Vendor, string ModelPattern, string Version, string Reason, Guid? CampaignId, string CreatedBy, DateTimeOffset CreatedAt, IReadOnlyList<string> Stations);

/// <summary><c>/firmware</c>, <c>/firmware-bad-versions</c>, and the link by which stations fetch an image.</summary>
internal static class FirmwareApi
{
    public static void MapFirmware(this RouteGroupBuilder api)
    {
        var firmware = api.MapGroup("/firmware").WithTags("Firmware");
        firmware.MapGet("/", List).RequirePermission(Permission.StationsRead).WithSummary("The firmware library, newest first");
        firmware.MapPost("/", Create).RequirePermission(Permission.StationsWrite).WithSummary("Enter a firmware");
        firmware.MapGet("/{id:guid}", Get).RequirePermission(Permission.StationsRead).WithSummary("A firmware");
        firmware.MapPatch("/{id:guid}", Patch).RequirePermission(Permission.StationsWrite).WithSummary("Change a firmware; what is absent stays");
        firmware.MapDelete("/{id:guid}", Delete).RequirePermission(Permission.StationsWrite).WithSummary("Take a firmware out of the library");
        firmware.MapPut("/{id:guid}/image", Upload).RequirePermission(Permission.StationsWrite).WithSummary("Upload the image: the bytes themselves, ?name= its file name")
            .Accepts<Stream>("application/octet-stream").DisableAntiforgery();
        firmware.MapGet("/{id:guid}/image", Download).RequirePermission(Permission.StationsWrite).WithSummary("The image");

        var bad = api.MapGroup("/firmware-bad-versions").WithTags("Firmware");
        bad.MapGet("/", BadVersions).RequirePermission(Permission.StationsRead).WithSummary("Versions that are never offered, and who runs them");
        bad.MapPost("/", AddBad).RequirePermission(Permission.StationsWrite).WithSummary("Never offer a version again");
        bad.MapDelete("/{id:guid}", RemoveBad).RequirePermission(Permission.StationsWrite).WithSummary("Allow a version again");
        api.MapUpdates();
        api.MapCampaigns();
    }

    /// <summary>Where stations fetch images: the link is the permission; it holds as long as the update runs.</summary>
    public static void MapFirmwareLinks(this WebApplication app) =>
        app.MapMethods("/firmware/{token}/{**name}", [HttpMethods.Get, HttpMethods.Head], Serve).AllowAnonymous().ExcludeFromDescription();

    public static FirmwareView View(FirmwareImage f) => new(
        f.Id, f.Vendor, f.ModelPattern, f.Version, f.ReleaseNotes, f.StorageKey is not null, f.FileName, f.SizeBytes, f.Sha256, f.Url, f.IsSigned, f.Signature, f.SigningCertificate, f.CreatedBy, f.CreatedAt);

    private static async Task<Ok<Page<FirmwareView>>> List(int? limit, string? cursor, LadewerkDb db, CancellationToken ct)
    {
        var count = Paging.Limit(limit);
        var wanted = db.Set<FirmwareImage>().AsNoTracking().Where(f => f.RetiredAt == null);
        wanted = Guid.TryParse(Paging.Decode(cursor), out var last) ? wanted.Where(f => EF.Functions.LessThan(ValueTuple.Create(f.Id), ValueTuple.Create(new FirmwareId(last)))) : wanted;
        var rows = await wanted.OrderByDescending(f => f.Id).Take(count + 1).ToListAsync(ct);
        return TypedResults.Ok(Paging.Of([.. rows.Select(View)], count, f => f.Id.Value.ToString()));
    }

    private static async Task<Results<Created<FirmwareView>, ValidationProblem>> Create(NewFirmware request, SaveFirmware save, CancellationToken ct)
    {
        var (made, faults) = await save.Create(request, ct);
        return made is null ? Problems.Invalid(faults.Errors) : TypedResults.Created($"/api/v1/firmware/{made.Id.Value}", View(made));
    }

    private static async Task<Results<Ok<FirmwareView>, ProblemHttpResult>> Get(Guid id, LadewerkDb db, CancellationToken ct) =>
        await Find(db, id, ct) is { } firmware ? TypedResults.Ok(View(firmware)) : Problems.NotFound("firmware");

    private static async Task<Results<Ok<FirmwareView>, ValidationProblem, ProblemHttpResult>> Patch(Guid id, FirmwarePatch patch, LadewerkDb db, SaveFirmware save, CancellationToken ct)
    {
        if (await Find(db, id, ct) is not { } firmware)
        {
            return Problems.NotFound("firmware");
        }

        return await save.Patch(firmware, patch, ct) is { Any: true } faults ? Problems.Invalid(faults.Errors) : TypedResults.Ok(View(firmware));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(Guid id, LadewerkDb db, SaveFirmware save, CancellationToken ct)
    {
        if (await Find(db, id, ct) is not { } firmware)
        {
            return Problems.NotFound("firmware");
        }

        return await save.Retire(firmware, ct) ? TypedResults.NoContent() : Problems.Conflict("update-runs", "Stations are being updated to this firmware.");
    }

    private static async Task<Results<Ok<FirmwareView>, ValidationProblem, ProblemHttpResult>> Upload(
        Guid id, string? name, HttpContext http, LadewerkDb db, SaveFirmware save, IOptions<FilesOptions> options, CancellationToken ct)
    {
        if (await Find(db, id, ct) is not { } firmware)
        {
            return Problems.NotFound("firmware");
        }

        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = options.Value.MaxImageBytes + 1;
        }

        return await save.Upload(firmware, http.Request.Body, name, ct) is { Any: true } faults ? Problems.Invalid(faults.Errors) : TypedResults.Ok(View(firmware));
    }

    private static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> Download(Guid id, HttpContext http, LadewerkDb db, FileStore store, CancellationToken ct) =>
        await Find(db, id, ct) is { StorageKey: { } key } firmware && store.Open(key) is { } content
            ? FilesApi.Attachment(http, content, firmware.FileName!, firmware.Sha256!, firmware.CreatedAt)
            : Problems.NotFound("image");

    private static async Task<IResult> Serve(string token, HttpContext http, LadewerkDb db, FileStore store, TimeProvider time, CancellationToken ct)
    {
        var (hash, now) = (new LinkToken(token).Hash, time.GetUtcNow());
        // Nobody is signed in: the token alone says whose image it is.
        var image = await (from u in db.Set<FirmwareUpdate>().IgnoreQueryFilters().AsNoTracking()
                           join f in db.Set<FirmwareImage>().IgnoreQueryFilters() on u.FirmwareId equals f.Id
                           where u.TokenHash == hash
                           select new { Open = u.EndedAt == null && u.LinkUntil > now, f.StorageKey, f.FileName, f.Sha256, f.CreatedAt }).SingleOrDefaultAsync(ct);
        return image switch
        {
            null => Problems.NotFound("link"),
            { Open: false } => Problems.Of(StatusCodes.Status410Gone, "link-expired", "This link has expired."),
            { StorageKey: { } key } when store.Open(key) is { } content => FilesApi.Attachment(http, content, image.FileName!, image.Sha256!, image.CreatedAt),
            _ => Problems.NotFound("image"),
        };
    }

    private static async Task<Ok<Page<BadVersionView>>> BadVersions(LadewerkDb db, CancellationToken ct)
    {
        var bad = await db.Set<BadFirmwareVersion>().AsNoTracking().OrderByDescending(b => b.CreatedAt).Take(Paging.MaxLimit).ToListAsync(ct);
        var running = await BadFirmware.Running(db, bad, ct);
        return TypedResults.Ok(new Page<BadVersionView>([.. bad.Select(b => View(b, running))], null));
    }

    private static async Task<Results<Created<BadVersionView>, ValidationProblem>> AddBad(NewBadVersion request, LadewerkDb db, BadFirmware list, CancellationToken ct)
    {
        var (made, faults) = await list.Add(request, null, ct);
        return made is null ? Problems.Invalid(faults.Errors) : TypedResults.Created($"/api/v1/firmware-bad-versions/{made.Id}", View(made, await BadFirmware.Running(db, [made], ct)));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveBad(Guid id, BadFirmware list, CancellationToken ct) =>
        await list.Remove(id, ct) ? TypedResults.NoContent() : Problems.NotFound("version");

    private static BadVersionView View(BadFirmwareVersion b, ILookup<Guid, string> running) =>
        new(b.Id, b.Vendor, b.ModelPattern, b.Version, b.Reason, b.CampaignId, b.CreatedBy, b.CreatedAt, [.. running[b.Id].Take(100)]);

    private static Task<FirmwareImage?> Find(LadewerkDb db, Guid id, CancellationToken ct) => db.Set<FirmwareImage>().SingleOrDefaultAsync(f => f.Id == new FirmwareId(id) && f.RetiredAt == null, ct);
}
